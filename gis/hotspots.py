"""Hot spots (热点): grids whose surroundings hold more, or fewer, than chance explains — Getis–Ord Gi*.

Job: the statistic from esda (PySAL), its significance, and a class for the map. Never counts events and never says why
a place is hot. Source: Getis and Ord 1992; Ord and Getis 1995; false discovery rate by Benjamini and Hochberg 1995.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.metric import Floats, Plane, Polygons

LEVELS = {
    3: "热点（99%）",
    2: "热点（95%）",
    1: "热点（90%）",
    0: "不显著",
    -1: "冷点（90%）",
    -2: "冷点（95%）",
    -3: "冷点（99%）",
}
_ALPHAS = (0.10, 0.05, 0.01)
_TOUCH_M = 1.0  # borders this near count as shared, for layers that were drawn by hand

Neighbours = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class HotSpots:
    """Per grid (n,): the z score of Gi*, its two-sided p under normality, and the level −3 … 3 (see LEVELS)."""

    z: Floats
    p: Floats
    level: NDArray[np.int64]


def grid_neighbours(polygons: Polygons) -> Neighbours:
    """For each polygon (n,) in EPSG:4490 the places of those that touch it, corners included, itself not."""
    shapes = Plane.of(polygons).shapes(polygons)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_TOUCH_M)
    found: list[list[int]] = [[] for _ in shapes]
    for grid, beside in zip(one.tolist(), other.tolist(), strict=True):
        if grid != beside:
            found[grid].append(beside)
    return tuple(tuple(sorted(each)) for each in found)


def hot_spots(values: ArrayLike, neighbours: Neighbours, *, corrected: bool = True) -> HotSpots:
    """Gi* of `values` (n,), counts or rates per grid, each grid counted among its own neighbours, weights 0 and 1.

    `corrected` holds the share of false alarms among all alarms to the level (FDR), since many grids are tested at
    once. Values that are all alike have no hot spots: z 0, p 1. Errors: ValueError for NaN or a wrong length.
    """
    known = np.asarray(values, dtype=np.float64)
    if known.shape != (len(neighbours),) or not np.isfinite(known).all():
        raise ValueError("每个网格应有一个有限的数值")
    if len(known) == 0 or np.ptp(known) == 0:
        return HotSpots(np.zeros(len(known)), np.ones(len(known)), np.zeros(len(known), dtype=np.int64))
    from esda.getisord import G_Local  # takes a second, and most processes never ask
    from libpysal.weights import W

    starred = W({grid: [grid, *beside] for grid, beside in enumerate(neighbours)}, silence_warnings=True)
    # Gi* does not change when a constant is added; values of mean 0 would divide by it. A grid that touches all others
    # has no variance: its z is 0.
    with np.errstate(divide="ignore", invalid="ignore"):
        result = G_Local(known - known.min() + 1.0, starred, transform="B", permutations=0, star=None)
    z = np.asarray(np.nan_to_num(result.Zs), dtype=np.float64)
    p = np.nan_to_num(np.minimum(1.0, 2 * np.asarray(result.p_norm, dtype=np.float64)), nan=1.0)
    return HotSpots(z, p, _levels(z, p, corrected))


def _levels(z: Floats, p: Floats, corrected: bool) -> NDArray[np.int64]:
    from esda import fdr

    reached = sum(p <= (fdr(p, alpha) if corrected else alpha) for alpha in _ALPHAS)
    return np.asarray(np.sign(z) * reached, dtype=np.int64)
