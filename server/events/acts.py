"""Report events: one from a phone or five hundred from a queue, the same way.

Job: from shaped reports to located, numbered, clocked and journaled events.
Never: commit; judge a person.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
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
KNOWN = frozenset({*AS_SENT, "lon", "lat", "crs", "channel", "photos"})


def report(
    reports: Sequence[tuple[uuid.UUID, Mapping[str, Any]]],
    *,
    by: Actor,
    clock_error_s: float | None = None,
    synthetic: bool = False,
) -> list[Case]:
    """Take reports (id, shaped body) in a handful of statements and return their cases in order.

    ``clock_error_s`` is by how many seconds the sending device's clock runs ahead of ours; ``synthetic`` marks them.
    """
    received = now()
    moments = [_moment(data["captured_at"], clock_error_s, received) for _, data in reports]
    places = place.locate(
        [(data, moment, data["category"]) for (_, data), moment in zip(reports, moments, strict=True)]
    )
    serials = numbers.take(len(reports))
    drafts = [
        Draft(_event(id, data, where, serial, received, clock_error_s), dict(data), data["captured_at"])
        for (id, data), where, serial in zip(reports, places, serials, strict=True)
    ]
    for draft in drafts:
        draft.item.synthetic = synthetic
    cases = create(EVENT, drafts, by=by, act="report")
    photos.declare([(EVENT.kind, id, data["photos"]) for id, data in reports], by=by.person_id, at=received)
    return cases


def _moment(captured_at: datetime, clock_error_s: float | None, received: datetime) -> datetime:
    return min(captured_at - timedelta(seconds=clock_error_s or 0.0), received)


def _event(
    id: uuid.UUID,
    data: Mapping[str, Any],
    where: place.Place,
    serial: int,
    received: datetime,
    clock_error_s: float | None,
) -> Event:
    no = numbers.number(EVENT.prefix, received, where.township_code, serial)
    return Event(
        id=id,
        no=no,
        created_at=received,
        urgency=policy.current().categories[data["category"]].urgency,
        channel=data["channel"] or "app",
        raw_lon=data["lon"],
        raw_lat=data["lat"],
        raw_sys=data["crs"],
        clock_error_s=clock_error_s,
        flags=place.doubts(data, where, clock_error_s),
        pairs=search.pairs(no, data["text"], data["address"]),
        extra={name: value for name, value in data.items() if name not in KNOWN},
        **{name: data[name] for name in AS_SENT},
        **where.columns(),
    )
