"""Report events: one from a phone or five hundred from a queue, the same way.

Job: from shaped reports to located, numbered, clocked and journaled events.
Never: commit; judge a person.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server import policy
from server.access import Actor
from server.db import now
from server.events import place, search
from server.events.machine import EVENT
from server.events.models import Event
from server.flow import Case, Draft, create, numbers
from server.photos import acts as photos

AS_SENT = (
    "category", "text", "address", "accuracy_m", "is_mock", "provider", "captured_at", "grid_choice", "recurrence_of",
)  # fmt: skip
"""Fields of a report that are columns of the same name."""
KNOWN = frozenset({*AS_SENT, "lon", "lat", "crs", "channel", "photos", "voices"})


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its id, its shaped body, who made it.

    ``clock_error_s`` is by how many seconds the sending device's clock runs ahead of ours; ``synthetic`` marks it.
    """

    id: uuid.UUID
    data: Mapping[str, Any]
    by: Actor
    clock_error_s: float | None = None
    synthetic: bool = False


def report(reports: Sequence[Report]) -> list[Case]:
    """Take reports, of one person or of several, in a handful of statements and return their cases in order."""
    if not reports:
        return []
    received = now()
    places = place.locate([(one.data, _moment(one, received), one.data["category"]) for one in reports])
    drafts = [
        Draft(_event(one, where, serial, received), one.by, dict(one.data), one.data["captured_at"])
        for one, where, serial in zip(reports, places, numbers.take(len(reports)), strict=True)
    ]
    cases = create(EVENT, drafts, act="report")
    told = [(EVENT.kind, one.id, photos.declared_in(one.data), one.by.person_id) for one in reports]
    photos.declare(told, at=received)
    return cases


def _moment(one: Report, received: datetime) -> datetime:
    captured_at: datetime = one.data["captured_at"]
    return min(captured_at - timedelta(seconds=one.clock_error_s or 0.0), received)


def _event(one: Report, where: place.Place, serial: int, received: datetime) -> Event:
    data, no = one.data, numbers.number(EVENT.prefix, received, where.township_code, serial)
    return Event(
        id=one.id,
        no=no,
        created_at=received,
        urgency=policy.current().categories[data["category"]].urgency,
        channel=data["channel"] or "app",
        raw_lon=data["lon"],
        raw_lat=data["lat"],
        raw_sys=data["crs"],
        clock_error_s=one.clock_error_s,
        synthetic=one.synthetic,
        flags=place.doubts(data, where, one.clock_error_s),
        pairs=search.pairs(no, data["text"], data["address"]),
        extra={name: value for name, value in data.items() if name not in KNOWN},
        **{name: data[name] for name in AS_SENT},
        **where.columns(),
    )
