"""Drafts (草稿): what is being filled in, and what the server sent back to be mended.

Job: keep them over kills; make one of every refused sending in the same transaction.
Never: send, or lose one without the worker's word.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mobile.core.attachments import Photo
from mobile.core.clock import Clock
from mobile.core.hearers import Hearers
from mobile.core.ids import new_id
from mobile.core.outbox import Outbox
from mobile.core.shapes import Draft, Facts
from mobile.core.store import Row, Store

SEALED = ("act_zh", "facts", "refused", "advice", "code", "errors", "stored")
NOT_ASKED = frozenset({"revision", "captured_at", "photos", "voices", "signature", "signed_text"})
"""Fields of a body that nobody filled in by hand."""
NOT_MENDABLE = frozenset({"duty", "inbox"})


class Drafts:
    """The drafts in the store."""

    def __init__(self, store: Store, clock: Clock, outbox: Outbox, hearers: Hearers) -> None:
        self._store, self._clock, self._outbox, self._hearers = store, clock, outbox, hearers

    def new(self, kind: str, act: str, act_zh: str, facts: Facts) -> Draft:
        """Return a fresh draft, saved."""
        now = self._clock.iso()
        return self.save(Draft(new_id(), kind, act, act_zh, new_id(), dict(facts), made_at=now))

    def save(self, draft: Draft) -> Draft:
        """Save a draft as it is."""
        saved = replace(draft, changed_at=self._clock.iso())
        told = {name: getattr(saved, name) for name in SEALED}
        told["photos"] = [_plain(photo) for photo in saved.photos]
        values = (saved.kind, saved.act, saved.item_id, saved.made_at, saved.changed_at, self._store.pack(told))
        self._store.write(
            "insert into drafts(id, kind, act, item_id, made_at, changed_at, sealed) values (?, ?, ?, ?, ?, ?, ?)"
            " on conflict(id) do update set item_id = excluded.item_id, changed_at = excluded.changed_at,"
            " sealed = excluded.sealed",
            *(saved.id, *values),
        )
        self._hearers.tell("drafts")
        return saved

    def all(self) -> list[Draft]:
        """Return every draft, refused ones first, then the newest."""
        rows = self._store.rows("select * from drafts order by refused desc, changed_at desc")
        return [self._draft(row) for row in rows]

    def find(self, id: str) -> Draft | None:
        """Return a draft."""
        row = self._store.row("select * from drafts where id = ?", id)
        return self._draft(row) if row else None

    def sending_of(self, draft: Draft) -> str | None:
        """Return the refused sending a draft came of."""
        row = self._store.row("select sending from drafts where id = ?", draft.id)
        return row["sending"] if row else None

    def forget(self, draft: Draft) -> None:
        """Take a draft away because its content is on its way."""
        self._store.write("delete from drafts where id = ?", draft.id)
        self._hearers.tell("drafts")

    def drop(self, draft: Draft) -> None:
        """Throw a draft away; what waited for it becomes drafts in turn."""
        sending = self.sending_of(draft)
        with self._store.writing():
            self.forget(draft)
            for row in self._outbox.drop(sending) if sending else ():
                self.of_refused(row["id"])

    def photo_names(self) -> set[str]:
        """Return the SHA-256 of every photo a draft holds."""
        return {photo.sha256 for draft in self.all() for photo in draft.photos}

    def tidy(self, days: int) -> None:
        """Forget drafts that were never sent and not touched for so many days (spec 13.10); refused ones stay."""
        old = f"-{days} days"
        self._store.write(
            "delete from drafts where refused = 0 and sending is null and julianday(changed_at) < julianday(?, ?)",
            *(self._clock.iso(), old),
        )

    def of_refused(self, sending: str, errors: dict[str, str] | None = None, stored: Any = None) -> None:
        """Make a draft of a refused sending; part of the transaction that stores the answer."""
        row = self._outbox.row(sending)
        if row is None or row["item_kind"] in NOT_MENDABLE:
            return
        told = self._outbox.contents(row)
        facts = {name: value for name, value in told["body"].items() if name not in NOT_ASKED}
        facts |= {"about": told["about"]} if "about" in told else {}
        draft = Draft(
            *(new_id(), row["item_kind"], row["act"], told["act_zh"], row["item_id"], facts),
            photos=self._outbox.photos_of(sending),
            made_at=row["made_at"],
            refused=row["trouble"],
            advice=row["advice"],
            code=row["code"],
            errors=errors or {},
            stored=stored,
        )
        with self._store.writing() as db:
            self.save(draft)
            db.execute("update drafts set sending = ?, refused = 1 where id = ?", (sending, draft.id))

    def _draft(self, row: Row) -> Draft:
        told = self._store.unpack(row["sealed"])
        photos = tuple(Photo(**photo) for photo in told.pop("photos"))
        names = ("id", "kind", "act", "item_id", "made_at", "changed_at")
        return Draft(**{name: row[name] for name in names}, **told, photos=photos)


def _plain(photo: Photo) -> dict[str, Any]:
    return {name: getattr(photo, name) for name in Photo.__dataclass_fields__}
