"""Tiles drawn ahead (预绘瓦片): outlines and names of an edition, which never change, are drawn when it is published.

Job: which tiles, and drawing them in the worker; ``drawn`` gives them.
Never: hold anything that not every reader of maps may see.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.access import SYSTEM
from server.db import db, now
from server.grids import editions
from server.grids.editions import Span
from server.grids.models import BASE, Grid
from server.maps import tiles
from server.maps.drawn import SHAPED_TO
from server.maps.frame import WORLD, Frame
from server.maps.memory import State
from server.maps.models import ShapeAhead, TileAhead

ZOOMS = range(7, 16)
"""From the whole district to a few streets; a nearer tile holds little and is drawn when it is asked for."""
TILES_MAX = 1_500
"""Tiles of one edition: an area so large that it has more is drawn ahead from afar only."""


def draw() -> int:
    """Draw the tiles of the next published edition that has none, and return how many."""
    moment = now()
    for span in editions.published():
        is_needed = span.layer == BASE and (span.valid_to is None or moment < span.valid_to)
        if is_needed and not _has_tiles(span.id):
            return _draw(span)
    return 0


SHAPED = [column.name for column in ShapeAhead.__table__.columns]
SHAPE = sa.insert(ShapeAhead.__table__)


def _has_tiles(edition: int) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(TileAhead.edition_id == edition))))


def _draw(span: Span) -> int:
    held, found = State(span.id, str(span.id), 0), frames(span.id)
    rows = [
        {"edition_id": span.id, "layer": layer, "z": frame.z, "x": frame.x, "y": frame.y, "content": content}
        for frame in found
        for layer in tiles.FOR_ALL
        for content in [tiles.draw(layer, frame, {}, SYSTEM, held)]
    ]
    if rows:
        db.session.execute(sa.insert(TileAhead), rows)
    for frame in found:
        if frame.z <= SHAPED_TO:
            db.session.execute(SHAPE.from_select(SHAPED, tiles.shapes()), tiles.words(frame, held))
    return len(rows)


def frames(edition: int) -> list[Frame]:
    """Return the tiles that an edition touches, from afar to near, at most TILES_MAX."""
    extent = sa.select(sa.func.ST_Extent(Grid.geom_3857).label("box")).where(Grid.edition_id == edition).subquery()
    sides = (getattr(sa.func, f"ST_{name}")(extent.c.box) for name in ("XMin", "YMin", "XMax", "YMax"))
    west, south, east, north = db.session.execute(sa.select(*sides)).one()
    found: list[Frame] = []
    for z in ZOOMS if west is not None else ():
        side = 2 * WORLD / 2.0**z
        columns = range(int((west + WORLD) // side), int((east + WORLD) // side) + 1)
        rows = range(int((WORLD - north) // side), int((WORLD - south) // side) + 1)
        if len(found) + len(columns) * len(rows) > TILES_MAX:
            break
        found += [Frame(z, x, y) for x in columns for y in rows]
    return found
