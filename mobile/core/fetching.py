"""Fetching (取数): what the phone keeps for reading without a network, by ETag, a little at a time.

Job: one function per thing wanted; keep the answer, tell the hearers when it is news.
Never: fetch what nobody wants, or more than a bounded number of things at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mobile.core import rows as lines
from mobile.core.album import SOUND
from mobile.core.client import Reply
from mobile.core.sending import check

if TYPE_CHECKING:
    from mobile.core.field import Field

CARDS_AT_ONCE = 60
"""Own cards kept ready for reading without a network, per refresh."""
PAGES_AT_ONCE = 5
UNCHANGED, GONE = 304, 404
PLAIN_PAGES = {
    "catalogue": ("/catalogue", "catalogue"),
    "forms": ("/forms", "catalogue"),
    "worklist": ("/worklist", "today"),
    "track": ("/duty/track?limit=200", "track"),
    "colleagues": ("/me/colleagues", "catalogue"),
    "workload": ("/me/workload", "workload"),
    "points": ("/maps/points", "map"),
    "density": ("/maps/density", "map"),
    "calls": ("/maps/whistles", "map"),
}
"""Name of a kept page → address, topic."""
LIST_LIMIT = 100
ASKED = {"subtask": {"whose": "all", "open": "false"}}
"""Kind → what its list is asked for besides, where the server by itself tells less than all that is mine."""


class Fetcher:
    """Fetches for ``field``."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._ways: dict[str, Callable[..., None]] = {
            "refresh": self._refresh,
            "map": self._map,
            "inbox": self._inbox,
            "worklist": self._worklist,
            "card": self._card,
            "list": self._list,
            "photo": self._photo,
            "voice": self._voice,
        }

    def fetch(self, what: str) -> None:
        """Fetch ``what``, such as refresh, card:event:<id> or list:whistle; raises NotReached, Paused."""
        name, *parts = what.split(":")
        way = self._ways.get(name)
        if way is not None:
            way(*parts)
        elif name in PLAIN_PAGES:
            self._page(name, *PLAIN_PAGES[name])

    def _get(self, path: str, etag: str | None = None) -> Reply:
        reply = self._field.client.send("GET", path, headers={"If-None-Match": etag} if etag else {})
        check(self._field, reply)
        return reply

    def _page(self, name: str, path: str, topic: str) -> bool:
        """Fetch a page; tell whether it has changed."""
        pages = self._field.pages
        reply = self._get(path, pages.etag(name))
        if reply.status == UNCHANGED:
            pages.touch(name)
            return False
        if not reply.ok:
            return False
        pages.keep(name, reply.body, reply.headers.get("ETag"))
        self._field.hearers.tell(topic)
        return True

    # --- everything -------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        """Fetch what every screen stands on, the most urgent first."""
        field = self._field
        if field.account.is_due:
            check(field, field.account.renew())
        reply = self._get("/me")
        if reply.ok:
            field.account.told(reply.body)
        for name in ("catalogue", "forms", "colleagues"):
            self._page(name, *PLAIN_PAGES[name])
        self._inbox()
        self._worklist()
        self._duty()
        self._grids()
        self._awaited()

    def _worklist(self) -> None:
        self._page("worklist", *PLAIN_PAGES["worklist"])
        listed = self._field.pages.body("worklist", {"items": []})["items"]
        wanted = dict.fromkeys(filter(None, map(self._wanted, listed)))
        for kind, id in list(wanted)[:CARDS_AT_ONCE]:
            self._card(kind, id)

    def _wanted(self, line: Mapping[str, Any]) -> tuple[str, str] | None:
        """Return the card that a line of the worklist needs and this phone lacks, or has in an older state."""
        cards = self._field.cards
        if self._field.catalogue.is_part(line["kind"]):
            return None if cards.tells_of(line) else lines.about(line)
        return (line["kind"], line["id"]) if cards.known(line["kind"], line["id"])[0] < line["revision"] else None

    def _duty(self) -> None:
        if self._field.account.me and self._field.account.me.grids:
            reply = self._get("/duty")
            if reply.ok:
                self._field.duties.told(reply.body)

    def _grids(self) -> None:
        grids = self._field.grids
        reply = self._get("/grids", grids.etag)
        if reply.ok and isinstance(reply.body, Mapping):
            grids.keep(dict(reply.body), reply.headers.get("ETag"), self._field.clock.iso())
            self._field.hearers.tell("grids", "map")

    def _awaited(self) -> None:
        """Send again what the server still awaits although it was once told as received (a lost disk, a restore)."""
        reply = self._get("/photos/awaited?limit=200")
        if reply.ok:
            self._field.letters.awaited([(one["item_id"], one["sha256"]) for one in reply.body["items"]])

    def _map(self) -> None:
        me = self._field.account.me
        hears = ("calls",) if me and "whistle.view" in me.permissions else ()
        for name in ("points", "density", *hears):
            self._page(name, *PLAIN_PAGES[name])

    # --- parts ------------------------------------------------------------------------------------------------------

    def _inbox(self) -> None:
        field = self._field
        for _ in range(PAGES_AT_ONCE):
            reply = self._get(f"/inbox?{urlencode({'cursor': field.messages.cursor, 'limit': LIST_LIMIT})}")
            if not reply.ok:
                return
            fresh = field.messages.keep(reply.body["items"], reply.body["cursor"])
            alarms = {one.id for one in field.messages.alarms(field.clock.now())}
            for notice in fresh:
                if notice.id in alarms:
                    field.device.alarm(notice.title, notice.body, notice.item)
                    field.hearers.tell("alarm")
            if not reply.body["more"]:
                return

    def _card(self, kind: str, id: str) -> None:
        field = self._field
        path = field.catalogue.kind(kind).get("path")
        revision, etag = field.cards.known(kind, id)
        if path is None or revision == 0:
            return
        reply = self._get(f"/{path}/{id}", etag)
        if reply.status == GONE:
            field.cards.forget(kind, id)
        elif reply.ok and isinstance(reply.body, Mapping):
            field.cards.keep(reply.body, field.clock.iso(), reply.headers.get("ETag"))
            field.hearers.tell("cards")

    def _list(self, kind: str) -> None:
        path = self._field.catalogue.kind(kind).get("path")
        if path is not None:
            self._page(f"list:{kind}", f"/{path}?{urlencode({'limit': LIST_LIMIT} | ASKED.get(kind, {}))}", "cards")

    def _photo(self, kind: str, id: str, sha256: str, size: str) -> None:
        self._attachment(kind, id, f"photos/{sha256}?size={size}", sha256, size)

    def _voice(self, kind: str, id: str, sha256: str) -> None:
        self._attachment(kind, id, f"voices/{sha256}", sha256, SOUND)

    def _attachment(self, kind: str, id: str, rest: str, sha256: str, size: str) -> None:
        field = self._field
        path = field.catalogue.kind(kind).get("path")
        if path is None or field.album.bytes_of(sha256, size) is not None:
            return
        reply = self._get(f"/{path}/{id}/{rest}")
        content: Any = reply.body
        if reply.ok and isinstance(content, bytes):
            field.album.keep_seen(sha256, size, content)
            field.hearers.tell("cards")
