"""One walk of one arrow: what guards look at and effects work on.

Job: hold item, actor, moment and facts of a move, and load its surroundings once when asked.
Never: decide anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from server import clocks, journal
from server.access import Actor, Hat
from server.db import db
from server.flow.models import Assignment, Subtask
from server.flow.moves import Machine, Move
from server.journal import Entry
from server.photos import acts as photos

_OPEN = (
    sa.select(Assignment)
    .where(Assignment.item_id == sa.bindparam("item", type_=sa.Uuid()), Assignment.until.is_(None))
    .order_by(Assignment.role.desc(), Assignment.since)
)


@dataclass
class Case:
    """An arrow about to be walked. ``trace`` goes into the journal's facts, ``clock_ops`` too.

    ``shown`` and ``leaves`` go with a refusal: what it shows, and what stays of it although all else is undone.
    ``true_at`` is the proven moment of an offline act: its clocks stop then, not when it was received.
    """

    machine: Machine
    move: Move
    item: Any
    by: Actor
    hat: Hat
    at: datetime
    facts: dict[str, Any]
    captured_at: datetime | None = None
    true_at: datetime | None = None
    trace: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    leaves: Callable[[], None] | None = None
    clock_ops: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def assignments(self) -> list[Assignment]:
        """Return the open assignments of the item, lead first."""
        return list(db.session.scalars(_OPEN, {"item": self.item.id}))

    @property
    def lead(self) -> Assignment | None:
        """Return the lead assignment, if there is one."""
        return next((one for one in self.assignments if one.role == "lead"), None)

    @cached_property
    def photos(self) -> set[str]:
        """Return the kinds of photos the item has, those that come with this act included."""
        return photos.roles(self.item.id) | {photo["kind"] for photo in self.facts.get("photos") or ()}

    @cached_property
    def known_photos(self) -> set[str]:
        """Return the hashes of the photos the item had before this act."""
        return photos.hashes(self.item.id)

    @cached_property
    def subtasks(self) -> list[Subtask]:
        """Return the sub-tasks of the item."""
        return list(db.session.scalars(sa.select(Subtask).where(Subtask.item_id == self.item.id)))

    def clock(self, code: str) -> Any:
        """Return the running clock of ``code`` (with started_at, due_at, original_due_at), or None."""
        mine = sa.select(clocks.Clock).where(clocks.Clock.item_id == self.item.id, clocks.Clock.code == code)
        return db.session.scalars(mine.where(clocks.Clock.stopped_at.is_(None))).first()

    def askers(self, action: str) -> set[Any]:
        """Return the persons who wrote a line ``action`` about this item."""
        asked = sa.select(Entry.person_id).where(Entry.item_id == self.item.id, Entry.action == action)
        return set(self._written(asked))

    def persons_who(self, *acts: str) -> set[Any]:
        """Return the persons who walked one of ``acts`` on this item: the journal knows (separation of duties)."""
        moves = [move.id for move in self.machine.moves if move.act in acts]
        walked = sa.select(Entry.person_id).where(Entry.item_id == self.item.id, Entry.move.in_(moves))
        return set(self._written(walked))

    def count(self, *moves: str) -> int:
        """Return how often the arrows named by id were walked on this item."""
        times = sa.select(sa.func.count()).where(Entry.item_id == self.item.id, Entry.move.in_(moves))
        return self._written(times)[0] or 0

    def last_at(self, *moves: str) -> datetime | None:
        """Return when one of the arrows was last walked on this item."""
        last = sa.select(sa.func.max(Entry.at)).where(Entry.item_id == self.item.id, Entry.move.in_(moves))
        at: datetime | None = self._written(last)[0]
        return at

    def _written(self, query: sa.Select[Any]) -> Sequence[Any]:
        """Ask the journal, the lines of this transaction included."""
        journal.flush()
        return db.session.scalars(query).all()
