"""From rows to courses: what the pure rules need to compute the moments of a stored clock.

Job: read the pauses of clocks, build their courses and schedules on the calendar in force, write back what changed.
Never: decide what happens at a moment.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from server import policy
from server.clocks import ladders
from server.clocks.calendar import WorkCalendar
from server.clocks.models import Clock, ClockPause
from server.clocks.rules import Course, Extension, Pause
from server.clocks.rungs import Schedule
from server.db import db
from server.policy import Limit, Policy

Pauses = Mapping[uuid.UUID, Sequence[ClockPause]]

_last: list[tuple[Policy, WorkCalendar]] = []


def calendar() -> WorkCalendar:
    """Return the working calendar of the policy in force, built once per policy."""
    now_in_force = policy.current()
    if not _last or _last[0][0] is not now_in_force:
        _last[:] = [(now_in_force, WorkCalendar.of(now_in_force))]
    return _last[0][1]


def pauses_of(clocks: Iterable[Clock]) -> Pauses:
    """Return the pauses of ``clocks`` by clock, in order; one statement, none where no clock can be paused."""
    ids = [clock.id for clock in clocks if clock.pausable]
    found: dict[uuid.UUID, list[ClockPause]] = defaultdict(list)
    query = sa.select(ClockPause).where(ClockPause.clock_id.in_(ids)).order_by(ClockPause.since)
    for pause in db.session.scalars(query) if ids else ():
        found[pause.clock_id].append(pause)
    return found


def open_pause(pauses: Sequence[ClockPause]) -> ClockPause | None:
    """Return the pause that has not ended, or None."""
    return next((pause for pause in pauses if pause.ended_at is None), None)


def course(clock: Clock, pauses: Sequence[ClockPause]) -> Course:
    """Return the course of a stored clock; an open pause counts to its approved end."""
    spans = tuple(Pause(pause.since, pause.ended_at or pause.until) for pause in pauses)
    extension = Extension(clock.extended_at, clock.extended_to) if clock.extended_at and clock.extended_to else None
    return Course(clock.started_at, Limit.parse(clock.limit), clock.given, spans, extension)


def schedule(clock: Clock, pauses: Sequence[ClockPause]) -> Schedule:
    """Return all moments of a stored clock, on the ladder it was started under."""
    return Schedule(course(clock, pauses), ladders.get(clock.ladder), calendar())


def redue(clock: Clock, pauses: Sequence[ClockPause]) -> Schedule:
    """Compute the due moment of ``clock`` anew and write it down."""
    found = schedule(clock, pauses)
    clock.due_at, clock.provisional = found.due.at, found.due.provisional
    return found


def set_next(clock: Clock, found: Schedule, index: int, now: datetime) -> None:
    """Let ``clock`` ring next at its ``index``-th moment; of repetitions only the first one after ``now`` is left."""
    is_repeated = index >= len(found.ladder.rungs)
    following = found.moment(index)
    if is_repeated and following.at <= now:
        following = found.after(now)
    clock.rung, clock.rings_at = following.index, following.at
