"""Which events a map may show (地图上的事项): the reader's own scope and the filters asked for, as SQL.

Job: the one condition that density and tiles share, so that no map shows more than the list.
Never: read a row.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa

from server import flow, policy
from server.access import Actor
from server.clocks.models import Clock
from server.db import now
from server.events.machine import EVENT
from server.events.models import Event
from server.flow import Assignment


def shown(ask: dict[str, Any], by: Actor) -> sa.ColumnElement[bool]:
    """Return the condition for the events of ``ask`` (see EventsAsk) that ``by`` may see."""
    period = sa.and_(Event.created_at >= ask["since"], Event.created_at <= ask["until"])
    return sa.and_(flow.reach(EVENT, by), period, *wanted(ask))


def wanted(ask: dict[str, Any]) -> list[Any]:
    """Return the conditions of the filters that were given, besides the period."""
    more = {
        "township": lambda code: Event.township_code == code,
        "unit": _held_by,
        "overdue": lambda _: _is_overdue(),
    }
    return [*kind(ask, Event), *(make(ask[name]) for name, make in more.items() if ask.get(name))]


def kind(ask: dict[str, Any], model: Any) -> list[Any]:
    """Return the conditions of kind, state and urgency that were given, on ``model``."""
    given = {
        "category": partial(_is_of, model),
        "state": model.state.in_,
        "urgency": model.urgency.in_,
    }
    return [make(ask[name]) for name, make in given.items() if ask.get(name)]


def _is_of(model: Any, code: str) -> Any:
    """Return the condition that an event is of a leaf, by the index of leaves, or of a group."""
    is_leaf = code in policy.current().categories
    return model.category == code if is_leaf else model.category.startswith(code, autoescape=True)


def _held_by(unit: str) -> Any:
    """Return the condition that ``unit`` has the event now or finished its part of it."""
    held = sa.or_(Assignment.until.is_(None), Assignment.ended_by == "finished")
    return sa.exists().where(Assignment.item_id == Event.id, Assignment.unit_code == unit, held)


def _is_overdue() -> Any:
    """Return the condition that a promise of the event is broken and still open (超时未办)."""
    late = sa.select(Clock.item_id).where(
        Clock.stopped_at.is_(None), Clock.due_at < now(), Clock.item_kind == EVENT.kind
    )
    return Event.id.in_(late)
