"""Vector tiles (矢量瓦片) from PostGIS: all outlines with counts, and the points the reader may see.

Job: one statement per tile, the reader's scope and the filters inside it; outlines are for all who read events,
counts and points only of what the reader could list.
Never: cache a tile across readers, or measure in EPSG:3857.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server import access
from server.access import Actor
from server.db import db, now
from server.errors import Invalid
from server.events.models import Event
from server.grids.models import BASE, Edition, Grid, in_force
from server.maps import events

ZOOM_MAX = 20
EXTENT = 4096
GRID_BUFFER = 64
POINT_BUFFER = 256
"""Units of the tile drawn beyond its edge, so that lines and symbols meet their neighbours."""
POINTS_MAX = 5_000
"""Points in one tile, the newest ones."""


class NoSuchTile(Invalid):
    """There is no tile of this number: z is 0 to 20, x and y lie between 0 and 2 to the power of z.
    没有这个编号的瓦片：z 为 0 至 20，x、y 小于 2 的 z 次方。
    """


def tile(z: int, x: int, y: int, ask: dict[str, Any], by: Actor) -> bytes:
    """Return the tile with the layers ``grids`` and ``events`` (see EventsAsk); empty where there is nothing.

    Raises NoSuchTile.
    """
    if not (0 <= z <= ZOOM_MAX and 0 <= x < 2**z and 0 <= y < 2**z):
        raise NoSuchTile
    return bytes(db.session.scalar(statement(z, x, y, ask, by)) or b"")


def statement(z: int, x: int, y: int, ask: dict[str, Any], by: Actor) -> sa.Select[Any]:
    """Return the one statement that makes a tile."""
    frame = sa.func.ST_TileEnvelope(z, x, y)
    layers = (_layer("grids", _grids(z, x, y, frame, ask, by)), _layer("events", _points(frame, ask, by)))
    return sa.select(sa.func.coalesce(layers[0], b"").op("||")(sa.func.coalesce(layers[1], b"")))


def _layer(name: str, rows: sa.Select[Any]) -> sa.ScalarSelect[Any]:
    """Return a layer as bytes: every column of ``rows`` but ``geom`` becomes an attribute."""
    table = rows.subquery(name)
    made = sa.select(sa.func.ST_AsMVT(sa.literal_column(name), name, EXTENT, "geom"))
    return made.select_from(table).where(table.c.geom.is_not(None)).scalar_subquery()


def _grids(z: int, x: int, y: int, frame: Any, ask: dict[str, Any], by: Actor) -> sa.Select[Any]:
    """Select the grids in force that touch the tile, with the number of events under their code.

    Outside the reader's area there is no number, rather than 0, unless something there was shared with the reader.
    """
    wide = sa.func.ST_TileEnvelope(z, x, y, sa.text(f"margin => {GRID_BUFFER / EXTENT}"))
    columns = (Grid.code, Grid.name, Grid.township_code, Grid.area_km2)
    drawn = sa.func.ST_AsMVTGeom(Grid.geom_3857, frame, EXTENT, GRID_BUFFER, True).label("geom")
    known = sa.case((access.within(by, "event.view", Grid), 0)).label("known")
    touching = (
        sa.select(*columns, known, drawn)
        .join(Edition, Edition.id == Grid.edition_id)
        .where(Edition.layer == BASE, in_force(now()), Grid.geom_3857.op("&&")(wide))
        .cte("touching")
    )
    counted = (
        sa.select(Event.grid_code, sa.func.count().label("n"))
        .where(events.shown(ask, by), Event.grid_code.in_(sa.select(touching.c.code)))
        .group_by(Event.grid_code)
        .subquery("counted")
    )
    n = sa.func.coalesce(counted.c.n, touching.c.known)
    rate = sa.func.round(sa.cast(n / sa.func.nullif(touching.c.area_km2, 0), sa.Numeric), 4)
    shown = [touching.c[name] for name in ("code", "name", "township_code", "geom")]
    selected = sa.select(*shown, n.label("n"), sa.cast(rate, sa.Double).label("per_km2"))
    return selected.join_from(touching, counted, counted.c.grid_code == touching.c.code, isouter=True)


def _points(frame: Any, ask: dict[str, Any], by: Actor) -> sa.Select[Any]:
    """Select the newest events on the tile that ``by`` may see."""
    degrees = sa.func.ST_Transform(frame, 4490)
    place = sa.func.ST_AsMVTGeom(sa.func.ST_Transform(Event.point, 3857), frame, EXTENT, POINT_BUFFER, True)
    columns = (sa.cast(Event.id, sa.Text).label("id"), Event.no, Event.category, Event.urgency, Event.state)
    query = sa.select(*columns, place.label("geom")).where(events.shown(ask, by), Event.point.op("&&")(degrees))
    return query.order_by(Event.created_at.desc()).limit(POINTS_MAX)
