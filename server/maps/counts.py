"""Events counted by place, day or month (计数): tallies where they answer, changes not yet folded, the rest one by one.

Job: one statement, one snapshot, the reader's scope in it: the number is exactly that of the list.
Never: count what the reader may not see, or count an event twice that he reaches in two ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array

from server import policy
from server.access import Actor
from server.db import CN, execute
from server.events.models import Event
from server.maps import events, reach, rules, upto
from server.maps.models import CHANGES, Holding, Tally, TallyPlace
from server.maps.rules import DAY, MONTH, Plan

TICK = timedelta(microseconds=1)
NOWHERE: tuple[int, int] = (0, 0)
"""Grid and edition of what lies outside every grid."""

_P, _T, _C = TallyPlace.__table__.c, Tally.__table__.c, CHANGES.c


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as the parts of the statement need it; ``unit`` when only what one unit holds counts."""

    ask: dict[str, Any]
    plan: Plan
    way: reach.Way
    unit: str | None

    @property
    def end(self) -> datetime:
        """Return the moment behind the period."""
        until: datetime = self.ask["until"]
        return until + TICK


def question(ask: dict[str, Any], by: Actor) -> Question:
    """Return how ``ask`` of ``by`` is answered."""
    way = reach.way(by)
    units = {unit for unit in (way.unit, ask["unit"]) if unit}
    is_one_by_one = way.is_mixed or len(units) > 1 or ask["overdue"]
    unit = None if is_one_by_one else next(iter(units), None)
    given = _given(ask) | ({"unit": (unit,)} if unit else {})
    found = None if is_one_by_one or not _is_known(ask["category"]) else rules.facets(given)
    return Question(ask, rules.plan(found, ask["since"], ask["until"] + TICK, CN), way, unit)


def _given(ask: dict[str, Any]) -> dict[str, Sequence[str]]:
    """Return the filters of kind and state by the names of their facets."""
    kind = "group" if ask["category"] in policy.current().groups else "category"
    return {"state": ask["state"], "urgency": ask["urgency"], kind: [ask["category"]] if ask["category"] else []}


def _is_known(category: str | None) -> bool:
    """Tell whether a category is a group or a leaf, which tallies know, or none."""
    current = policy.current()
    return category is None or category in current.groups or category in current.categories


def by_grid(ask: dict[str, Any], by: Actor) -> dict[tuple[int, int], int]:
    """Return (grid id, edition id) → events; NOWHERE for those outside every grid."""
    asked = question(ask, by)
    parts = [
        *_tallied(asked, lambda: (_P.grid_id, _P.edition_id)),
        *_changed(asked, lambda: (_C.grid_id, _C.edition_id)),
        *_counted(asked, by, lambda model: (_zero(model.grid_id), _zero(model.edition_id))),
    ]
    return {(grid, edition): int(n) for grid, edition, n in _summed(parts) if n}


def by_code(ask: dict[str, Any], by: Actor) -> dict[str, int]:
    """Return grid code → events, over all editions; '' for those outside every grid."""
    asked = question(ask, by)
    parts = [
        *_tallied(asked, lambda: (_P.grid_code,)),
        *_changed(asked, lambda: (_C.grid_code,)),
        *_counted(asked, by, lambda model: (sa.func.coalesce(model.grid_code, sa.literal_column("''")),)),
    ]
    if not parts:
        return {}
    summed = _sums(parts).subquery()
    code, n = summed.c
    gathered = sa.select(sa.func.json_object_agg(code, n)).where(n != 0)
    return execute(gathered).scalar_one() or {}  # one row instead of hundreds


CUTS = {
    DAY: lambda day: day,
    MONTH: lambda day: sa.cast(sa.func.date_trunc(sa.literal_column("'month'"), day), sa.Date),
}
"""The first day of the span in which a day lies, as SQL; the same text wherever a statement says it."""


def by_time(ask: dict[str, Any], by: Actor, span: str) -> dict[date, int]:
    """Return the first day of each ``span`` in the period → events; spans without any are left out."""
    asked = question(ask, by)
    cut = CUTS[span]
    if span == DAY:
        asked = _in_days(asked)
    parts = [
        *(_tallied_days(asked) if span == DAY else _tallied(asked, lambda: (_T.month,))),
        *_changed(asked, lambda: (cut(_C.day),)),
        *_counted(asked, by, lambda model: (cut(sa.cast(sa.func.timezone(CN.key, model.created_at), sa.Date)),)),
    ]
    return {start: int(n) for start, n in sorted(_summed(parts)) if n}


def _in_days(asked: Question) -> Question:
    """Return the question as it is where tallies know its days, else with everything counted one by one."""
    if asked.plan.months and not asked.plan.has_days:
        return replace(asked, plan=Plan((), None, (), ((asked.ask["since"], asked.end),)))
    return asked


def _zero(column: Any) -> Any:
    return sa.func.coalesce(column, sa.literal_column("0"))


def _summed(parts: Sequence[sa.Select[Any]]) -> Iterable[Any]:
    if not parts:
        return ()
    return execute(_sums(parts)).all()


def _sums(parts: Sequence[sa.Select[Any]]) -> sa.Select[Any]:
    """Return the statement that adds up the last column of all parts by the columns before it."""
    *names, n = sa.union_all(*parts).subquery().c
    return sa.select(*names, sa.func.sum(n).label("n")).group_by(*names)


def _tallied(asked: Question, keys: Any) -> Iterable[sa.Select[Any]]:
    """Yield the select over the months, whole or in part, that tallies answer."""
    if asked.plan.covered:
        query = sa.select(*keys(), sa.func.sum(upto.amount(_T, asked.plan)))
        yield _joined(query, asked).group_by(*keys())


def _tallied_days(asked: Question) -> Iterable[sa.Select[Any]]:
    """Yield the select over the same by day."""
    if not asked.plan.covered:
        return
    months = _joined(sa.select(_T.month, array(upto.days(_T)).label("days")), asked).group_by(_T.month).subquery()
    sums = sa.func.unnest(months.c.days).table_valued("n", with_ordinality="day", name="apart").render_derived()
    day = months.c.month + sa.cast(sums.c.day - 1, sa.Integer)
    first, behind = asked.plan.covered
    yield sa.select(day, sums.c.n).select_from(months.join(sums, sa.true())).where(day >= first, day < behind)


def _joined(query: sa.Select[Any], asked: Question) -> sa.Select[Any]:
    """Return ``query`` over the tallies of the question's facets, months and places."""
    found = query.join_from(Tally.__table__, TallyPlace.__table__, _P.id == _T.place_id)
    return found.where(_T.facet.in_(asked.plan.facets), *upto.within(_T, asked.plan), *places(asked, TallyPlace))


def places(asked: Question, model: Any) -> list[Any]:
    """Return the conditions on the places of ``model``: the township asked for, and where the reader may look."""
    township = asked.ask["township"]
    wanted = [model.township_code == township] if township else []
    return [*wanted, *asked.way.places(model)]


class Change:
    """The changes as a model that scopes can speak of."""

    grid_code, village_code, township_code = _C.grid_code, _C.village_code, _C.township_code


def _changed(asked: Question, keys: Any) -> Iterable[sa.Select[Any]]:
    """Yield the select over the changes that are not folded in yet."""
    covered = asked.plan.covered
    if covered is None:
        return
    wanted = [_C.unit_code == (asked.unit or ""), _C.day >= covered[0], _C.day < covered[1], *places(asked, Change)]
    if asked.ask["category"]:
        wanted.append(_C.category.startswith(asked.ask["category"], autoescape=True))
    wanted += [_C[name].in_(asked.ask[name]) for name in ("state", "urgency") if asked.ask[name]]
    yield sa.select(*keys(), sa.func.sum(_C.sign)).where(*wanted).group_by(*keys())


def _counted(asked: Question, by: Actor, keys: Any) -> Iterable[sa.Select[Any]]:
    """Yield the selects over what tallies do not cover, one by one, and over what is reached besides places."""
    source, within = ones(asked, by)
    for since, until in asked.plan.rest:
        yield _each(source, keys).where(source.created_at >= since, source.created_at < until, *within)
    for condition in besides(asked):
        yield _each(Event, keys).where(condition)


def _each(model: Any, keys: Any) -> sa.Select[Any]:
    named = keys(model)
    return sa.select(*named, sa.func.count()).group_by(*named)


def ones(asked: Question, by: Actor) -> tuple[Any, list[Any]]:
    """Return what is counted one by one, events or what a unit holds, and on which conditions."""
    if asked.unit is None:
        return Event, [*events.wanted(asked.ask), reach.everything(by)]
    return Holding, [Holding.unit_code == asked.unit, *events.kind(asked.ask, Holding), *places(asked, Holding)]


def besides(asked: Question) -> Iterable[sa.ColumnElement[bool]]:
    """Yield the condition for the events reached by no place and no unit, for the time they are not counted in."""
    first, behind = asked.plan.covered or (None, None)
    if asked.way.besides is None or (asked.unit is None and first is None):
        return
    begin, end = asked.ask["since"], asked.end
    if asked.unit is None and first and behind:
        begin, end = (datetime.combine(day, time(), CN) for day in (first, behind))
    period = sa.and_(Event.created_at >= begin, Event.created_at < end)
    yield sa.and_(*events.wanted(asked.ask), period, asked.way.besides)
