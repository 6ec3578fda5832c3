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

KNOWN = frozenset(
    {
        "category", "text", "address", "lon", "lat", "crs", "accuracy_m", "captured_at", "is_mock", "provider", "channel",
        "grid_choice", "recurrence_of", "photos",
    }
)  # fmt: skip


def report(
    reports: Sequence[tuple[uuid.UUID, Mapping[str, Any]]], *, by: Actor, clock_error_s: float | None = None
) -> list[Case]:
    """Take reports (id, shaped body) in a handful of statements and return their cases in order.

    ``clock_error_s`` is by how many seconds the sending device's clock runs ahead of ours.
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
        pairs=search.pairs(no, data["text"], data["address"]),
        created_at=received,
        category=data["category"],
        urgency=policy.current().categories[data["category"]].urgency,
        channel=data["channel"] or "app",
        text=data["text"],
        address=data["address"],
        point=where.wkb,
        raw_lon=data["lon"],
        raw_lat=data["lat"],
        raw_sys=data["crs"],
        accuracy_m=data["accuracy_m"],
        is_mock=data["is_mock"],
        provider=data["provider"],
        captured_at=data["captured_at"],
        clock_error_s=clock_error_s,
        township_code=where.township_code,
        village_code=where.village_code,
        grid_code=where.grid_code,
        grid_id=where.grid_id,
        edition_id=where.edition_id,
        placement=where.quality,
        candidates=list(where.candidates),
        grid_choice=data["grid_choice"],
        flags=place.doubts(data, where, clock_error_s),
        extra={name: value for name, value in data.items() if name not in KNOWN},
        recurrence_of=data["recurrence_of"],
    )
