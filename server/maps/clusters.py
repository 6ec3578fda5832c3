"""Clusters (聚合点): from afar, events stand together at a point of their grid, and near grids stand together too.

Job: at most some sixty-four clusters a tile, from counts alone; every event the reader sees is in exactly one.
Never: look at events one by one, but for those outside every grid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import shapely
import sqlalchemy as sa

from server.access import Actor
from server.db import db
from server.events.models import Event
from server.grids.models import Grid, Sketch
from server.maps import events, memory
from server.maps.frame import EXTENT, Frame

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


def clusters(
    frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State, numbers: dict[str, int]
) -> sa.Select[Any] | None:
    """Select the clusters of a tile: ``n`` events, ``code`` where they are of one grid; None when there are none."""
    cells: defaultdict[tuple[int, int], list[tuple[float, float, int, str]]] = defaultdict(list)
    west, south, east, north = frame.bounds()
    step = frame.side / CELLS
    for x, y, n, code in _placed(frame, ask, by, held, numbers):
        if west <= x < east and south <= y < north:
            cells[int((x - west) // step), int((y - south) // step)].append((x, y, n, code))
    if not cells:
        return None
    drawn = _points(frame, [_gathered(cell) for cell in cells.values()])
    return sa.select(drawn.c.n, sa.func.nullif(drawn.c.code, "").label("code"), drawn.c.geom)


def labels(frame: Frame, held: memory.State) -> sa.Select[Any] | None:
    """Select a point of every grid of the edition whose point lies in the tile; None when there is none."""
    codes = memory.recall(("codes of", held.edition), lambda: _codes(held))
    found = [(x, y, 0, code) for code, (x, y) in spots(held).items() if code in codes and frame.holds(x, y)]
    drawn = _points(frame, found) if found else None
    return sa.select(drawn.c.code, drawn.c.geom) if drawn is not None else None


def _codes(held: memory.State) -> frozenset[str]:
    return frozenset(db.session.scalars(sa.select(Grid.code).where(Grid.edition_id == held.edition)))


def grids(frame: Frame, held: memory.State, numbers: dict[str, int]) -> sa.Select[Any] | None:
    """Select a point with its number for every counted grid whose point lies in or near the tile."""
    known, margin = spots(held), frame.side / 4
    west, south, east, north = frame.bounds(margin)
    near = ((code, *known[code]) for code in numbers if code in known)
    found = [(x, y, numbers[code], code) for code, x, y in near if west <= x < east and south <= y < north]
    drawn = _points(frame, found) if found else None
    return sa.select(drawn.c.n, drawn.c.geom) if drawn is not None else None


def _points(frame: Frame, rows: list[tuple[float, float, int, str]]) -> Any:
    """Return points with their number and code as a table of tile geometries."""
    kinds = (sa.Double, sa.Double, sa.Integer, sa.Text)
    arrays = [
        sa.cast(sa.bindparam(None, list(column), sa.ARRAY(kind)), sa.ARRAY(kind))
        for column, kind in zip(zip(*rows, strict=True), kinds, strict=True)
    ]
    table = sa.func.unnest(*arrays).table_valued("x", "y", "n", "code", name="cell").render_derived()
    point = sa.func.ST_SetSRID(sa.func.ST_MakePoint(table.c.x, table.c.y), 3857)
    place = sa.func.ST_AsMVTGeom(point, frame.envelope, EXTENT, 0, False).label("geom")
    return sa.select(table.c.n, table.c.code, place).subquery("drawn")


def within(frame: Frame, held: memory.State, numbers: dict[str, int]) -> int:
    """Return about how many of the counted events lie in a tile: those of the grids whose point does."""
    known = spots(held)
    return sum(n for code, n in numbers.items() if code in known and frame.holds(*known[code]))


def _gathered(cell: list[tuple[float, float, int, str]]) -> tuple[float, float, int, str]:
    """Return the middle of all events of a cell, their number, and their grid if it is one."""
    n = sum(one[2] for one in cell)
    x, y = (sum(one[axis] * one[2] for one in cell) / n for axis in (0, 1))
    codes = {one[3] for one in cell}
    return x, y, n, codes.pop() if len(codes) == 1 else ""


def _placed(
    frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State, numbers: dict[str, int]
) -> Iterator[tuple[float, float, int, str]]:
    known = spots(held)
    for code, n in numbers.items():
        if code in known:
            yield *known[code], n, code
    if numbers.get(""):
        for x, y in _outside(frame, ask, by):
            yield x, y, 1, ""


def _outside(frame: Frame, ask: dict[str, Any], by: Actor) -> Any:
    """Return where the events outside every grid are."""
    point = sa.func.ST_Transform(Event.point, 3857)
    query = sa.select(sa.func.ST_X(point), sa.func.ST_Y(point)).where(Event.grid_id.is_(None), events.shown(ask, by))
    return db.session.execute(query.where(Event.point.op("&&")(frame.degrees(0))).limit(OUTSIDE_MAX)).all()
