"""The outbox (待发箱): everything a worker saved, in order per item, until the server's answer is stored.

Job: put a request with its photos into one transaction, say what may go next, store how it ended, show it all.
Never: send; delete before the answer is stored; let one refused item keep others from going.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mobile.core import outbox_words
from mobile.core.account import Account
from mobile.core.attachments import Photo
from mobile.core.clock import Clock
from mobile.core.hearers import Hearers
from mobile.core.ids import new_id
from mobile.core.shapes import OutboxView
from mobile.core.store import Row, Store

URGENT, PLAIN, LATER = 0, 1, 2
"""Lanes: whistles and check-ins go before all else, tracks and marks last; photos follow when no request waits."""

OPEN = "('queued', 'rejected')"
DUE = """
select s.* from sendings s
where s.state = 'queued' and s.person = ?
  and not exists (
    select 1 from sendings e where e.item_id = s.item_id and e.person = s.person and e.n < s.n
    and (e.state = 'queued' or (e.state = 'rejected' and e.item_kind not in ('duty', 'inbox'))))
  and (s.waits_for is null
       or not exists (select 1 from sendings w where w.id = s.waits_for and w.state in ('queued', 'rejected')))
order by s.lane, s.n
"""
"""What may go now: the first of each item, and what it waits for is through."""
DUE_PHOTOS = """
select p.*, s.path as path, s.id as sending_id from photos p join sendings s on s.id = p.sending
where p.state = 'queued' and s.person = ? and s.state in ('done', 'conflict') order by s.n, p.n
"""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent: address, body, and how people call it."""

    item_kind: str
    act: str
    act_zh: str
    item_id: str
    method: str
    path: str
    body: dict[str, Any]
    title: str
    lane: int = PLAIN
    photos: tuple[Photo, ...] = ()
    waits_for: str | None = None
    about: tuple[str, str] | None = None
    """Kind and id of the item it belongs to, where it is a part of one (a sub-task)."""


class Outbox:
    """The queue in the store."""

    def __init__(self, store: Store, clock: Clock, account: Account, hearers: Hearers) -> None:
        self._store, self._clock, self._account, self._hearers = store, clock, account, hearers

    def put(self, request: Request) -> str:
        """Save ``request`` with its photos for sending and return its id, which is its Idempotency-Key for ever."""
        id, made_at = new_id(), self._clock.iso()
        with self._store.writing() as db:
            db.execute(
                "insert into sendings(id, person, item_kind, act, item_id, lane, method, path, waits_for, made_at,"
                " sealed) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(id, self._account.person_id, request.item_kind, request.act, request.item_id, request.lane),
                    *(request.method, request.path, request.waits_for, made_at, self._contents(request)),
                ),
            )
            self.attach(id, request)
        self._hearers.tell("outbox", "today", "cards")
        return id

    def _contents(self, request: Request) -> bytes:
        told = {"body": request.body, "title": request.title, "act_zh": request.act_zh}
        return self._store.pack(told | ({"about": request.about} if request.about else {}))

    def attach(self, id: str, request: Request) -> None:
        """Note the photos and voice notes of a sending; one the item has stays, but for one given up before."""
        rows = [
            (one.sha256, request.item_kind, request.item_id, n, *_facts(one), id)
            for n, one in enumerate(request.photos)
        ]
        with self._store.writing() as db:
            db.executemany(
                "insert into photos(sha256, item_kind, item_id, n, kind, taken_at, width, height, size,"
                " seconds, sending) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " on conflict(item_id, sha256) do update set n = excluded.n, kind = excluded.kind,"
                " sending = excluded.sending, state = 'queued', sent = 0, trouble = ''"
                " where photos.state in ('rejected', 'dropped')",
                rows,
            )

    def again(self, id: str, request: Request) -> None:
        """Put mended content in the place of a refused one: same key (a refusal left no claim), same place in order."""
        with self._store.writing() as db:
            self._let_go(id)
            db.execute(
                "update sendings set state = 'queued', sealed = ?, tries = 0, trouble = '', advice = '', code = '',"
                " answer = null where id = ?",
                (self._contents(request), id),
            )
            self.attach(id, request)
        self._hearers.tell("outbox", "today", "cards")

    # --- for the sender ---------------------------------------------------------------------------------------------

    def due(self) -> Sequence[Row]:
        """Return what may go now, in order of urgency and age."""
        return self._store.rows(DUE, self._account.person_id)

    def due_photos(self) -> Sequence[Row]:
        """Return the photos whose item the server knows."""
        return self._store.rows(DUE_PHOTOS, self._account.person_id)

    def contents(self, row: Row) -> dict[str, Any]:
        """Return body, title, act_zh of a sending, and what it is about where it is a part of an item."""
        return self._store.unpack(row["sealed"])  # type: ignore[no-any-return]

    def failed(self, id: str, trouble: str, advice: str) -> None:
        """Note a try that will be repeated."""
        self._store.write(
            "update sendings set tries = tries + 1, trouble = ?, advice = ? where id = ?", trouble, advice, id
        )
        self._hearers.tell("outbox")

    def settled(self, id: str, state: str, answer: Any, told: tuple[str, str, str] = ("", "", "")) -> None:
        """Store the server's answer and how it ended: done, conflict or rejected; ``told``: sentence, advice, code."""
        values = (state, self._clock.iso(), self._store.pack(answer), *told, id)
        self._store.write(
            "update sendings set state = ?, sent_at = ?, answer = ?, trouble = ?, advice = ?, code = ?,"
            " tries = tries + 1 where id = ?",
            *values,
        )

    def photo_sent(self, item_id: str, sha256: str, offset: int) -> None:
        """Note how many bytes of a photo the server has."""
        self._store.write("update photos set sent = ? where item_id = ? and sha256 = ?", offset, item_id, sha256)
        self._hearers.tell("outbox")

    def photo_settled(self, item_id: str, sha256: str, state: str, trouble: str = "") -> None:
        """Store that a photo was received, or why it was refused."""
        self._store.write(
            "update photos set state = ?, done_at = ?, trouble = ? where item_id = ? and sha256 = ?",
            *(state, self._clock.iso(), trouble, item_id, sha256),
        )
        self._hearers.tell("outbox", "cards")

    def awaited(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Queue again the photos (item id, SHA-256) that the server awaits although it had said it has them."""
        for item_id, sha256 in pairs:
            self._store.write(
                "update photos set state = 'queued', sent = 0 where item_id = ? and sha256 = ? and state = 'done'",
                *(item_id, sha256),
            )

    # --- for the rest of the app ------------------------------------------------------------------------------------

    def of_item(self, item_id: str, *, only_open: bool = True) -> Sequence[Row]:
        """Return the sendings of an item, oldest first."""
        which = f"and state in {OPEN}" if only_open else ""
        return self._store.rows(f"select * from sendings where item_id = ? {which} order by n", item_id)  # noqa: S608

    def open_rows(self) -> Sequence[Row]:
        """Return everything that waits or was refused, oldest first."""
        mine = self._account.person_id
        return self._store.rows(f"select * from sendings where state in {OPEN} and person = ? order by n", mine)  # noqa: S608

    def row(self, id: str) -> Row | None:
        """Return a sending."""
        return self._store.row("select * from sendings where id = ?", id)

    def photos_of(self, id: str) -> tuple[Photo, ...]:
        """Return the photos of a sending."""
        rows = self._store.rows("select * from photos where sending = ? order by n", id)
        return tuple(Photo(*(row[name] for name in ("sha256", *PHOTO_FACTS))) for row in rows)

    def photo_names(self) -> set[str]:
        """Return the SHA-256 of every photo that was not received long ago."""
        return {row["sha256"] for row in self._store.rows("select sha256 from photos where state <> 'dropped'")}

    def drop(self, id: str) -> Sequence[Row]:
        """Give a refused sending up; what waited for it is refused in turn, and returned, so that nothing is lost."""
        with self._store.writing() as db:
            db.execute("update sendings set state = 'dropped' where id = ? and state = 'rejected'", (id,))
            self._let_go(id)
            waiting = db.execute(
                "update sendings set state = 'rejected', trouble = ?, advice = ?, code = 'abandoned'"
                " where state = 'queued' and (waits_for = ? or item_id ="
                " (select item_id from sendings where id = ? and method = 'PUT')) returning *",
                (*outbox_words.ABANDONED, id, id),
            ).fetchall()
        self._hearers.tell("outbox", "today", "cards")
        return waiting

    def _let_go(self, id: str) -> None:
        """Leave the photos of a sending that does not go as it was to another one that shows them; drop the others."""
        item_id = (self.row(id) or {"item_id": ""})["item_id"]
        heirs = {
            sha256: row["id"]
            for row in self.of_item(item_id, only_open=False)
            if row["id"] != id and row["state"] != "dropped"
            for sha256 in _shown(self.contents(row)["body"])
        }
        for photo in self._store.rows("select sha256 from photos where sending = ? and state <> 'done'", id):
            heir = heirs.get(photo["sha256"])
            self._store.write(
                "update photos set sending = ?, state = ? where item_id = ? and sha256 = ?",
                *(heir or id, "queued" if heir else "dropped", item_id, photo["sha256"]),
            )

    def dismiss(self, id: str) -> None:
        """Take a refused sending that cannot be mended (duty, read marks) out of sight."""
        self._store.write("update sendings set state = 'dropped' where id = ? and state = 'rejected'", id)
        self._hearers.tell("outbox")

    def view(self, link: str) -> OutboxView:
        """Return the outbox as it is shown."""
        return outbox_words.view(self._store, self._account, self._clock, link)

    def tidy(self, days: int = 14) -> None:
        """Forget what was answered long ago; the photos go with it."""
        old = f"-{days} days"
        with self._store.writing() as db:
            db.execute(
                "delete from photos where state in ('done', 'dropped') and julianday(done_at) < julianday('now', ?)",
                (old,),
            )
            db.execute(
                "delete from sendings where state in ('done', 'conflict', 'dropped') and julianday(made_at) <"
                " julianday('now', ?) and not exists (select 1 from photos where photos.sending = sendings.id)",
                (old,),
            )


PHOTO_FACTS = ("kind", "taken_at", "width", "height", "size", "seconds")


def _facts(photo: Photo) -> tuple[Any, ...]:
    return tuple(getattr(photo, name) for name in PHOTO_FACTS)


def _shown(body: dict[str, Any]) -> set[str]:
    """Return the SHA-256 of the photos and voice notes that a request declares."""
    return {one["sha256"] for way in ("photos", "voices") for one in body.get(way) or ()}
