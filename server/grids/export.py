"""Write an edition to a file for other programs (网格导出): GeoPackage, Shapefile or GeoJSON in EPSG:4490.

Never: write a person, or anything that is not in the edition.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely
import sqlalchemy as sa

from gis.files import write_grids
from server.db import db
from server.grids.models import Edition, Grid


def write(edition: Edition, path: Path) -> int:
    """Write all grids of ``edition`` to ``path`` by its suffix and return their number.

    Raises gis.findings.GridFileError for a suffix that is not known. Lists are divided by blanks.
    """
    texts = (Grid.code, Grid.name, Grid.village_code, Grid.township_code)
    query = sa.select(*texts, Grid.categories, Grid.parents, sa.func.ST_AsBinary(Grid.geom))
    rows = db.session.execute(query.where(Grid.edition_id == edition.id).order_by(Grid.code.collate("C"))).all()
    columns = {
        "name": [row.name for row in rows],
        "village": [row.village_code or "" for row in rows],
        "township": [row.township_code or "" for row in rows],
        "categories": [" ".join(row.categories) for row in rows],
        "parents": [" ".join(row.parents) for row in rows],
    }
    polygons = shapely.from_wkb([bytes(row[-1]) for row in rows])
    arrays = {name: np.array(values, dtype=object) for name, values in columns.items()}
    write_grids(path, [row.code for row in rows], np.asarray(polygons), arrays)
    return len(rows)
