"""Sketches (简化轮廓): a whole edition drawn with fewer corners for small scales, shared borders still shared.

Job: draw the sketches of an edition when it is imported; name the one a map of some zoom wants.
Never: serve to locate, measure or judge: the eye sees no difference at that scale, a decision would.
"""

from __future__ import annotations

import shapely
import sqlalchemy as sa
from geoalchemy2 import WKBElement

from server.db import db
from server.grids.models import Edition, Grid, Sketch

ZOOMS = (10, 12, 14)
"""A sketch serves its zoom and those between it and the one below; above the last, the outlines themselves."""
PIXEL_M = 156_543.034 / 2
"""Metres of EPSG:3857 in one pixel of a tile of 512 pixels at zoom 0."""
SRID = 3857


def zoom_for(z: int) -> int | None:
    """Return the zoom of the sketch for a map of zoom ``z``; None where the outlines themselves are drawn."""
    return next((zoom for zoom in ZOOMS if z <= zoom), None)


def draw(edition_id: int) -> int:
    """Draw the sketches of an edition anew and return how many; half a pixel is what a corner may be off."""
    query = sa.select(Grid.id, sa.func.ST_AsBinary(Grid.geom_3857)).where(Grid.edition_id == edition_id)
    found = db.session.execute(query.order_by(Grid.id)).all()
    if not found:
        return 0
    ids, shapes = zip(*found, strict=True)
    outlines = shapely.from_wkb([bytes(shape) for shape in shapes])
    db.session.execute(sa.delete(Sketch).where(Sketch.grid_id.in_(ids)))
    rows = []
    for zoom in ZOOMS:
        drawn = shapely.coverage_simplify(outlines, PIXEL_M / 2**zoom / 2)
        texts = shapely.to_wkb(_multi(drawn))
        rows += [
            {"grid_id": id, "zoom": zoom, "geom": WKBElement(text, srid=SRID)}
            for id, text in zip(ids, texts, strict=True)
        ]
    db.session.execute(sa.insert(Sketch), rows)
    return len(rows)


def _multi(drawn: object) -> object:
    parts, whole = shapely.get_parts(drawn, return_index=True)
    return shapely.multipolygons(parts, indices=whole)


def draw_missing() -> int:
    """Draw the sketches of every edition that has none and return how many were drawn."""
    has = sa.exists().where(Sketch.grid_id == Grid.id)
    query = sa.select(Edition.id).where(sa.exists().where(Grid.edition_id == Edition.id, ~has))
    return sum(draw(edition) for edition in db.session.scalars(query).all())
