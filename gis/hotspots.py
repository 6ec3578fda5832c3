"""Hot spots (热点): grids whose surroundings hold more, or fewer, than chance explains — Getis–Ord Gi*.

Job: the statistic, its significance, and a class for the map. Never counts events and never says why a place is hot.
Source: Getis and Ord 1992; Ord and Getis 1995, formula (14); false discovery rate by Benjamini and Hochberg 1995. The
tests hold it to esda (PySAL), whose import alone takes longer than a map may.
"""

from __future__ import annotations

import math
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
    z = _gi_star(known, neighbours)
    p = np.array([math.erfc(abs(one) / math.sqrt(2)) for one in z])
    return HotSpots(z, p, _levels(z, p, corrected))


def _gi_star(known: Floats, neighbours: Neighbours) -> Floats:
    """The z score of each grid and its neighbours, weights 0 and 1; 0 where a grid touches all others: no variance."""
    n = len(known)
    size = np.array([1 + len(beside) for beside in neighbours], dtype=np.float64)
    flat = np.fromiter((other for beside in neighbours for other in beside), dtype=np.int64)
    owner = np.repeat(np.arange(n), size.astype(np.int64) - 1)
    around = known + np.bincount(owner, weights=known[flat], minlength=n)
    spread = known.std() * np.sqrt((n * size - size**2) / max(1, n - 1))
    z = np.zeros(n)
    np.divide(around - known.mean() * size, spread, out=z, where=spread > 0)
    return z


def _levels(z: Floats, p: Floats, corrected: bool) -> NDArray[np.int64]:
    reached = sum(p <= (_cut(p, alpha) if corrected else alpha) for alpha in _ALPHAS)
    return np.asarray(np.sign(z) * reached, dtype=np.int64)


def _cut(p: Floats, alpha: float) -> float:
    """The p below which the share of false alarms stays below `alpha`; alpha/n when none is that small."""
    bound = alpha * np.arange(1, len(p) + 1) / len(p)
    held = np.flatnonzero(np.sort(p) < bound)
    return float(bound[held[-1]]) if len(held) else alpha / len(p)
