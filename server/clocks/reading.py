"""How clocks are shown: on the card of their item, with lamp and due times.

Job: turn rows, or the operations of a fresh start, into what a client shows.
Never: change anything.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server import policy
from server.clocks import courses
from server.clocks.models import Clock
from server.clocks.replay import RUNNING, iso
from server.db import db, now

MOST = 50


def shown(item_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the clocks of an item, the running ones first, then the latest; at most 50.

    ``lamp`` is green, yellow or red at this moment, or at the moment the clock stopped.
    """
    query = sa.select(Clock).where(Clock.item_id == item_id).limit(MOST)
    clocks = db.session.scalars(query.order_by(Clock.stopped_at.desc().nulls_first(), Clock.due_at, Clock.id)).all()
    pauses = courses.pauses_of(clocks)
    rows = []
    for clock in clocks:
        held = courses.open_pause(pauses.get(clock.id, ()))
        schedule = courses.schedule(clock, pauses.get(clock.id, ()))
        rows.append(
            {
                "code": clock.code,
                "zh": _zh(clock.code),
                "unit": clock.unit_code,
                "limit": clock.limit,
                "started_at": _iso(clock.started_at),
                "due_at": _iso(clock.due_at),
                "original_due_at": _iso(clock.original_due_at),
                "provisional": clock.provisional,
                "paused_until": _iso(held.until) if held else None,
                "stopped_at": _iso(clock.stopped_at),
                "result": clock.result,
                "lamp": schedule.lamp(clock.stopped_at or now()),
            }
        )
    return rows


def next_due(item_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Return item → the running promise that is due first: code, label, due time; one statement, none without items."""
    if not item_ids:
        return {}
    query = (
        sa.select(Clock.item_id, Clock.code, Clock.due_at)
        .where(Clock.item_id.in_(item_ids), Clock.stopped_at.is_(None), Clock.due_at.is_not(None))
        .order_by(Clock.due_at.desc())
    )
    return {item: {"code": code, "zh": _zh(code), "due_at": _iso(due)} for item, code, due in db.session.execute(query)}


def told_fresh(operations: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the clocks that ``operations`` started, shown without reading them back."""
    return [
        {
            "code": told["code"],
            "zh": _zh(told["code"]),
            "unit": told["unit"],
            "limit": told["limit"],
            "started_at": told["at"],
            "due_at": told["due"],
            "original_due_at": told["due"],
            "provisional": told["provisional"],
            "paused_until": None,
            "stopped_at": None,
            "result": RUNNING,
            "lamp": "green",
        }
        for told in operations
        if told["op"] == "start"
    ]


def _zh(code: str) -> str:
    return policy.current().promises[code].zh


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
