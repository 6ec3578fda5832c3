"""Units and what lies with them (单位清单): overdue events, calls left unanswered, arrivals that never came.

Job: per pile the records with their unit; a number is the count of exactly these records.
Never: rank units, or reach outside the reader's scope.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.clocks.models import Clock
from server.db import db, now
from server.events.models import Event
from server.figures.asked import Asked
from server.figures.queries import calls, calls_answered
from server.flow import Assignment
from server.pages import page
from server.whistles.models import CheckIn

Rows = sa.Select[Any]


def _overdue(ask: Asked) -> Rows:
    """Events still open past a due moment, now, with the unit that leads them (the township while nobody does)."""
    late = sa.exists().where(Clock.item_id == Event.id, Clock.stopped_at.is_(None), Clock.due_at < now())
    lead = sa.select(Assignment.unit_code).where(
        Assignment.item_id == Event.id, Assignment.role == "lead", Assignment.until.is_(None)
    )
    unit = sa.func.coalesce(lead.correlate(Event).limit(1).scalar_subquery(), Event.township_code)
    query = sa.select(sa.literal("event").label("kind"), Event.id, Event.no, unit.label("unit"))
    return query.where(*ask.of(Event), Event.closed_at.is_(None), late.correlate(Event))


def _of_unit(rows: Rows) -> Rows:
    return rows.add_columns(CheckIn.unit_code.label("unit"))


def _called(ask: Asked) -> Rows:
    """Calls whose time to respond ended in the period."""
    return _of_unit(calls(ask))


def _silent(ask: Asked) -> Rows:
    """Those of them that were not answered in time."""
    answered = sa.select(calls_answered(ask).subquery().c.id)
    return _of_unit(calls(ask)).where(CheckIn.id.not_in(answered))


def _absent(ask: Asked) -> Rows:
    """Check-ins that are open and were never followed."""
    query = sa.select(sa.literal("check_in").label("kind"), CheckIn.id, CheckIn.no, CheckIn.unit_code.label("unit"))
    return query.where(*ask.of(CheckIn), CheckIn.state == "no_show", CheckIn.closed_at.is_(None))


@dataclass(frozen=True, slots=True)
class Pile:
    """Records with their unit; ``is_now``: as it is at this moment, else of the period."""

    code: str
    zh: str
    rows: Callable[[Asked], Rows]
    is_now: bool = False


PILES = (
    Pile("overdue", "超时未结", _overdue, is_now=True),
    Pile("called", "应响应", _called),
    Pile("silent", "未按时响应", _silent),
    Pile("absent", "未到场", _absent, is_now=True),
)
BY_CODE = {pile.code: pile for pile in PILES}


def by_unit(ask: Asked) -> list[dict[str, Any]]:
    """Return a row per unit with anything in a pile, by unit: how many records lie in each."""
    counts: dict[str, dict[str, int]] = {}
    for pile in PILES:
        made = pile.rows(ask).subquery()
        rows = db.session.execute(sa.select(made.c.unit, sa.func.count()).group_by(made.c.unit))
        for unit, n in rows:
            if unit:
                counts.setdefault(unit, dict.fromkeys(BY_CODE, 0))[pile.code] = n
    return [{"unit": unit, **counts[unit]} for unit in sorted(counts)]


def records(ask: Asked, code: str, unit: str | None, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return one page of the records of a pile, of one unit or all."""
    made = BY_CODE[code].rows(ask).subquery()
    query = sa.select(made.c.kind, made.c.unit)
    if unit:
        query = query.where(made.c.unit == unit)
    rows, following = page(query, (made.c.no, made.c.id), cursor=cursor, limit=limit, newest_first=False)
    items = [{"kind": kind, "unit": unit, "no": no, "id": str(id)} for kind, unit, no, id in rows]
    return {"items": items, "next_cursor": following, "taken_at": now().isoformat()}
