"""Whistles on the map (地图上的哨): open ones where they were blown, and the departments on their way.

Job: a tile's layer, and a list with a line per called department from its own records (responded, expected, arrived).
Never: follow a person: a department's place is that of its check-in, nothing else.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server import flow, policy
from server.access import Actor
from server.db import db
from server.flow.card import iso
from server.maps.frame import EXTENT, Frame
from server.whistles.machine import CHECK_IN, WHISTLE
from server.whistles.models import CheckIn, Whistle

BUFFER = 256
WHISTLES_MAX = 500
PHASES = {
    "notified": "called",
    "responded": "coming",
    "checked_in": "there",
    "working": "there",
    "released": "there",
    "evaluated": "there",
    "no_show": "absent",
    "excused": "excused",
}
"""State of a check-in → where the department is, as a map shows it."""


def _seen(by: Actor) -> list[Any]:
    return [flow.reach(WHISTLE, by), Whistle.closed_at.is_(None), Whistle.point.is_not(None)]


def drawn(frame: Frame, ask: dict[str, Any], by: Actor, held: Any) -> list[sa.Select[Any]]:
    """Return the layer ``whistles``: open ones that ``by`` may see, with how many were called and are there."""
    shape = sa.func.ST_Transform(Whistle.point, 3857)
    place = sa.func.ST_AsMVTGeom(shape, frame.envelope, EXTENT, BUFFER, True).label("geom")
    called = sa.select(sa.func.count()).where(CheckIn.whistle_id == Whistle.id).correlate(Whistle)
    there = called.where(CheckIn.arrived_at.is_not(None))
    columns = (sa.cast(Whistle.id, sa.Text).label("id"), Whistle.no, Whistle.kind_code, Whistle.level, Whistle.state)
    query = sa.select(*columns, called.scalar_subquery().label("called"), there.scalar_subquery().label("there"), place)
    near = Whistle.point.op("&&")(frame.degrees(BUFFER))
    return [query.where(*_seen(by), near).order_by(Whistle.created_at.desc()).limit(WHISTLES_MAX)]


def open_whistles(by: Actor) -> list[dict[str, Any]]:
    """Return the open whistles ``by`` may see, newest first, each with its departments; two statements."""
    x, y = sa.func.ST_X(Whistle.point), sa.func.ST_Y(Whistle.point)
    query = sa.select(Whistle, x, y).where(*_seen(by)).order_by(Whistle.created_at.desc()).limit(WHISTLES_MAX)
    rows = db.session.execute(query).all()
    called = _called([row[0].id for row in rows])
    return [_item(whistle, lon, lat, called.get(whistle.id, [])) for whistle, lon, lat in rows]


def _called(ids: list[Any]) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {}
    if ids:
        query = sa.select(CheckIn).where(CheckIn.whistle_id.in_(ids)).order_by(CheckIn.created_at, CheckIn.no)
        for one in db.session.scalars(query):
            found.setdefault(one.whistle_id, []).append(_department(one))
    return found


def _department(one: CheckIn) -> dict[str, Any]:
    unit = policy.current().units.get(one.unit_code)
    return {
        "unit": {"code": one.unit_code, "zh": unit.zh if unit else one.unit_code},
        "phase": PHASES.get(one.state, "called"),
        "state_zh": CHECK_IN.state(one.state).zh,
        "responded_at": iso(one.responded_at),
        "expected_at": iso(one.expected_at),
        "arrived_at": iso(one.arrived_at),
        "late": one.arrived_late or one.responded_late,
        "distance_m": round(one.distance_m) if one.distance_m is not None else None,
    }


def _item(whistle: Whistle, lon: float, lat: float, called: list[dict[str, Any]]) -> dict[str, Any]:
    kind, state = policy.current().whistles[whistle.kind_code], WHISTLE.state(whistle.state)
    return {
        "id": str(whistle.id),
        "no": whistle.no,
        "kind_code": kind.code,
        "kind_zh": kind.zh,
        "level": whistle.level,
        "state": {"code": state.code, "zh": state.zh},
        "grid_code": whistle.grid_code,
        "township_code": whistle.township_code,
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "blown_at": iso(whistle.blown_at),
        "due_at": iso(whistle.due_at),
        "departments": called,
    }
