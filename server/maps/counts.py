"""Events counted by place, day or month (计数): tallies where they answer, changes not yet folded, the rest one by one.

Job: one statement, one snapshot, the reader's scope in it: the number is exactly that of the list.
Never: count what the reader may not see, or count an event twice that he reaches in two ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from server import policy
from server.access import Actor
from server.db import CN, db
from server.events.models import Event
from server.maps import events, reach, rules
from server.maps.models import CHANGES, Tally, TallyPlace
from server.maps.rules import DAY, MONTH, Plan

TICK = timedelta(microseconds=1)
NOWHERE: tuple[int, int] = (0, 0)
"""Grid and edition of what lies outside every grid."""

_P, _T, _C = TallyPlace.__table__.c, Tally.__table__.c, CHANGES.c


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as the parts of the statement need it."""

    ask: dict[str, Any]
    plan: Plan
    way: reach.Way

    @property
    def end(self) -> datetime:
        """Return the moment behind the period."""
        until: datetime = self.ask["until"]
        return until + TICK


def question(ask: dict[str, Any], by: Actor) -> Question:
    """Return how ``ask`` of ``by`` is answered."""
    way = reach.way(by)
    given = {name: ask[name] for name in ("state", "urgency")}
    given |= {name: _one(ask[name]) for name in ("unit", "category")}
    if way.unit and ask["unit"] == way.unit:
        given["unit"] = ()  # what the unit holds is all it sees
    is_tallied = _is_tallied(given, way) and not ask["overdue"]
    found = rules.facets(given | ({"unit": (way.unit,)} if way.unit else {})) if is_tallied else None
    return Question(ask, rules.plan(found, ask["since"], ask["until"] + TICK, CN), way)


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _is_tallied(given: dict[str, Sequence[str]], way: reach.Way) -> bool:
    """Tell whether tallies can answer: the reach is one of places or of one unit, the category a group or a leaf."""
    current = policy.current()
    known = {*current.groups, *current.categories}
    return not way.is_mixed and not (way.unit and any(given.values())) and set(given["category"]) <= known


def by_grid(ask: dict[str, Any], by: Actor) -> dict[tuple[int, int], int]:
    """Return (grid id, edition id) → events; NOWHERE for those outside every grid."""
    asked = question(ask, by)
    parts = [
        *_tallied(asked, lambda: (_P.grid_id, _P.edition_id)),
        *_changed(asked, lambda: (_C.grid_id, _C.edition_id)),
        *_counted(asked, by, lambda: (_zero(Event.grid_id), _zero(Event.edition_id))),
    ]
    return {(grid, edition): int(n) for grid, edition, n in _summed(parts, 2) if n}


def by_code(ask: dict[str, Any], by: Actor) -> dict[str, int]:
    """Return grid code → events, over all editions; '' for those outside every grid."""
    asked = question(ask, by)
    parts = [
        *_tallied(asked, lambda: (_P.grid_code,)),
        *_changed(asked, lambda: (_C.grid_code,)),
        *_counted(asked, by, lambda: (sa.func.coalesce(Event.grid_code, sa.literal_column("''")),)),
    ]
    return {code: int(n) for code, n in _summed(parts, 1) if n}


CUTS = {
    DAY: lambda day: day,
    MONTH: lambda day: sa.cast(sa.func.date_trunc(sa.literal_column("'month'"), day), sa.Date),
}
"""The first day of the span in which a day lies, as SQL; the same text wherever a statement says it."""


def by_time(ask: dict[str, Any], by: Actor, span: str) -> dict[date, int]:
    """Return the first day of each ``span`` in the period → events; spans without any are left out."""
    asked = question(ask, by)
    cut = CUTS[span]
    local = sa.cast(sa.func.timezone(CN.key, Event.created_at), sa.Date)
    if span == DAY and asked.plan.months:
        asked = _in_days(asked)
    parts = [
        *_tallied(asked, lambda: (cut(_T.start),)),
        *_changed(asked, lambda: (cut(_C.day),)),
        *_counted(asked, by, lambda: (cut(local),)),
    ]
    return {start: int(n) for start, n in sorted(_summed(parts, 1)) if n}


def _in_days(asked: Question) -> Question:
    """Return the question cut into days only; where a facet keeps none, everything is counted one by one."""
    covered = asked.plan.covered
    keeps_days = not any(facet.startswith("c:") for facet in asked.plan.facets)
    if keeps_days and covered:
        return Question(asked.ask, Plan(asked.plan.facets, None, (covered,), asked.plan.rest), asked.way)
    return Question(asked.ask, Plan((), None, (), ((asked.ask["since"], asked.end),)), asked.way)


def _zero(column: Any) -> Any:
    return sa.func.coalesce(column, sa.literal_column("0"))


def _summed(parts: Sequence[sa.Select[Any]], keys: int) -> Iterable[Any]:
    if not parts:
        return ()
    every = sa.union_all(*parts).subquery()
    *names, n = every.c
    assert len(names) == keys
    return db.session.execute(sa.select(*names, sa.func.sum(n)).group_by(*names))


def _tallied(asked: Question, keys: Any) -> Iterable[sa.Select[Any]]:
    """Yield the selects over whole months and days."""
    ranges = [(MONTH, asked.plan.months)] if asked.plan.months else []
    ranges += [(DAY, part) for part in asked.plan.days]
    for span, (first, last) in ranges:
        held = sa.and_(_T.facet.in_(asked.plan.facets), _T.span == span, _T.start >= first, _T.start < last)
        query = sa.select(*keys(), sa.func.sum(_T.n)).join_from(
            Tally.__table__, TallyPlace.__table__, _P.id == _T.place_id
        )
        yield query.where(held, *_places(asked, TallyPlace)).group_by(*keys())


def _places(asked: Question, model: Any) -> list[Any]:
    township = asked.ask["township"]
    wanted = [model.township_code == township] if township else []
    return [*wanted, *asked.way.places(model)]


class _Change:
    """The changes as a model that scopes can speak of."""

    grid_code, village_code, township_code = _C.grid_code, _C.village_code, _C.township_code


def _changed(asked: Question, keys: Any) -> Iterable[sa.Select[Any]]:
    """Yield the select over the changes that are not folded in yet."""
    covered = asked.plan.covered
    if covered is None:
        return
    unit = asked.way.unit or asked.ask["unit"] or ""
    wanted = [_C.unit_code == unit, _C.day >= covered[0], _C.day < covered[1], *_places(asked, _Change)]
    if asked.ask["category"]:
        wanted.append(_C.category.startswith(asked.ask["category"], autoescape=True))
    wanted += [_C[name].in_(asked.ask[name]) for name in ("state", "urgency") if asked.ask[name]]
    yield sa.select(*keys(), sa.func.sum(_C.sign)).where(*wanted).group_by(*keys())


def _counted(asked: Question, by: Actor, keys: Any) -> Iterable[sa.Select[Any]]:
    """Yield the selects over events: the stretches that tallies do not cover, and what is reached besides places."""
    filters = events.wanted(asked.ask)
    base = sa.select(*keys(), sa.func.count()).group_by(*keys())
    for since, until in asked.plan.rest:
        yield base.where(*filters, Event.created_at >= since, Event.created_at < until, reach.everything(by))
    covered = asked.plan.covered
    extra = asked.way.besides
    if covered is None or extra is None:
        return
    begin, end = (datetime.combine(day, time(), CN) for day in covered)
    yield base.where(*filters, Event.created_at >= begin, Event.created_at < end, extra)
