"""What anybody may know (公开数据): events and whistles per township and month; nothing finer, no small number.

Job: one bounded statement per table, kept for some minutes: a public page must not burden the desks.
Never: tell a place below the township, or a number that could be one household.
"""

from __future__ import annotations

import time
from datetime import date, datetime
from datetime import time as clock_time
from typing import Any

import sqlalchemy as sa

from server import policy
from server.db import CN, db
from server.events.models import Event
from server.whistles.models import Whistle

KEPT_S = 300
COUNTED: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
    ("reported", Event, (Event.created_at,)),
    ("closed", Event, (Event.closed_at,)),
    ("blown", Whistle, (Whistle.blown_at,)),
)
"""Name of the number, table, moment that counts."""
_kept: dict[tuple[date, date], tuple[float, list[dict[str, Any]]]] = {}


def by_township(first: date, last: date) -> list[dict[str, Any]]:
    """Return per township the events reported and closed and the whistles blown from ``first`` to ``last`` (both in).

    A number below the policy's small cell is None: too few to be told.
    """
    found = _kept.get((first, last))
    if found is None or time.monotonic() - found[0] > KEPT_S:
        if len(_kept) > len(COUNTED) * 12:
            _kept.clear()
        found = _kept[first, last] = (time.monotonic(), _counted(first, last))
    return found[1]


def _counted(first: date, last: date) -> list[dict[str, Any]]:
    since, until = (datetime.combine(day, clock_time(), CN) for day in (first, date.fromordinal(last.toordinal() + 1)))
    smallest = policy.current().settings.privacy.small_cell
    numbers: dict[str, dict[str, int]] = {}
    for name, model, (moment,) in COUNTED:
        query = sa.select(model.township_code, sa.func.count()).where(moment >= since, moment < until)
        for code, n in db.session.execute(query.group_by(model.township_code)):
            numbers.setdefault(code or "", {})[name] = n
    return [
        {"code": unit.code}
        | {name: _told(numbers.get(unit.code, {}).get(name, 0), smallest) for name, _model, _moment in COUNTED}
        for unit in policy.current().units.values()
        if unit.kind == "township" and unit.takes_part
    ]


def _told(n: int, smallest: int) -> int | None:
    return n if n == 0 or n >= smallest else None
