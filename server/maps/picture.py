"""The district as a small picture (小图): every grid as an SVG path, drawn once per edition.

Job: outlines simple enough for a phone, in a box of a thousand units.
Never: count, or know a reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from server.db import db, now
from server.grids import editions
from server.grids.models import BASE, Grid, Sketch

WIDTH = 1000
ZOOM = 10
"""The sketch of this zoom: some ten corners per grid."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The size of the box, and a path per grid code."""

    width: int
    height: int
    paths: tuple[tuple[str, str], ...]


def of_now() -> Picture | None:
    """Return the picture of the edition in force, None when there is none."""
    edition = editions.in_force(editions.published(), BASE, now())
    return _drawn(edition.id) if edition else None


@lru_cache(maxsize=4)
def _drawn(edition_id: int) -> Picture | None:
    drawn = sa.and_(Sketch.grid_id == Grid.id, Sketch.zoom == ZOOM)
    here = sa.select(Grid.code, sa.func.coalesce(Sketch.geom, Grid.geom_3857).label("geom"))
    here = here.outerjoin(Sketch, drawn).where(Grid.edition_id == edition_id)
    grids = here.order_by(Grid.code).subquery()
    extent = sa.func.ST_Extent(grids.c.geom)
    names = ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")
    west, south, east, north = db.session.execute(sa.select(*(getattr(sa.func, n)(extent) for n in names))).one()
    if west is None:
        return None
    scale = WIDTH / (east - west)
    moved = sa.func.ST_Scale(sa.func.ST_Translate(grids.c.geom, -west, -north), scale, scale)
    rows: Any = db.session.execute(sa.select(grids.c.code, sa.func.ST_AsSVG(moved, 1, 0)))
    return Picture(WIDTH, round((north - south) * scale), tuple((code, path) for code, path in rows))
