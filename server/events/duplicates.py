"""Which open events a report may repeat (疑似重复, spec 3.2): suggested before and after sending; a person merges.

Job: candidates of many reports in one statement by place, time, group and open state, ordered by likeness.
Never: merge, or tell more of an event than number, category, distance, state and time to whoever may not see it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gis import crs
from gis.plain import around
from server import policy
from server.access import Actor
from server.db import db
from server.events.card import is_hidden, shown_text
from server.events.likeness import Apart, score, similarity
from server.events.machine import EVENT
from server.events.models import Event
from server.flow.card import category, iso
from server.flow.walk import reach
from server.http import API
from server.photos.models import Photo

NEAREST = 20
"""Candidates looked at per report, the nearest first."""
SHOWN = 5
EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A report to find candidates for; ``lon``, ``lat`` in EPSG:4490. ``id`` names it among others, sent or not."""

    id: uuid.UUID
    lon: float
    lat: float
    category: str
    happened_at: datetime
    text: str


COLUMNS: dict[str, Any] = {
    "id": sa.Uuid(),
    "lon": sa.Double(),
    "lat": sa.Double(),
    "radius": sa.Double(),
    "west": sa.Double(),
    "south": sa.Double(),
    "east": sa.Double(),
    "north": sa.Double(),
    "leaves": sa.Text(),
    "since": sa.DateTime(timezone=True),
    "until": sa.DateTime(timezone=True),
}
"""What the statement is told of each report; ``leaves`` are the codes of its group, separated by commas."""


def of_events(events: Iterable[Event], by: Actor) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Return the candidates of fresh events as ``by`` may see them, by id, most alike first; one statement for all."""
    return candidates([_asked(event) for event in events], by)


def of_stored(event: Event, by: Actor) -> list[dict[str, Any]]:
    """Return the candidates of an event where it lies now (its place may have been corrected)."""
    where = sa.select(sa.func.ST_X(Event.point), sa.func.ST_Y(Event.point)).where(Event.id == event.id)
    lon, lat = db.session.execute(where).one()
    asked = Asked(event.id, lon, lat, event.category, event.happened_at, event.text)
    return candidates([asked], by)[event.id]


def _asked(event: Event) -> Asked:
    lon, lat = crs.convert(event.raw_lon, event.raw_lat, event.raw_sys, "cgcs2000")
    return Asked(event.id, float(lon), float(lat), event.category, event.happened_at, event.text)


def candidates(asked: Sequence[Asked], by: Actor) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Return for each report at most five open events that may be the same, most alike first.

    The test is that of spec 3.2: same group of categories, within the radius of both leaves, within some days.
    """
    found: dict[uuid.UUID, list[dict[str, Any]]] = {one.id: [] for one in asked}
    if not asked:
        return found
    known = {one.id: one for one in asked}
    for row in db.session.execute(_statement(asked, by)):
        line = _line(known[row.asked_id], row, by)
        if line is not None:
            found[row.asked_id].append(line)
    return {id: sorted(lines, key=lambda line: -line["score"])[:SHOWN] for id, lines in found.items()}


def _statement(asked: Sequence[Asked], by: Actor) -> sa.Select[Any]:
    told = [_told(one) for one in asked]
    arrays = [
        sa.bindparam(name, [row[name] for row in told], type_=ARRAY(kind), unique=True)
        for name, kind in COLUMNS.items()
    ]
    columns = (sa.column(name, kind) for name, kind in COLUMNS.items())
    reports = sa.func.unnest(*arrays).table_valued(*columns, name="asked").render_derived()
    near = _near(reports.c, by).lateral("near")
    return sa.select(reports.c.id.label("asked_id"), *near.c).where(near.c.distance_m <= reports.c.radius)


def _near(asked: Any, by: Actor) -> sa.Select[Any]:
    """Return the nearest open events around one report, as a lateral part of the statement."""
    happened = sa.func.least(
        Event.captured_at - sa.func.make_interval(0, 0, 0, 0, 0, 0, sa.func.coalesce(Event.clock_error_s, 0.0)),
        Event.created_at,
    )
    distance = sa.func.ST_DistanceSphere(Event.point, _point(asked.lon, asked.lat))
    box = sa.func.ST_MakeEnvelope(asked.west, asked.south, asked.east, asked.north, 4490)
    shown = (Event.id, Event.no, Event.category, Event.state, Event.text, Event.created_by)
    return (
        sa.select(
            *shown,
            happened.label("happened_at"),
            distance.label("distance_m"),
            reach(EVENT, by).label("visible"),
            _thumbnail().label("thumbnail"),
        )
        .where(
            Event.point.op("&&")(box),
            Event.closed_at.is_(None),
            Event.category == sa.func.any(sa.func.string_to_array(asked.leaves, ",")),
            happened.between(asked.since, asked.until),
            Event.id != asked.id,
        )
        .order_by(sa.text("distance_m"), Event.id)
        .limit(NEAREST)
    )


def _point(lon: Any, lat: Any) -> Any:
    return sa.func.ST_SetSRID(sa.func.ST_MakePoint(lon, lat), 4490)


def _thumbnail() -> Any:
    first = sa.select(Photo.sha256).where(Photo.item_id == Event.id, Photo.received_at.is_not(None))
    return first.order_by(Photo.declared_at, Photo.id).limit(1).correlate(Event).scalar_subquery()


def _told(one: Asked) -> dict[str, Any]:
    rules = policy.current()
    leaf = rules.categories[one.category]
    leaves = [other.code for other in rules.categories.values() if other.group == leaf.group]
    box = around(one.lon, one.lat, leaf.duplicate_radius_m)
    window = timedelta(days=rules.settings.events.duplicate_days)
    own = {"id": one.id, "lon": one.lon, "lat": one.lat, "radius": float(leaf.duplicate_radius_m)}
    span = {"since": one.happened_at - window, "until": one.happened_at + window}
    return own | box._asdict() | span | {"leaves": ",".join(leaves)}


def _line(asked: Asked, row: Any, by: Actor) -> dict[str, Any] | None:
    """Return a candidate as ``by`` may see it; None when it is too far for its own leaf, or not to be shown at all."""
    rules = policy.current()
    leaf, other = rules.categories[asked.category], rules.categories[row.category]
    if row.distance_m > other.duplicate_radius_m or (other.sensitive and not row.visible):
        return None
    is_open = row.visible and not is_hidden(row, by)
    words = similarity(asked.text, row.text) if is_open and asked.text else None
    apart = Apart(
        distance_m=row.distance_m,
        radius_m=leaf.duplicate_radius_m,
        time=abs(asked.happened_at - row.happened_at),
        window=timedelta(days=rules.settings.events.duplicate_days),
        same_leaf=leaf is other,
        similarity=words,
    )
    state = EVENT.state(row.state)
    line = {
        "no": row.no,
        "category": category(row.category),
        "state": {"code": state.code, "zh": state.zh, "type": state.kind},
        "distance_m": round(row.distance_m, 1),
        "happened_at": iso(row.happened_at),
        "similarity": words if words is None else round(words, 2),
        "score": round(score(apart), 3),
    }
    return line | (_more(row, by, is_open) if row.visible else {})


def _more(row: Any, by: Actor, is_open: bool) -> dict[str, Any]:
    """Return what only those who may see the event learn of it."""
    return {
        "id": str(row.id),
        "href": f"{API}/{EVENT.path}/{row.id}",
        "text": shown_text(row, by)[:EXCERPT],
        "thumbnail": row.thumbnail if is_open else None,
    }
