"""The second factor (动态口令): six digits of an authenticator app, RFC 6238 (spec 2.8).

Job: begin, confirm, demand at sign-in, remove.
Never: keep the secret in clear, or accept the same digits twice.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable

import pyotp
import sqlalchemy as sa
from cryptography.fernet import Fernet
from flask import current_app

from server import journal
from server.access import Actor
from server.db import db, now
from server.journal import Line
from server.people.models import SecondFactor
from server.people.refusals import NoSecondFactor, SecondFactorInUse, SecondFactorNeeded, WrongSecondFactor

ISSUER = "网格哨 Gridwhistle"
STEP_S = 30
SLACK = 1
"""The step before and the one after are accepted too: clocks of phones differ (RFC 6238, 5.2)."""


def begin(by: Actor) -> dict[str, str]:
    """Return a fresh secret and its ``otpauth://`` address for a QR picture; it counts once confirmed.

    Raises:
        SecondFactorInUse: one is confirmed already.
    """
    factor = db.session.get(SecondFactor, by.person_id, with_for_update=True)
    if factor and factor.confirmed_at:
        raise SecondFactorInUse
    secret = pyotp.random_base32()
    if factor is None:
        factor = SecondFactor(person_id=by.person_id, sealed_secret=b"", last_step=0)
        db.session.add(factor)
    factor.sealed_secret = _safe().encrypt(secret.encode())
    uri = pyotp.TOTP(secret).provisioning_uri(name=by.username, issuer_name=ISSUER)
    return {"secret": secret, "uri": uri}


def confirm(by: Actor, digits: str) -> None:
    """Put the begun second factor into use; its first digits prove that the app holds the secret.

    Raises:
        NoSecondFactor: none was begun.
        WrongSecondFactor: the digits are wrong.
    """
    factor = db.session.get(SecondFactor, by.person_id, with_for_update=True)
    if factor is None:
        raise NoSecondFactor
    if factor.confirmed_at:
        raise SecondFactorInUse
    _use(factor, digits)
    factor.confirmed_at = now()
    journal.write(Line(action="second_factor.confirmed", by=by))


def demand(person_id: uuid.UUID, digits: str | None, *, before: Callable[[], None]) -> None:
    """Ask for the digits where a second factor is in use; ``before`` may refuse to look at them.

    Raises:
        SecondFactorNeeded: no digits were sent.
        WrongSecondFactor: wrong, too old, or used before.
    """
    wanted = sa.select(SecondFactor).where(SecondFactor.person_id == person_id, SecondFactor.confirmed_at.is_not(None))
    factor = db.session.scalar(wanted.with_for_update())
    if factor is None:
        return
    if not digits:
        raise SecondFactorNeeded
    before()
    _use(factor, digits)


def is_in_use(person_id: uuid.UUID) -> bool:
    """Tell whether a person signs in with a second factor."""
    factor = db.session.get(SecondFactor, person_id)
    return factor is not None and factor.confirmed_at is not None


def remove(person_id: uuid.UUID, by: Actor) -> None:
    """Take the second factor of a person away (the phone with the app is lost)."""
    db.session.execute(sa.delete(SecondFactor).where(SecondFactor.person_id == person_id))
    journal.write(Line(action="second_factor.removed", by=by, kind="person", facts={"person_id": str(person_id)}))


def _use(factor: SecondFactor, digits: str) -> None:
    """Accept ``digits`` for one step later than any used before."""
    totp = pyotp.TOTP(_safe().decrypt(factor.sealed_secret).decode())
    present = int(now().timestamp()) // STEP_S
    for step in range(max(present - SLACK, factor.last_step + 1), present + SLACK + 1):
        if pyotp.utils.strings_equal(totp.at(step * STEP_S), digits):
            factor.last_step = step
            return
    raise WrongSecondFactor


def _safe() -> Fernet:
    key = hashlib.sha256(b"second factor\0" + current_app.secret_key.encode()).digest()  # type: ignore[union-attr]
    return Fernet(base64.urlsafe_b64encode(key))
