"""Distances from points to the borders of polygons, in metres, many at a time.

The arithmetic of `gis.plain`, step by step, so that phone and server agree. Never decides whether a point lies inside.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from gis.plain import PER_METRE, around, metres_per_degree
from gis.raster import Edges, Floats, ranges
from gis.referee import Pairs

PAIRS_AT_ONCE: Final = 2**12
"""Pairs measured together: with some 170 edges each, their intermediate arrays stay below 100 MB."""


def boxes(lon: Floats, lat: Floats, radius_m: float) -> Floats:
    """The boxes (n, 4) in degrees about circles of one radius."""
    return np.array([around(x, y, radius_m) for x, y in zip(lon, lat, strict=True)]).reshape(-1, 4)


class Borders:
    """The edges of all polygons, ordered by polygon."""

    def __init__(self, edges: Edges, polygons: int) -> None:
        order = np.argsort(edges.polygon, kind="stable")
        self._ends = edges.ends[order]
        self._first = np.searchsorted(edges.polygon[order], np.arange(polygons + 1))

    def distances_m(self, pairs: Pairs, lon: Floats, lat: Floats) -> Floats:
        """Distance of each pair: from its point to the nearest border of its polygon, rounded to millimetres."""
        scale = np.array([metres_per_degree(y) for y in lat]).reshape(-1, 2)
        here = np.column_stack([lon, lat])
        found = np.empty(len(pairs.point))
        for start in range(0, len(found), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            point = pairs.point[part]
            found[part] = self._nearest(pairs.polygon[part], here[point], scale[point])
        return found

    def _nearest(self, polygon: NDArray[np.int64], here: Floats, scale: Floats) -> Floats:
        """Distance of each pair (n,) of a polygon and a point (n, 2) with its metres per degree (n, 2)."""
        edges = self._first[polygon + 1] - self._first[polygon]
        ends = self._ends[ranges(self._first[polygon], edges)]
        origin, metres = np.repeat(here, edges, axis=0), np.repeat(scale, edges, axis=0)
        (ax, ay), (bx, by) = ((ends[:, :2] - origin) * metres).T, ((ends[:, 2:] - origin) * metres).T
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        share = np.clip(-(ax * dx + ay * dy) / np.where(length == 0.0, 1.0, length), 0.0, 1.0)
        x, y = ax + share * dx, ay + share * dy
        squares = np.minimum.reduceat(x * x + y * y, np.cumsum(edges) - edges) if len(edges) else np.empty(0)
        return np.rint(np.sqrt(squares) * PER_METRE) / PER_METRE
