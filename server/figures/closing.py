"""The closing limit of what was never handled (结案时限): the handling limit, and the time to verify after it.

Job: say which events' closing limit ended in a period although nobody has handled them yet, so that they are not left
out of 应结案 (K03): whoever does nothing does not improve a figure.
Never: count.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from server import policy
from server.clocks.courses import calendar
from server.clocks.models import Clock
from server.clocks.rules import Course, due
from server.db import now
from server.events.models import Event
from server.figures.asked import Asked
from server.policy import Limit

TICK = timedelta(microseconds=1)
_event = aliased(Event)
REACH = timedelta(days=90)
"""No limit to verify is longer than this, holidays included."""


def ended_unhandled(ask: Asked) -> Any:
    """Return the ids of events whose handling limit ran over and whose closing limit after it ended in the period."""
    until = min(ask.until, now() + TICK)
    spans = [(urgencies, begun(limit, ask.since), begun(limit, until)) for limit, urgencies in _limits().items()]
    ways = [sa.and_(_event.urgency.in_(which), Clock.due_at >= a, Clock.due_at < b) for which, a, b in spans]
    ran_over = sa.or_(Clock.stopped_at.is_(None), Clock.stopped_at > Clock.due_at)
    in_reach = (Clock.due_at >= min(a for _, a, _ in spans), Clock.due_at < max(b for _, _, b in spans))
    late = (Clock.code == "HANDLE", Clock.result != "cancelled", ran_over, *in_reach, sa.or_(*ways))
    return sa.select(Clock.item_id).join(_event, _event.id == Clock.item_id).where(*late)


def _limits() -> dict[Limit, list[str]]:
    found: dict[Limit, list[str]] = defaultdict(list)
    for urgency in policy.current().urgencies:
        found[policy.current().limit("VERIFY", urgency=urgency)].append(urgency)
    return found


def begun(limit: Limit, moment: datetime) -> datetime:
    """Return the earliest moment, to the microsecond, from which ``limit`` ends at ``moment`` or later."""
    early, late = moment - REACH, moment
    while late - early > TICK:
        middle = early + (late - early) / 2
        if due(Course(middle, limit), calendar()).at >= moment:
            late = middle
        else:
            early = middle
    return late
