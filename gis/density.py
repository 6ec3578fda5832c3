"""Density (密度): how many per grid, per square kilometre, per hexagon, and where to cut the classes of a map.

Job: counts and breaks from plain arrays. Never fetches events, never chooses a period or a colour; hot spots are found
in `gis.hotspots`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import h3
import h3.api.basic_int as h3int
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.metric import Floats, Polygons

Counts = NDArray[np.int64]


def counts_per_grid(index: ArrayLike, n: int) -> Counts:
    """How many of the points lie in each of `n` grids, (n,); `index` (k,) is the grid of each point, −1 for none."""
    located = np.asarray(index, dtype=np.int64)
    return np.bincount(located[located >= 0], minlength=n).astype(np.int64)


def per_km2(counts: ArrayLike, areas_km2: ArrayLike) -> Floats:
    """Counts (n,) by areas (n,) in km², (n,); NaN, shown as "—", where the area is 0 (spec 11: 0/0 is never 100 %)."""
    number, area = np.asarray(counts, dtype=np.float64), np.asarray(areas_km2, dtype=np.float64)
    density = np.full(number.shape, np.nan)
    np.divide(number, area, out=density, where=area > 0)
    return density


@dataclass(frozen=True)
class Hexagons:
    """H3 cells that hold at least one point: their indexes as hexadecimal text, sorted, and the counts (n,)."""

    cells: tuple[str, ...]
    counts: Counts


def counts_per_hexagon(lon: ArrayLike, lat: ArrayLike, resolution: int) -> Hexagons:
    """Points (k,) in degrees (EPSG:4490) per H3 cell of `resolution` 0–15; those without a position are left out.

    At resolution 9 a cell is about 0.1 km², at 8 about 0.7 km². Errors: ValueError for another resolution.
    """
    if not 0 <= resolution <= 15:
        raise ValueError(f"H3 分辨率应在 0 到 15 之间：{resolution}")
    east, north = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    known = np.isfinite(east) & np.isfinite(north)
    numbers = np.array(cells_of(east[known].tolist(), north[known].tolist(), resolution), dtype=np.uint64)
    cells, counts = np.unique(numbers, return_counts=True)
    return Hexagons(tuple(map(h3.int_to_str, cells.tolist())), counts.astype(np.int64))


def cells_of(lon: Sequence[float], lat: Sequence[float], resolution: int) -> list[int]:
    """The number of the H3 cell of each place in degrees; cells of one resolution are no exact sum of finer ones."""
    return [h3int.latlng_to_cell(y, x, resolution) for x, y in zip(lon, lat, strict=True)]


def hexagon_polygons(cells: Sequence[str]) -> Polygons:
    """The outline of each H3 cell (n,), longitude first."""
    return np.array([shapely.Polygon(hexagon_ring(cell)) for cell in cells], dtype=np.object_)


def hexagon_ring(cell: str) -> list[tuple[float, float]]:
    """The corners of an H3 cell, longitude first, the first one again at the end."""
    ring = [(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]
    return [*ring, ring[0]]


def hexagon_area(cell: str) -> float:
    """The area of an H3 cell in km²."""
    return float(h3.cell_area(cell, "km^2"))


# Name → Chinese label. Sources: Fisher 1958, Jenks 1967 for natural breaks.
SCHEMES: dict[str, str] = {"quantile": "等量分级", "natural": "自然断点（Fisher-Jenks）", "equal": "等距分级"}
_STEPS_MAX = 1000


def class_breaks(values: ArrayLike, classes: int = 5, scheme: str = "natural") -> Floats:
    """Upper bounds (k,) of at most `classes` classes, rising, the last one the maximum; NaN values are left out.

    Fewer classes come back when the values do not fill them. The tests hold it to mapclassify, whose import alone takes
    longer than a map may. Errors: KeyError for a scheme that is not in SCHEMES.
    """
    classify = {"quantile": _quantiles, "natural": _natural, "equal": _equal}[scheme]
    known = np.asarray(values, dtype=np.float64)
    known = np.sort(known[np.isfinite(known)])
    different = np.unique(known)
    if len(different) <= classes:
        return np.asarray(different)
    return np.asarray(np.unique(classify(known, classes)), dtype=np.float64)


def _quantiles(values: Floats, classes: int) -> Floats:
    """The bounds of equally many of the sorted `values`, in between where they do not fall on one."""
    places = np.arange(1, classes + 1) / classes * (len(values) - 1)
    return np.asarray(np.interp(places, np.arange(len(values)), values), dtype=np.float64)


def _equal(values: Floats, classes: int) -> Floats:
    bounds = np.linspace(values[0], values[-1], classes + 1)[1:]
    bounds[-1] = values[-1]
    return np.asarray(bounds, dtype=np.float64)


def _natural(values: Floats, classes: int) -> Floats:
    """The bounds with the least squares within the classes: for each end the best last class, exactly.

    Equal values are one step, so they never part. More than a thousand different values are first cut into as many
    quantiles. The best last class of a later end never begins earlier, so ends are halved again and again.
    """
    if len(np.unique(values)) > _STEPS_MAX:
        bounds = np.unique(_quantiles(values, _STEPS_MAX))
        values = bounds[np.minimum(np.searchsorted(bounds, values), len(bounds) - 1)]
    steps, weight = np.unique(values, return_counts=True)
    shifted = steps - steps.mean()
    sums = np.stack([np.concatenate([[0.0], np.cumsum(weight * shifted**power)]) for power in range(3)])
    ends_at = np.arange(1, len(steps) + 1)
    best = np.append(np.inf, _squares(sums, np.zeros_like(ends_at), ends_at))
    came = []
    for number in range(2, classes + 1):
        best, begin = _one_class_more(sums, best, number)
        came.append(begin)
    ends = [len(steps)]
    for begin in reversed(came):
        ends.append(int(begin[ends[-1]]))
    return np.asarray(steps[np.array(ends) - 1], dtype=np.float64)


def _squares(sums: Floats, first: Counts, behind: Counts) -> Floats:
    """The sum of squares within the classes from step `first` on, before step `behind`, from sums of powers 0 to 2."""
    count, total, square = sums[:, behind] - sums[:, first]
    return np.asarray(square - total**2 / count, dtype=np.float64)


def _one_class_more(sums: Floats, best: Floats, number: int) -> tuple[Floats, Counts]:
    """The least squares of the first steps in `number` classes, by how many steps, and where the last class begins."""
    least, begin = np.full(best.shape, np.inf), np.zeros(best.shape, dtype=np.int64)
    low, high = np.array([number]), np.array([len(best) - 1])  # ends not settled yet
    from_, to = np.array([number - 1]), np.array([len(best) - 2])  # where their last class may begin
    while low.size:
        middle = (low + high) // 2
        size = np.minimum(to, middle - 1) - from_ + 1
        place = np.cumsum(size) - size
        first = np.arange(size.sum()) + np.repeat(from_ - place, size)
        way = best[first] + _squares(sums, first, np.repeat(middle, size))
        least[middle] = np.minimum.reduceat(way, place)
        is_least = way == np.repeat(least[middle], size)
        begin[middle] = np.minimum.reduceat(np.where(is_least, first, len(best)), place)
        ranges = np.stack([low, middle - 1, from_, begin[middle]]), np.stack([middle + 1, high, begin[middle], to])
        low, high, from_, to = (rows := np.hstack(ranges))[:, rows[0] <= rows[1]]
    return least, begin


def classified(values: ArrayLike, breaks: ArrayLike) -> Counts:
    """The class (n,) of each value, 0 for those up to the first break; −1 for NaN."""
    known = np.asarray(values, dtype=np.float64)
    place = np.searchsorted(np.asarray(breaks, dtype=np.float64), known, side="left")
    return np.where(np.isfinite(known), np.minimum(place, np.size(breaks) - 1), -1).astype(np.int64)
