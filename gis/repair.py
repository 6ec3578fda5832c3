"""Repair (修复) of invalid rings, on request only, with the area before and after for every grid touched.

Never repairs silently and never touches a valid polygon. Shapes in EPSG:4490.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from gis.findings import Finding, finding
from gis.metric import Polygons, areas_m2


def invalid(polygons: Polygons) -> list[int]:
    """The places of the polygons whose rings are invalid; missing shapes are not among them."""
    broken = ~shapely.is_valid(polygons) & ~shapely.is_missing(polygons)
    return [int(place) for place in np.flatnonzero(broken)]


def repair_rings(codes: Sequence[str], polygons: Polygons) -> tuple[Polygons, list[Finding]]:
    """The polygons with invalid rings mended by GEOS' structure method, and one finding "repaired" for each.

    The measure is the change of area in m²; a figure of eight, whose loops cancel out before, may change a lot.
    """
    places = invalid(polygons)
    if not places:
        return polygons, []
    mended = polygons.copy()
    mended[places] = shapely.make_valid(polygons[places], method="structure", keep_collapsed=False)
    before, after = areas_m2(polygons[places]), areas_m2(mended[places])
    return mended, [
        finding("repaired", codes[place], measure=new - old, before=f"{old:.2f}", after=f"{new:.2f}")
        for place, old, new in zip(places, map(float, before), map(float, after), strict=True)
    ]
