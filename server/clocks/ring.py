"""The ring loop (催办循环): whose moment has passed? Each moment of each clock is recorded once, however many ask.

Job: claim the clocks that are due to speak up, compute the truth anew, write ``clock.rang`` and the breach, set the
next moment (spec 4 rule 6).
Never: commit (the worker does, one transaction per call) or do what a rung says (reactions do).

The facts of ``clock.rang``: ``code``, ``unit``, ``rung`` (index), ``factor`` (null beyond the ladder and at the end of
a pause), ``moment`` (when it should have rung), ``due_at``, ``does``, ``tells``, ``lamp``, ``zh``; with a breach also
``clocks`` with the operation. The end of a pause rings with ``does`` = ["resume"], once a day until someone resumes. A
clock whose due moment is not what start, limit and calendar now give is counted anew instead: ``clock.recounted``.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.clocks import acts, breaches, courses, ladders
from server.clocks.lines import RANG, RECOUNTED, write, write_failure
from server.clocks.models import Clock, ClockPause
from server.clocks.replay import BREACHED_OPEN, iso, told
from server.clocks.rungs import Moment
from server.db import db, now

RESUME = "resume"
AGAIN = timedelta(days=1)

log = logging.getLogger(__name__)


def ring_due(limit: int = 200) -> int:
    """Ring up to ``limit`` clocks whose moment has passed and return how many were looked at."""
    moment = now()
    clocks = _claim(moment, limit)
    pauses = courses.pauses_of(clocks)
    breached = [clock for clock in clocks if _ring_or_tell(clock, pauses.get(clock.id, ()), moment)]
    for clock in breached:
        clock.result = BREACHED_OPEN
    breaches.record(breached)
    return len(clocks)


def _claim(moment: datetime, limit: int) -> Sequence[Clock]:
    """Lock the clocks whose moment has passed, leaving those that others hold."""
    query = sa.select(Clock).where(Clock.stopped_at.is_(None), Clock.rings_at <= moment)
    query = query.order_by(Clock.rings_at, Clock.id).limit(limit).with_for_update(skip_locked=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _ring_or_tell(clock: Clock, pauses: Sequence[ClockPause], moment: datetime) -> bool:
    """Ring one clock; one that cannot be computed is an alarm and silences none of the others."""
    try:
        return _ring(clock, pauses, moment)
    except Exception as error:
        log.exception("clock %s cannot ring", clock.id)
        write_failure([clock.id], str(error))
        clock.rings_at = moment + AGAIN
        return False


def _ring(clock: Clock, pauses: Sequence[ClockPause], now_: datetime) -> bool:
    """Record what is due on one clock and set its next moment; tell whether it is breached by this."""
    anew = acts.recount(clock, pauses, now_)
    if anew:
        write(RECOUNTED, clock, {"clocks": anew})
        return False
    paused = courses.open_pause(pauses)
    if paused is not None:
        write(
            RANG,
            clock,
            _facts(clock, paused.until) | {"rung": clock.rung, "factor": None, "does": [RESUME], "tells": []},
        )
        clock.rings_at = now_ + AGAIN
        return False
    schedule = courses.schedule(clock, pauses)
    found = schedule.moment(clock.rung)
    breaks = ladders.BREACH in found.rung.does and clock.result != BREACHED_OPEN
    more = {"clocks": [told(clock, "breach", now_, due=iso(clock.due_at))]} if breaks else {}
    write(RANG, clock, _facts(clock, found.at) | _said(found, len(schedule.ladder.rungs)) | more)
    courses.set_next(clock, schedule, clock.rung + 1, now_)
    return breaks


def _facts(clock: Clock, moment: datetime) -> dict[str, Any]:
    return {
        "code": clock.code,
        "unit": clock.unit_code,
        "due_at": iso(clock.due_at),
        "moment": iso(moment),
    }


def _said(found: Moment, rungs: int) -> dict[str, Any]:
    rung = found.rung
    factor = rung.factor if found.index < rungs else None
    said = {"does": list(rung.does), "tells": list(rung.tells), "lamp": rung.lamp, "zh": rung.zh}
    return {"rung": found.index, "factor": factor, **said}
