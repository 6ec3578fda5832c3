"""What is done to running clocks: stop, cancel, waive, pause, resume, extend, agree on a date.

Job: change the rows within the caller's transaction and return the operations for the journal line of the caller's act
(their format is that of ``replay``).
Never: commit, write a line, or know why an item's clock stops.

A clock is named by its item and code; where each unit has its own, an act means all of them unless it names one.
Stopping, cancelling and resuming do nothing to clocks that do not run; pausing, extending and agreeing refuse.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from server.clocks import breaches, courses, refusals, rules
from server.clocks.models import Clock, ClockPause
from server.clocks.replay import CANCELLED, WAIVED, Operations, iso, judgement, told
from server.db import db


def stop(
    item_id: uuid.UUID,
    codes: Collection[str] | None = None,
    *,
    at: datetime,
    unit: str | None = None,
    result: str | None = None,
) -> Operations:
    """Stop the running clocks named by ``codes`` (None: all) because the work was done at ``at``.

    The result is met or late by the due moment, unless ``result`` says attempted or staged. A clock never stops before
    it started (R15), and one that stops late leaves its breach even if the loop has not seen it yet.
    """
    return _end(_running(item_id, codes, unit), at, "stop", result)


def cancel(
    item_id: uuid.UUID,
    codes: Collection[str] | None = None,
    *,
    at: datetime,
    but: Collection[str] = (),
    unit: str | None = None,
) -> Operations:
    """End the running clocks named by ``codes`` (None: all), all ``but`` some, because they no longer matter."""
    found = [clock for clock in _running(item_id, codes, unit) if clock.code not in but]
    return _end(found, at, "cancel", CANCELLED)


def finish(
    item_id: uuid.UUID, stops: Collection[str] | None, *, at: datetime, done_at: datetime, but: Collection[str] = ()
) -> Operations:
    """End all running clocks of an item that is final, all ``but`` some: those named ``stops`` were met or late."""
    found = _running(item_id, None)
    stopped = [clock for clock in found if stops is None or clock.code in stops]
    others = [clock for clock in found if clock not in stopped and clock.code not in but]
    return _end(stopped, done_at, "stop", None) + _end(others, at, "cancel", CANCELLED)


def waive(item_id: uuid.UUID, codes: Collection[str], *, at: datetime, reason: str, approver: uuid.UUID) -> Operations:
    """End running clocks because somebody answers for not asking any more."""
    return _end(_running(item_id, codes), at, "waive", WAIVED, reason=reason, approver=str(approver))


def _end(clocks: Sequence[Clock], at: datetime, op: str, result: str | None, **more: Any) -> Operations:
    ops: Operations = []
    pauses = courses.pauses_of(clocks)
    for clock in clocks:
        moment = max(at, clock.started_at)
        ops += _resumed(clock, pauses.get(clock.id, ()), moment)
        clock.stopped_at, clock.rings_at = moment, None
        clock.result = result or judgement(moment, clock.due_at, breaches=clock.breaches)
        ops.append(told(clock, op, moment, result=clock.result, **more))
    breaches.record([clock for clock in clocks if clock.stopped_at and clock.stopped_at > clock.due_at])
    return ops


def pause(
    item_id: uuid.UUID,
    code: str,
    *,
    at: datetime,
    until: datetime,
    reason: str,
    approver: uuid.UUID,
) -> Operations:
    """Let running clocks stand still from ``at`` to ``until`` at the latest; they ring at ``until``.

    Raises:
        ClockNotRunning, ClockNeverPaused (legal clocks and C1–C3), ClockPausedAlready, PauseEndsBeforeItBegins.
    """
    if until <= at:
        raise refusals.PauseEndsBeforeItBegins(until=iso(until))
    ops: Operations = []
    clocks = _demanded(item_id, code)
    pauses = courses.pauses_of(clocks)
    for clock in clocks:
        before = pauses.get(clock.id, ())
        if not clock.pausable:
            raise refusals.ClockNeverPaused(clock=code)
        if courses.open_pause(before):
            raise refusals.ClockPausedAlready(clock=code)
        begun = ClockPause(clock_id=clock.id, reason=reason, approver=approver, since=at, until=until)
        db.session.add(begun)
        courses.redue(clock, [*before, begun])
        clock.rings_at = until
        ops.append(_told_due(clock, "pause", at, until=iso(until), reason=reason, approver=str(approver)))
    return ops


def resume(item_id: uuid.UUID, code: str, *, at: datetime) -> Operations:
    """Let paused clocks run on from ``at``, or from the approved end of the pause if that was earlier."""
    clocks = _running(item_id, (code,))
    pauses = courses.pauses_of(clocks)
    return [op for clock in clocks for op in _resumed(clock, pauses.get(clock.id, ()), at)]


def _resumed(clock: Clock, pauses: Sequence[ClockPause], at: datetime) -> Operations:
    """End the open pause of ``clock``, if there is one."""
    begun = courses.open_pause(pauses)
    if begun is None:
        return []
    begun.ended_at = ended = max(begun.since, min(at, begun.until))
    courses.set_next(clock, courses.redue(clock, pauses), clock.rung, at)
    return [_told_due(clock, "resume", ended)]


def extend(item_id: uuid.UUID, code: str, *, at: datetime, due_at: datetime) -> Operations:
    """Move the due moment of running clocks to ``due_at``; the original one stays, reminders come again.

    Raises:
        ClockNotRunning, ClockPausedAlready, ClockOverdue, ExtensionShortens.
    """
    ops: Operations = []
    clocks = _demanded(item_id, code)
    pauses = courses.pauses_of(clocks)
    for clock in clocks:
        before = pauses.get(clock.id, ())
        if courses.open_pause(before):
            raise refusals.ClockPausedAlready(clock=code)
        if at > clock.due_at:
            raise refusals.ClockOverdue(clock=code, due_at=iso(clock.due_at))
        if due_at <= clock.due_at:
            raise refusals.ExtensionShortens(clock=code, due_at=iso(clock.due_at))
        clock.extended_at, clock.extended_to = at, due_at
        _anew(clock, before, at)
        ops.append(_told_due(clock, "extend", at))
    return ops


def agree(item_id: uuid.UUID, code: str, *, at: datetime, given: datetime) -> Operations:
    """Set the date that the limit of running clocks lets a person set, such as the agreed time of arrival (spec 7).

    Raises:
        ClockNotRunning, DateDoesNotFit.
    """
    ops: Operations = []
    clocks = _demanded(item_id, code)
    pauses = courses.pauses_of(clocks)
    for clock in clocks:
        before = pauses.get(clock.id, ())
        try:
            rules.reckoning(replace(courses.course(clock, before), given=given), courses.calendar())
        except ValueError as problem:
            raise refusals.DateDoesNotFit(clock=code, limit=clock.limit) from problem
        clock.given = given
        _anew(clock, before, at)
        ops.append(_told_due(clock, "agree", at, given=iso(given)))
    return ops


def recount(clock: Clock, pauses: Sequence[ClockPause], at: datetime) -> Operations:
    """Compute the due moment anew with the calendar now in force; empty when it is what it was."""
    before = clock.due_at, clock.provisional
    courses.redue(clock, pauses)
    if (clock.due_at, clock.provisional) == before:
        return []
    _anew(clock, pauses, at)
    return [_told_due(clock, "recount", at)]


def _anew(clock: Clock, pauses: Sequence[ClockPause], at: datetime) -> None:
    """Compute the due moment and the next moment: no rung is left out, and those that lie ahead come again."""
    found = courses.redue(clock, pauses)
    index = min(clock.rung, found.after(at).index)
    if courses.open_pause(pauses) is None:
        courses.set_next(clock, found, index, at)
    else:
        clock.rung = index


def _running(item_id: uuid.UUID, codes: Collection[str] | None, unit: str | None = None) -> Sequence[Clock]:
    """Return the running clocks, locked until the commit and as fresh as the lock."""
    asked = {"item": item_id, "codes": None if codes is None else list(codes), "unit": unit}
    return db.session.scalars(_RUNNING, asked, execution_options={"populate_existing": True}).all()


_CODES, _UNIT = sa.bindparam("codes", type_=ARRAY(sa.Text())), sa.bindparam("unit", type_=sa.Text())
_RUNNING = (
    sa.select(Clock)
    .where(
        Clock.item_id == sa.bindparam("item", type_=sa.Uuid()),
        Clock.stopped_at.is_(None),
        sa.or_(_CODES.is_(None), Clock.code == sa.any_(_CODES)),
        sa.or_(_UNIT.is_(None), Clock.unit_code == _UNIT),
    )
    .order_by(Clock.id)
    .with_for_update()
)


def _demanded(item_id: uuid.UUID, code: str) -> Sequence[Clock]:
    found = _running(item_id, (code,))
    if not found:
        raise refusals.ClockNotRunning(clock=code)
    return found


def _told_due(clock: Clock, op: str, at: datetime, **more: Any) -> dict[str, Any]:
    return told(clock, op, at, **more, due=iso(clock.due_at), provisional=clock.provisional)
