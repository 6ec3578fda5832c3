"""Which open events a report may repeat (疑似重复, spec 3.2): suggested before and after sending; a person merges.

Job: candidates of many reports in one statement by place, time, group and open state, ordered by likeness.
Never: merge, or tell more of an event than number, category, distance, state and time to whoever may not see it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
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
from server.flow import Case
from server.flow.card import category, iso
from server.flow.walk import reach
from server.http import API
from server.photos.models import ROLES, Photo

NEAREST = 20
"""Candidates looked at per report, the nearest first; at one and the same place those nearest in time."""
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
    by: Actor


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
    "happened_at": sa.DateTime(timezone=True),
}
"""What the statement is told of each report; ``leaves`` are the codes of its group, separated by commas."""
_E, _P = Event.__table__.c, Photo.__table__.c


def _statement() -> sa.Select[Any]:
    """Return the nearest open events around each report: an index of the open ones gives those of its box."""
    arrays = [sa.bindparam(name, type_=ARRAY(kind)) for name, kind in COLUMNS.items()]
    columns = (sa.column(name, kind) for name, kind in COLUMNS.items())
    asked = sa.func.unnest(*arrays).table_valued(*columns, name="asked").render_derived()
    near = _near(asked.c).lateral("near")
    return sa.select(asked.c.id.label("asked_id"), *near.c).where(near.c.distance_m <= asked.c.radius)


def _near(asked: Any) -> sa.Select[Any]:
    error = sa.func.make_interval(0, 0, 0, 0, 0, 0, sa.func.coalesce(_E.clock_error_s, 0.0))
    happened = sa.func.least(_E.captured_at - error, _E.created_at)
    here = sa.func.ST_SetSRID(sa.func.ST_MakePoint(asked.lon, asked.lat), 4490)
    box = sa.func.ST_MakeEnvelope(asked.west, asked.south, asked.east, asked.north, 4490)
    distance = sa.func.ST_DistanceSphere(_E.point, here).label("distance_m")
    apart = sa.func.abs(sa.extract("epoch", happened - asked.happened_at))
    return (
        sa.select(_E.id, _E.no, _E.category, _E.state, happened.label("happened_at"), distance)
        .where(
            _E.point.op("&&")(box),
            _E.closed_at.is_(None),
            sa.func.strpos(asked.leaves, _E.category) > 0,
            happened.between(asked.since, asked.until),
            _E.id != asked.id,
        )
        .order_by(distance.element, apart)
        .limit(NEAREST)
    )


_NEAREST = _statement()
"""The whole test of spec 3.2 for any number of reports; built once."""


def of_fresh(cases: Iterable[Case]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Return the candidates of fresh events as their reporters may see them, by id, most alike first, all at once."""
    return candidates([_asked(case.item, case.by) for case in cases])


def of_stored(event: Event, by: Actor) -> list[dict[str, Any]]:
    """Return the candidates of an event where it lies now (its place may have been corrected)."""
    where = sa.select(sa.func.ST_X(Event.point), sa.func.ST_Y(Event.point)).where(Event.id == event.id)
    lon, lat = db.session.execute(where).one()
    asked = Asked(event.id, lon, lat, event.category, event.happened_at, event.text, by)
    return candidates([asked])[event.id]


def _asked(event: Event, by: Actor) -> Asked:
    lon, lat = crs.convert(event.raw_lon, event.raw_lat, event.raw_sys, "cgcs2000")
    return Asked(event.id, float(lon), float(lat), event.category, event.happened_at, event.text, by)


def candidates(asked: Sequence[Asked]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Return for each report at most five open events that may be the same, most alike first.

    The test is that of spec 3.2: same group of categories, within the radius of both leaves, within some days. One
    statement finds them; where there are any, a second one per reporter reads what he may see of them.
    """
    near: dict[uuid.UUID, list[Any]] = {one.id: [] for one in asked}
    for row in _nearest(asked):
        near[row.asked_id].append(row)
    seen = {by: _seen({row.id for one in asked if one.by == by for row in near[one.id]}, by) for by in _readers(asked)}
    return {one.id: _best(one, near[one.id], seen[one.by]) for one in asked}


def _readers(asked: Sequence[Asked]) -> set[Actor]:
    return {one.by for one in asked}


def _best(one: Asked, near: Sequence[Any], seen: Mapping[uuid.UUID, Any]) -> list[dict[str, Any]]:
    found = [_alike(one, row, seen.get(row.id)) for row in near if _is_candidate(one, row, row.id in seen)]
    return [_line(alike, one.by) for alike in sorted(found, key=_by_score)[:SHOWN]]


@dataclass(frozen=True, slots=True)
class Alike:
    """A candidate: its row, what the reader sees of it (None: outside his scope), and how alike it is."""

    row: Any
    seen: Any | None
    words: float | None
    score: float


def _by_score(one: Alike) -> float:
    return -one.score


def _nearest(asked: Sequence[Asked]) -> Sequence[Any]:
    if not asked:
        return []
    told = [_told(one) for one in asked]
    arrays = {name: [row[name] for row in told] for name in COLUMNS}
    return db.session.connection().execute(_NEAREST, arrays).all()


def _told(one: Asked) -> dict[str, Any]:
    rules = policy.current()
    leaf = rules.categories[one.category]
    leaves = [other.code for other in rules.categories.values() if other.group == leaf.group]
    box = around(one.lon, one.lat, leaf.duplicate_radius_m)
    window = timedelta(days=rules.settings.events.duplicate_days)
    own = {"id": one.id, "lon": one.lon, "lat": one.lat, "radius": float(leaf.duplicate_radius_m)}
    span = {"since": one.happened_at - window, "until": one.happened_at + window, "happened_at": one.happened_at}
    return own | box._asdict() | span | {"leaves": ",".join(leaves)}


def _seen(ids: set[uuid.UUID], by: Actor) -> dict[uuid.UUID, Any]:
    """Return text, reporter and first photo of those events ``by`` may see."""
    if not ids:
        return {}
    photo = sa.select(_P.sha256).where(_P.item_id == Event.id, _P.received_at.is_not(None), _P.role.in_(ROLES))
    first = photo.order_by(_P.declared_at, _P.id).limit(1).correlate(Event).scalar_subquery()
    columns = (Event.id, Event.category, Event.text, Event.created_by, first.label("thumbnail"))
    query = sa.select(*columns).where(Event.id.in_(ids), reach(EVENT, by))
    return {row.id: row for row in db.session.execute(query)}


def _is_candidate(asked: Asked, row: Any, is_seen: bool) -> bool:
    """Tell whether a near event is near enough for its own leaf too, and no secret to the reader."""
    other = policy.current().categories[row.category]
    return row.distance_m <= other.duplicate_radius_m and (is_seen or not other.sensitive)


def _alike(asked: Asked, row: Any, seen: Any | None) -> Alike:
    words = similarity(asked.text, seen.text) if seen and asked.text and not is_hidden(seen, asked.by) else None
    return Alike(row, seen, words, round(score(_apart(asked, row, words)), 3))


def _line(one: Alike, by: Actor) -> dict[str, Any]:
    """Return a candidate as ``by`` may see it."""
    row, state = one.row, EVENT.state(one.row.state)
    line = {
        "no": row.no,
        "category": category(row.category),
        "state": state.told(),
        "distance_m": round(row.distance_m, 1),
        "happened_at": iso(row.happened_at),
        "similarity": one.words if one.words is None else round(one.words, 2),
        "score": one.score,
    }
    return line | (_more(one.seen, by) if one.seen else {})


def _apart(asked: Asked, row: Any, words: float | None) -> Apart:
    rules = policy.current()
    return Apart(
        distance_m=row.distance_m,
        radius_m=rules.categories[asked.category].duplicate_radius_m,
        time=abs(asked.happened_at - row.happened_at),
        window=timedelta(days=rules.settings.events.duplicate_days),
        same_leaf=asked.category == row.category,
        similarity=words,
    )


def _more(seen: Any, by: Actor) -> dict[str, Any]:
    """Return what only those who may see the event learn of it."""
    return {
        "id": str(seen.id),
        "href": f"{API}/{EVENT.path}/{seen.id}",
        "text": shown_text(seen, by)[:EXCERPT],
        "thumbnail": None if is_hidden(seen, by) else seen.thumbnail,
    }
