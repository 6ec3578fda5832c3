"""The ways in for duty: start, end, positions; the own track; coverage of grids for the offices.

Job: shapes and permissions; turn what the phone sends into EPSG:4490.
Never: show one person's position to another (spec 13.7).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from gis import crs
from server import access, policy
from server.access import Actor
from server.duty import acts, forms
from server.duty.acts import InGrid, Position
from server.duty.models import Coverage, Fix, Shift
from server.grids import locate
from server.http import API, SIGNED_IN, Room
from server.pages import page

room = Room("duty", __name__, url_prefix=f"{API}/duty", description="在岗")
COVERAGE = "stats.unit"


def _shown(shift: Shift | None) -> dict[str, Any]:
    is_open = shift is not None and shift.ended_at is None
    return {
        "on_duty": is_open,
        "started_at": shift.started_at if shift else None,
        "ended_at": shift.ended_at if shift else None,
        "ends_by": shift.started_at + acts.longest() if shift and is_open else None,
    }


@room.get("", may=SIGNED_IN, gives=forms.ShiftOut, zh="我是否在岗")
def state(by: Actor) -> dict[str, Any]:
    """Return the own open shift: only while it lasts are positions kept."""
    return _shown(acts.current(by))


@room.post("/start", may=SIGNED_IN, takes=forms.MomentIn, gives=forms.ShiftOut, zh="上岗")
def start(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Go on duty; who is on duty stays so."""
    return _shown(acts.start(by, data["at"]))


@room.post("/end", may=SIGNED_IN, takes=forms.MomentIn, gives=forms.ShiftOut, zh="下岗")
def end(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Go off duty: from this moment no position is kept."""
    return _shown(acts.end(by, data["at"]))


@room.post("/positions", may=SIGNED_IN, takes=forms.PositionsIn, gives=forms.RecordedOut, zh="上传在岗位置")
def positions(data: dict[str, Any], by: Actor) -> dict[str, int]:
    """Keep positions taken on duty; 409 when none of them was."""
    found = [_position(one, data["crs"]) for one in data["positions"]]
    return acts.record(by, found, _in_grids)


def _position(one: dict[str, Any], system: str) -> Position:
    lon, lat = crs.convert(one["lon"], one["lat"], system, "cgcs2000")
    return Position(one["at"], round(float(lon), 7), round(float(lat), 7), one["accuracy_m"])


def _in_grids(found: Sequence[Position]) -> list[InGrid | None]:
    """Return the base grid each position lies in; an edge or a wide accuracy circle proves no patrol."""
    placed = locate.locate_many([locate.Wanted(one.lon, one.lat, one.at) for one in found])
    return [
        InGrid(one.grid_code, one.village_code, one.township_code)
        if one.grid_code and one.quality == "inside"
        else None
        for one in placed
    ]


@room.get("/track", may=SIGNED_IN, asks=forms.TrackAsk, gives=forms.TrackOut, zh="我的轨迹")
def track(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return a page of the own track, newest first: nobody else's."""
    query = sa.select(sa.func.st_x(Fix.point), sa.func.st_y(Fix.point), Fix.accuracy_m).where(
        Fix.person_id == by.person_id,
        *([Fix.at >= data["since"]] if data["since"] else []),
        *([Fix.at < data["until"]] if data["until"] else []),
    )
    rows, cursor = page(query, (Fix.at,), cursor=data["cursor"], limit=data["limit"])
    items = [{"at": at, "lon": lon, "lat": lat, "accuracy_m": accuracy} for lon, lat, accuracy, at in rows]
    return {"items": items, "next_cursor": cursor, "kept_days": policy.current().settings.privacy.track_days}


@room.get("/coverage", may=COVERAGE, asks=forms.CoverageAsk, gives=forms.CoverageOut, zh="网格巡查覆盖")
def coverage(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return for each grid in reach on how many days somebody was there on duty; no names."""
    measured = (sa.func.count(Coverage.day.distinct()), sa.func.sum(Coverage.fixes), sa.func.max(Coverage.last_at))
    query: Any = (
        sa.select(*measured)
        .where(Coverage.day.between(data["first_day"], data["last_day"]), access.within(by, COVERAGE, Coverage))
        .group_by(Coverage.grid_code)
    )
    rows, cursor = page(query, (Coverage.grid_code,), cursor=data["cursor"], limit=data["limit"], newest_first=False)
    items = [{"grid_code": code, "days": days, "fixes": fixes, "last_at": last} for days, fixes, last, code in rows]
    return {"items": items, "next_cursor": cursor}
