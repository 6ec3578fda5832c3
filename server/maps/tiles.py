"""Vector tiles (矢量瓦片) from PostGIS: outlines, counts, events and whistles, each within the reader's scope.

Job: layers chosen by name; a few bounded statements per tile, whatever the number of events; outlines are for all who
read events, counts and points only of what the reader could list.
Never: hand a tile kept for one scope to another, or measure in EPSG:3857.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from server import access
from server.access import Actor
from server.db import db, execute
from server.errors import Invalid
from server.events.models import Event
from server.grids import sketches
from server.grids.models import Grid, Residents, Sketch
from server.maps import clusters, counts, drawn, events, memory, reach, whistles
from server.maps.frame import ANY, EXTENT, Frame, projected
from server.maps.models import ShapeAhead

ZOOM_MAX = 20
GRID_BUFFER = 64
POINT_BUFFER = 256
"""Units of the tile drawn beyond its edge, so that lines and symbols meet their neighbours."""
AWAY_M = 1_200.0
"""Metres of EPSG:3857 that an event may lie outside its grid: the district takes it within 50 m, a circle of accuracy
reaches up to 1 km (spec 14.2)."""
POINTS_MAX = 5_000
"""Points in one tile, the newest ones."""
POINTS_FROM, POINTS_ALWAYS = 14, 16
"""From the first zoom on single events are drawn, below it clusters; between the two only where there is no crowd."""
CROWD = 2_000
"""Events of one tile that are too many to be drawn one by one."""


class NoSuchTile(Invalid):
    """There is no tile of this number: z is 0 to 20, x and y lie between 0 and 2 to the power of z.
    没有这个编号的瓦片：z 为 0 至 20，x、y 小于 2 的 z 次方。
    """


class Tile(NamedTuple):
    """A finished tile and the tag of its content."""

    content: bytes
    tag: str


def tile(z: int, x: int, y: int, ask: dict[str, Any], by: Actor, held: memory.State) -> Tile:
    """Return the tile with the layers of ``ask`` (see TileAsk); empty where there is nothing.

    Raises NoSuchTile.
    """
    if not (0 <= z <= ZOOM_MAX and 0 <= x < 2**z and 0 <= y < 2**z):
        raise NoSuchTile
    frame = Frame(z, x, y)
    return finished(b"".join(_part(name, frame, ask, by, held) for name in ask["layers"]))


def finished(content: bytes) -> Tile:
    """Return the tile with its tag."""
    return Tile(content, hashlib.sha256(content).hexdigest()[:32])


def _part(name: str, frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State) -> bytes:
    """Return one layer, kept or drawn; what depends on the hour is drawn every time."""
    layer, make = LAYERS[name], partial(draw, name, frame, ask, by, held)
    if layer.is_for_all:
        ahead = drawn.recall(name, frame, held)
        return memory.recall((name, held.edition, frame), make) if ahead is None else ahead
    if not layer.is_kept or ask["overdue"]:
        return make()
    return memory.recall(memory.key(name, held, _asked(ask), by, frame), make)  # type: ignore[no-any-return]


def is_kept(ask: dict[str, Any]) -> bool:
    """Tell whether a tile depends on what was done only, not on the hour."""
    layers = [LAYERS[name] for name in ask["layers"]]
    return all(layer.is_for_all or (layer.is_kept and not ask["overdue"]) for layer in layers)


def _asked(ask: dict[str, Any]) -> dict[str, Any]:
    """Return which events are asked for, whatever the layers."""
    return {name: value for name, value in ask.items() if name not in ("layers", "v")}


def is_for_all(layers: Sequence[str]) -> bool:
    """Tell whether a tile of these layers is the same for everybody as long as the edition holds."""
    return set(layers) <= set(FOR_ALL)


def draw(name: str, frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State) -> bytes:
    """Draw one layer of a tile."""
    parts = LAYERS[name].draw(frame, ask, by, held)
    if isinstance(parts, bytes):
        return parts
    columns = [sa.func.coalesce(_layer(name, rows), b"") for rows in parts]
    return b"".join(map(bytes, db.session.execute(sa.select(*columns)).one())) if columns else b""


def _layer(name: str, rows: sa.Select[Any]) -> sa.ScalarSelect[Any]:
    """Return a layer as bytes: every column of ``rows`` but ``geom`` becomes an attribute."""
    table = rows.offset(sa.literal_column("0")).subquery(name)  # else each geometry is made twice
    made = sa.select(sa.func.ST_AsMVT(sa.literal_column(name), name, EXTENT, "geom"))
    return made.select_from(table).where(table.c.geom.is_not(None)).scalar_subquery()


Parts = Sequence[sa.Select[Any]] | bytes
"""The rows of a layer, none when it is empty; or the layer itself."""


def numbers(ask: dict[str, Any], by: Actor, held: memory.State) -> dict[str, int]:
    """Return grid code → events, kept for the other tiles of the same view."""
    count = partial(counts.by_code, ask, by)
    if ask["overdue"]:
        return count()
    return memory.recall(memory.key("codes", held, _asked(ask), by), count)  # type: ignore[no-any-return]


_EDITION, _SKETCH = sa.bindparam("edition", type_=sa.BigInteger), sa.bindparam("sketch", type_=sa.Integer)
_COLUMNS = (Grid.code, Grid.name, Grid.township_code, Grid.area_km2)


def _touching() -> sa.Select[Any]:
    """Select the grids of an edition that touch the tile (see ``words``), drawn as finely as its zoom shows."""
    source = sa.outerjoin(Grid, Sketch, sa.and_(Sketch.grid_id == Grid.id, Sketch.zoom == _SKETCH))
    shape = sa.func.coalesce(Sketch.geom, Grid.geom_3857)
    cut = sa.func.ST_AsMVTGeom(shape, ANY.envelope, EXTENT, GRID_BUFFER, True).label("geom")
    query = sa.select(*_COLUMNS, cut).select_from(source)
    return query.where(Grid.edition_id == _EDITION, Grid.geom_3857.op("&&")(ANY.wider(GRID_BUFFER)))


def shapes() -> sa.Select[Any]:
    """Select the rows of ``ShapeAhead`` of a tile (see ``words``)."""
    cut = _touching().add_columns(Grid.id.label("grid_id")).offset(sa.literal_column("0")).subquery("cut")
    return sa.select(_EDITION, ANY.z, ANY.x, ANY.y, cut.c.grid_id, cut.c.geom).where(cut.c.geom.is_not(None))


def _shaped() -> sa.Select[Any]:
    """Select the same grids as ``_touching`` where their shapes in the tile are drawn already."""
    shape = ShapeAhead.__table__.c
    query = sa.select(*_COLUMNS, shape.geom).join_from(Grid, ShapeAhead, shape.grid_id == Grid.id)
    return query.where(shape.edition_id == _EDITION, shape.z == ANY.z, shape.x == ANY.x, shape.y == ANY.y)


OUTLINES_THEMSELVES = 99
"""A zoom of which there is no sketch."""


def words(frame: Frame, held: memory.State) -> dict[str, Any]:
    """Return what the statements of a tile's grids ask for."""
    zoom = sketches.zoom_for(frame.z)
    sketch = OUTLINES_THEMSELVES if zoom is None else zoom
    return {"z": frame.z, "x": frame.x, "y": frame.y, "edition": held.edition, "sketch": sketch}


_OUTLINES = sa.select(sa.func.coalesce(_layer("outlines", _touching()), b""))
"""The layer of outlines of any tile, made once."""


def _outlines(frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State) -> Parts:
    """Draw all outlines without numbers: the same for everybody as long as the edition holds."""
    return bytes(execute(_OUTLINES, words(frame, held)).scalar_one())


def _labels(frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State) -> Parts:
    """Draw a point in every grid, for its name: once, however many tiles it lies in."""
    return _gathered("labels", ("code",), frame, clusters.labels(frame, held))


def _gathered(name: str, columns: tuple[str, ...], frame: Frame, found: list[clusters.Spot]) -> bytes:
    """Return a layer of spots, by a statement made once."""
    if not found:
        return b""
    return bytes(execute(_layer_of(name, columns), clusters.words(frame, found)).scalar_one())


@cache
def _layer_of(name: str, columns: tuple[str, ...]) -> sa.Select[Any]:
    return sa.select(sa.func.coalesce(_layer(name, clusters.drawn(columns)), b""))


def _grids(frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State) -> Parts:
    """Draw the outlines with the number of events under their code.

    Outside the reader's area there is no number, rather than 0, unless something there was shared with the reader.
    """
    given = words(frame, held) | {"by_code": orjson.dumps(numbers(ask, by, held)).decode()}
    is_shaped, sees_all = drawn.has_shapes(frame, held), reach.name(by) == reach.EVERYTHING
    statement = _numbered_all(is_shaped) if sees_all else _numbered(is_shaped, access.within(by, "event.view", Grid))
    return bytes(execute(statement, given).scalar_one())


@cache
def _numbered_all(is_shaped: bool) -> sa.Select[Any]:
    return _numbered(is_shaped, sa.true())


def _numbered(is_shaped: bool, seen: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return the statement of a layer of grids with numbers; those that are ``seen`` have one, if only 0."""
    known = sa.case((seen, 0)).label("known")
    people = sa.select(Residents.residents).where(Residents.code == Grid.code).scalar_subquery().label("residents")
    touching = (_shaped() if is_shaped else _touching()).add_columns(known, people).subquery("touching")
    text = sa.cast(sa.bindparam("by_code", type_=sa.Text), JSONB)
    counted = sa.select(text.label("by_code")).cte("counted").prefix_with("materialized")  # else read for every grid
    n = sa.func.coalesce(sa.cast(counted.c.by_code[touching.c.code].astext, sa.Integer), touching.c.known)
    shown = [touching.c[name] for name in ("code", "name", "township_code", "residents", "geom")]
    rates = [_rate(n, touching.c.area_km2).label("per_km2"), _rate(1000 * n, touching.c.residents).label("per_1000")]
    rows = sa.select(*shown, n.label("n"), *rates).select_from(touching.join(counted, sa.true()))
    return sa.select(sa.func.coalesce(_layer("grids", rows), b""))


def _rate(n: Any, base: Any) -> Any:
    return sa.cast(sa.func.round(sa.cast(n / sa.func.nullif(sa.cast(base, sa.Double), 0), sa.Numeric), 4), sa.Double)


def _events(frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State) -> Parts:
    """Draw single events where they are, or, from afar, clusters with their number."""
    found_by_code = numbers(ask, by, held) if frame.z < POINTS_ALWAYS else {}
    if frame.z >= POINTS_FROM and clusters.within(frame, held, found_by_code) <= CROWD:
        return [_points(frame, ask, by)]
    return _gathered("events", ("n", "code"), frame, clusters.clusters(frame, ask, by, held, found_by_code))


def _heat(frame: Frame, ask: dict[str, Any], by: Actor, held: memory.State) -> Parts:
    """Draw what a heat map is made of: from afar every grid with its number, near by the events themselves."""
    if frame.z >= POINTS_FROM:
        return [_points(frame, ask, by)]
    return _gathered("heat", ("n",), frame, clusters.grids(frame, held, numbers(ask, by, held)))


def _points(frame: Frame, ask: dict[str, Any], by: Actor) -> sa.Select[Any]:
    """Select the newest events on the tile that ``by`` may see: by the grids around and the period, by one index."""
    around = sa.select(Grid.code).where(Grid.geom_3857.op("&&")(frame.around(AWAY_M)))
    shape = projected(Event.point)
    place = sa.func.ST_AsMVTGeom(shape, frame.envelope, EXTENT, POINT_BUFFER, True)
    columns = (sa.cast(Event.id, sa.Text).label("id"), Event.no, Event.category, Event.urgency, Event.state)
    near = sa.and_(events.shown(ask, by), Event.point.op("&&")(frame.degrees(POINT_BUFFER)))
    parts = [
        sa.select(*columns, Event.created_at, place.label("geom")).where(near, which)
        for which in (Event.grid_code.in_(around), Event.grid_code.is_(None))
    ]
    found = sa.union_all(*parts).subquery("found")
    shown = [found.c[name] for name in ("id", "no", "category", "urgency", "state", "geom")]
    return sa.select(*shown).order_by(found.c.created_at.desc()).limit(POINTS_MAX)


class Layer(NamedTuple):
    """How a layer is drawn; whether it may be kept, and whether it is the same for everybody."""

    draw: Callable[[Frame, dict[str, Any], Actor, memory.State], Parts]
    is_kept: bool = True
    is_for_all: bool = False


LAYERS = {
    "grids": Layer(_grids),
    "outlines": Layer(_outlines, is_for_all=True),
    "labels": Layer(_labels, is_for_all=True),
    "events": Layer(_events),
    "heat": Layer(_heat),
    "whistles": Layer(whistles.drawn, is_kept=False),
}
FOR_ALL = tuple(name for name, layer in LAYERS.items() if layer.is_for_all)
