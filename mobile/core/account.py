"""Whose phone this is (本机账号): enrolment, the token, the PIN, and the end of it all.

Job: sign in by code or password with this device's key, keep the token, lock, pause, wipe.
Never: keep a password, or lose what waits to be sent, except when the office has the phone wiped.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mobile.core import telling
from mobile.core.client import Client, Reply
from mobile.core.clock import Clock
from mobile.core.hearers import Hearers
from mobile.core.pin import Pin
from mobile.core.shapes import Answer, Me, Trouble
from mobile.core.store import Store

KEPT = "account"
LINK = "gridwhistle:enrol:"
"""What stands before the code in the QR picture of an enrolment."""
REFUSED, REST = 403, timedelta(days=1)
"""A fresh key that is refused is asked for again after a day."""
OWN_TABLES = ("cards", "notices", "pages", "positions", "used", "drafts")


class Account:
    """The person enrolled on this phone."""

    def __init__(self, store: Store, client: Client, device: Any, clock: Clock, hearers: Hearers) -> None:
        self._store, self._client, self._device, self._clock, self._hearers = store, client, device, clock, hearers
        self._pin = Pin(store)
        self._open = not self._pin.is_set
        client.credentials = lambda: (self.token, device.device_id())

    def _known(self) -> dict[str, Any]:
        return self._store.kept(KEPT) or {}

    @property
    def token(self) -> str | None:
        """Return the key to the server, or None."""
        return self._known().get("token")

    @property
    def person_id(self) -> str:
        """Return whose phone it is; empty before enrolment."""
        return str(self._known().get("person", {}).get("id", ""))

    @property
    def state(self) -> str:
        """Return new, locked, open, signed_out or wiped."""
        known = self._known()
        if known.get("wiped"):
            return "wiped"
        if not known.get("person"):
            return "new"
        if not known.get("token"):
            return "signed_out"
        return "open" if self._open else "locked"

    @property
    def me(self) -> Me | None:
        """Return the person as the server told."""
        person = self._known().get("person")
        return _me(person) if person else None

    @property
    def roles(self) -> frozenset[str]:
        """Return the codes of my roles."""
        return frozenset(self._known().get("person", {}).get("roles", ()))

    @property
    def has_pin(self) -> bool:
        """Tell whether a PIN is set."""
        return self._pin.is_set

    def enrol(self, code: str) -> Answer:
        """Sign in with a one-time code; what a QR picture says is understood as well."""
        return self._sign_in({"enrol_code": code.strip().removeprefix(LINK)})

    def enrol_password(self, username: str, password: str, otp: str | None) -> Answer:
        """Sign in with user name and password."""
        proof = {"username": username.strip(), "password": password}
        return self._sign_in(proof | ({"otp": otp} if otp else {}))

    def _sign_in(self, proof: dict[str, str]) -> Answer:
        body = proof | {"device_id": self._device.device_id(), "public_key": self._device.public_key()}
        try:
            told = self._client.call("POST", "/tokens", body).body
        except Trouble as trouble:
            return Answer(False, trouble.sentence, trouble.advice, trouble.code)
        self._change_person(told["person"]["id"])
        self._store.keep(KEPT, _key(told) | {"person": told["person"]})
        self._open = True
        self._hearers.tell("account", "outbox")
        return Answer(True)

    def _change_person(self, person_id: str) -> None:
        """Another person: what only the former one may see goes, what the former one saved stays and waits."""
        if self.person_id in ("", person_id):
            return
        self._pin.forget()
        with self._store.writing() as db:
            for table in OWN_TABLES:
                db.execute(f"delete from {table}")  # noqa: S608

    def told(self, person: dict[str, Any]) -> None:
        """Keep what the server now says of the person (GET /me)."""
        known = self._known()
        if known.get("token") and known["person"] | {"server_time": 0} != person | {"server_time": 0}:
            self._store.keep(KEPT, known | {"person": person})
            self._hearers.tell("account")

    def change_password(self, old: str | None, new: str) -> Answer:
        """Set a new password; what the server thinks of it comes back as a sentence."""
        try:
            self._client.call("POST", "/me/password", {"old_password": old, "new_password": new})
        except Trouble as trouble:
            advice = "；".join(trouble.errors.values()) or trouble.advice
            return Answer(False, trouble.sentence, advice, trouble.code)
        return Answer(True)

    def set_pin(self, pin: str) -> Answer:
        """Set the PIN."""
        if self._pin.set(pin):
            self._hearers.tell("account")
            return Answer(True)
        return Answer(False, "请设置 4 至 8 位数字", "不要使用生日或 1234 这类数字", "pin_form")

    def unlock(self, pin: str) -> Answer:
        """Open the app, or say how many tries are left."""
        if self._pin.fits(pin):
            self._open = True
            self._hearers.tell("account")
            return Answer(True)
        if self._pin.left() > 0:
            return Answer(False, f"口令不对，还可以试 {self._pin.left()} 次", "忘记口令可重新登录", "wrong_pin")
        self.sign_out()
        return Answer(False, *telling.SIGNED_OUT, code="signed_out")

    def lock(self) -> None:
        """Ask for the PIN again, if there is one."""
        self._open = not self._pin.is_set
        self._hearers.tell("account")

    @property
    def is_due(self) -> bool:
        """Tell whether it is time for a fresh key; a phone that was never told when asks at once."""
        known = self._known()
        at = known.get("renew_at")
        return bool(known.get("token")) and (at is None or self._clock.now() >= datetime.fromisoformat(at))

    def renew(self) -> Reply:
        """Ask for a fresh key and keep it, unless another process of this phone was quicker; the old one goes on till
        then, so an answer that is lost changes nothing. Raises NotReached.
        """
        before = self.token
        reply = self._client.send("POST", "/tokens/renew")
        with self._store.writing():
            if self.token == before and reply.ok:
                self._store.keep(KEPT, self._known() | _key(reply.body))
            elif self.token == before and reply.status == REFUSED:
                self._store.keep(KEPT, self._known() | {"renew_at": (self._clock.now() + REST).isoformat()})
        return reply

    def sign_out(self) -> None:
        """Forget token and PIN; the person is remembered, so that what waits goes on after the next sign-in."""
        self._pin.forget()
        self._store.keep(KEPT, self._known() | {"token": None})
        self._hearers.tell("account", "outbox")

    def refused(self) -> None:
        """The server no longer knows the token: pause without loss."""
        if self.token:
            self._store.keep(KEPT, self._known() | {"token": None})
            self._hearers.tell("account", "outbox")

    def wipe(self) -> None:
        """The office reported this phone lost: erase everything, keys included."""
        self._store.wipe()
        self._device.forget_keys()
        self._open = True
        self._store.keep(KEPT, {"wiped": True})
        self._hearers.tell("account", "outbox", "drafts", "cards", "today", "inbox", "duty")


def _key(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told.get(name) for name in ("token", "expires_at", "renew_at")}


def _me(person: dict[str, Any]) -> Me:
    return Me(
        id=person["id"],
        name=person["name"],
        username=person["username"],
        roles=frozenset(person["roles"]),
        unit=person["unit"],
        unit_zh=person["unit_zh"] or "",
        township=person["township"],
        grids=tuple(person["grids"]),
        posts=tuple(person["posts"]),
        permissions=person["permissions"],
        must_change_password=person["must_change_password"],
    )
