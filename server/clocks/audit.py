"""Self-audit (自检): does every running clock speak up, and does the journal tell the same as the table?

Job: find clocks nobody rings, compare the table with the journal, count anew what was provisional.
Never: repair in silence: what is found is told.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server import policy
from server.clocks import acts, courses
from server.clocks.lines import RECOUNTED, write
from server.clocks.models import Clock
from server.clocks.replay import ClockState, replay
from server.db import db, now
from server.journal import Entry

GRACE = timedelta(minutes=5)
_COMPARED = ("due_at", "original_due_at", "provisional", "result", "stopped_at")


@dataclass(frozen=True, slots=True)
class Difference:
    """A clock of which table and journal tell something else; a side that does not know it is None."""

    item_id: str
    code: str
    unit: str | None
    table: dict[str, Any] | None
    journal: dict[str, Any] | None


def find_clocks_without_next_moment(grace: timedelta = GRACE) -> Sequence[Clock]:
    """Return the running clocks (at most 100) that have no next moment, or one that passed ``grace`` ago unheard."""
    unheard = sa.or_(Clock.rings_at.is_(None), Clock.rings_at < now() - grace)
    query = sa.select(Clock).where(Clock.stopped_at.is_(None), unheard)
    return db.session.scalars(query.order_by(Clock.rings_at).limit(100)).all()


def calendar_warning() -> str | None:
    """Return the sentence for the administrator when the working calendar ends soon (setting: 60 days), else None."""
    return courses.calendar().warns(now(), policy.current().settings.work.calendar_warn_days)


def differences(item_ids: Collection[uuid.UUID]) -> list[Difference]:
    """Return where the clocks of these items are not what the journal alone tells (spec 4 rule 8)."""
    lines = sa.select(Entry.facts).where(Entry.facts.has_key("clocks"), Entry.item_id.in_(item_ids)).order_by(Entry.id)
    told = replay(db.session.execute(lines).all(), courses.calendar())
    wanted = {str(item_id) for item_id in item_ids}
    from_journal = {_key(state): _told(state) for state in told if state.item_id in wanted}
    held = db.session.scalars(sa.select(Clock).where(Clock.item_id.in_(item_ids)))
    from_table = {(str(row.item_id), row.code, row.unit_code, row.started_at): _stored(row) for row in held}
    return [
        Difference(*key[:3], from_table.get(key), from_journal.get(key))
        for key in from_table.keys() | from_journal.keys()
        if from_table.get(key) != from_journal.get(key)
    ]


def recount_provisional(limit: int = 500) -> int:
    """Compute up to ``limit`` running clocks anew that leant on a year unknown then; return how many changed."""
    query = sa.select(Clock).where(Clock.provisional, Clock.stopped_at.is_(None)).order_by(Clock.id).limit(limit)
    clocks = db.session.scalars(query.with_for_update(skip_locked=True)).all()
    pauses = courses.pauses_of(clocks)
    changed = 0
    for clock in clocks:
        operations = acts.recount(clock, pauses.get(clock.id, ()), now())
        if operations:
            write(RECOUNTED, clock, {"clocks": operations})
            changed += 1
    return changed


def _key(state: ClockState) -> tuple[str, str, str | None, datetime]:
    return state.item_id, state.code, state.unit, state.course.started_at


def _told(state: ClockState) -> dict[str, Any]:
    return {name: getattr(state, name) for name in _COMPARED}


def _stored(row: Clock) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _COMPARED}
