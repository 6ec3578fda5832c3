"""Which events a map may show (地图上的事项): the reader's own scope and the filters asked for, as SQL.

Job: the one condition that density and tiles share, so that no map shows more than the list.
Never: read a row.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server import flow
from server.access import Actor
from server.events.machine import EVENT
from server.events.models import Event


def shown(ask: dict[str, Any], by: Actor) -> sa.ColumnElement[bool]:
    """Return the condition for the events of ``ask`` (see EventsAsk) that ``by`` may see."""
    given = {
        "category": lambda code: Event.category.startswith(code, autoescape=True),
        "state": Event.state.in_,
        "township": lambda code: Event.township_code == code,
    }
    wanted = [make(ask[name]) for name, make in given.items() if ask[name]]
    period = sa.and_(Event.created_at >= ask["since"], Event.created_at <= ask["until"])
    return sa.and_(flow.reach(EVENT, by), period, *wanted)
