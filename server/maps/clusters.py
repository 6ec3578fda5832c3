"""Clusters (聚合点): from afar, events stand together at a point of their grid, and near grids stand together too.

Job: at most some sixty-four clusters a tile, from counts alone; every event the reader sees is in exactly one.
Never: look at events one by one, but for those outside every grid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import shapely
import sqlalchemy as sa

from server.access import Actor
from server.db import db, execute
from server.events.models import Event
from server.grids.models import Grid, Sketch
from server.maps import events, memory
from server.maps.frame import ANY, EXTENT, Frame, placed

CELLS = 8
"""A tile's side is cut into so many cells; what lies in one cell is one cluster."""
OUTSIDE_MAX = 5_000

Spots = dict[str, tuple[float, float]]
"""Grid code → a point in it (EPSG:3857)."""


def spots(held: memory.State) -> Spots:
    """Return a point in every grid that ever was; the newest outline of a code counts."""
    return memory.recall(("spots", held.edition), _spots)  # type: ignore[no-any-return]


def _spots() -> Spots:
    shape = sa.func.ST_AsBinary(sa.func.coalesce(Sketch.geom, Grid.geom_3857))
    drawn = sa.and_(Sketch.grid_id == Grid.id, Sketch.zoom == 12)
    query = sa.select(Grid.code, shape).outerjoin(Sketch, drawn).order_by(Grid.edition_id)
    rows = db.session.execute(query).all()
    points = shapely.point_on_surface(shapely.from_wkb([bytes(row[1]) for row in rows]))
    return {row[0]: (point.x, point.y) for row, point in zip(rows, points, strict=True)}


Spot = tuple[float, float, int, str]
"""A place (EPSG:3857), how many events, of which grid; '' for several."""


def clusters(frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State, numbers: dict[str, int]) -> list[Spot]:
    """Return the clusters of a tile: ``code`` where all events are of one grid."""
    cells: defaultdict[tuple[int, int], list[Spot]] = defaultdict(list)
    west, south, east, north = frame.bounds()
    step = frame.side / CELLS
    for x, y, n, code in _placed(frame, ask, by, held, numbers):
        if west <= x < east and south <= y < north:
            cells[int((x - west) // step), int((y - south) // step)].append((x, y, n, code))
    return [_gathered(cell) for cell in cells.values()]


def labels(frame: Frame, held: memory.State) -> list[Spot]:
    """Return a point of every grid of the edition whose point lies in the tile."""
    codes = memory.recall(("codes of", held.edition), lambda: _codes(held))
    return [(x, y, 0, code) for code, (x, y) in spots(held).items() if code in codes and frame.holds(x, y)]


def _codes(held: memory.State) -> frozenset[str]:
    return frozenset(db.session.scalars(sa.select(Grid.code).where(Grid.edition_id == held.edition)))


def grids(frame: Frame, held: memory.State, numbers: dict[str, int]) -> list[Spot]:
    """Return a point with its number for every counted grid whose point lies in or near the tile."""
    known, margin = spots(held), frame.side / 4
    west, south, east, north = frame.bounds(margin)
    near = ((code, *known[code]) for code in numbers if code in known)
    return [(x, y, numbers[code], code) for code, x, y in near if west <= x < east and south <= y < north]


KINDS = {"xs": sa.Double, "ys": sa.Double, "ns": sa.Integer, "codes": sa.Text}


@cache
def drawn(columns: tuple[str, ...]) -> sa.Select[Any]:
    """Return the statement that makes tile geometries of spots (see ``words``), made once."""
    arrays = [sa.bindparam(name, type_=sa.ARRAY(kind)) for name, kind in KINDS.items()]
    casts = [sa.cast(array, array.type) for array in arrays]
    table = sa.func.unnest(*casts).table_valued("x", "y", "n", "code", name="cell").render_derived()
    point = sa.func.ST_SetSRID(sa.func.ST_MakePoint(table.c.x, table.c.y), 3857)
    place = sa.func.ST_AsMVTGeom(point, ANY.envelope, EXTENT, 0, False).label("geom")
    named = {"n": table.c.n, "code": sa.func.nullif(table.c.code, "").label("code")}
    return sa.select(*(named[name] for name in columns), place)


def words(frame: Frame, found: list[Spot]) -> dict[str, Any]:
    """Return what ``drawn`` asks for."""
    columns = {name: list(column) for name, column in zip(KINDS, zip(*found, strict=True), strict=True)}
    return columns | {"z": frame.z, "x": frame.x, "y": frame.y}


def within(frame: Frame, held: memory.State, numbers: dict[str, int]) -> int:
    """Return about how many of the counted events lie in a tile: those of the grids whose point does."""
    known = spots(held)
    return sum(n for code, n in numbers.items() if code in known and frame.holds(*known[code]))


def _gathered(cell: list[Spot]) -> Spot:
    """Return the middle of all events of a cell, their number, and their grid if it is one."""
    n = sum(one[2] for one in cell)
    x, y = (sum(one[axis] * one[2] for one in cell) / n for axis in (0, 1))
    codes = {one[3] for one in cell}
    return x, y, n, codes.pop() if len(codes) == 1 else ""


def _placed(
    frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State, numbers: dict[str, int]
) -> Iterator[Spot]:
    known = spots(held)
    for code, n in numbers.items():
        if code in known:
            yield *known[code], n, code
    if numbers.get(""):
        for x, y in _outside(frame, ask, by):
            yield x, y, 1, ""


def _outside(frame: Frame, ask: dict[str, Any], by: Actor) -> Iterator[tuple[float, float]]:
    """Yield where the events outside every grid are (EPSG:3857)."""
    here = Event.point.op("&&")(frame.degrees(0))
    query = sa.select(*_LONLAT).where(Event.grid_id.is_(None), events.shown(ask, by), here).limit(OUTSIDE_MAX)
    return (placed(lon, lat) for lon, lat in execute(query))


_LONLAT = sa.func.ST_X(Event.point), sa.func.ST_Y(Event.point)
