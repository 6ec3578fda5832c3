"""Open events as single points (点位), for a map drawn without a network: the newest ones the reader may see.

Job: one bounded statement.
Never: show more than the list of events would.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server import flow, policy
from server.access import Actor
from server.clocks.models import Clock
from server.db import db, now
from server.events.card import headlines
from server.events.machine import EVENT
from server.events.models import Event
from server.flow.card import iso

MOST = 500


def open_events(by: Actor) -> list[dict[str, Any]]:
    """Return the newest open events with their places (EPSG:4490), at most 500."""
    due = sa.select(sa.func.min(Clock.due_at)).where(Clock.item_id == Event.id, Clock.stopped_at.is_(None))
    place = (sa.func.ST_X(Event.point), sa.func.ST_Y(Event.point))
    query = (
        sa.select(Event, *place, due.correlate(Event).scalar_subquery())
        .where(flow.reach(EVENT, by), Event.closed_at.is_(None), Event.point.is_not(None))
        .order_by(Event.created_at.desc(), Event.id.desc())
        .limit(MOST)
    )
    found = db.session.execute(query).all()
    words = headlines([row[0] for row in found], by)
    return [_point(row[0], row[1:3], row[3], words[row[0].id]) for row in found]


def _point(event: Event, place: Any, due: Any, title: str) -> dict[str, Any]:
    state, leaf = EVENT.state(event.state), policy.current().categories.get(event.category)
    return {
        "kind": EVENT.kind,
        "kind_zh": EVENT.zh,
        "id": str(event.id),
        "no": event.no,
        "title": title,
        "category": {"code": event.category, "zh": leaf.zh if leaf else event.category},
        "state": {"code": state.code, "zh": state.zh, "type": state.kind},
        "urgency": event.urgency,
        "grid_code": event.grid_code,
        "lon": round(place[0], 6),
        "lat": round(place[1], 6),
        "crs": "cgcs2000",
        "created_at": iso(event.created_at),
        "moved_at": iso(event.moved_at),
        "due_at": iso(due),
        "overdue": bool(due and due < now()),
        "revision": event.revision,
    }
