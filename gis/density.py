"""Density (密度): how many per grid, per square kilometre, per hexagon, and where to cut the classes of a map.

Job: counts and breaks from plain arrays. Never fetches events, never chooses a period or a colour; hot spots are found
in `gis.hotspots`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import h3
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
    places = zip(north[known].tolist(), east[known].tolist(), strict=True)
    cells, counts = np.unique([h3.latlng_to_cell(y, x, resolution) for y, x in places], return_counts=True)
    return Hexagons(tuple(map(str, cells)), counts.astype(np.int64))


def hexagon_polygons(cells: Sequence[str]) -> Polygons:
    """The outline of each H3 cell (n,), longitude first."""
    rings = ([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)] for cell in cells)
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=np.object_)


# Name → (Chinese label, mapclassify's classifier). Sources: Jenks 1967, Fisher 1958 for natural breaks.
SCHEMES: dict[str, tuple[str, str]] = {
    "quantile": ("等量分级", "Quantiles"),
    "natural": ("自然断点（Fisher-Jenks）", "FisherJenks"),
    "equal": ("等距分级", "EqualInterval"),
}


def class_breaks(values: ArrayLike, classes: int = 5, scheme: str = "natural") -> Floats:
    """Upper bounds (k,) of at most `classes` classes, rising, the last one the maximum; NaN values are left out.

    Fewer classes come back when the values do not fill them. Errors: KeyError for a scheme that is not in SCHEMES.
    """
    import mapclassify  # takes seconds, and most processes never draw a map

    classify = getattr(mapclassify, SCHEMES[scheme][1])
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    different = np.unique(known)
    if len(different) <= classes:
        return np.asarray(different)
    with warnings.catch_warnings():  # many equal values fill fewer quantiles, which the docstring promises
        warnings.filterwarnings("ignore", "Not enough unique values", UserWarning)
        bins = classify(known, k=classes).bins
    return np.asarray(np.unique(bins), dtype=np.float64)


def classified(values: ArrayLike, breaks: ArrayLike) -> Counts:
    """The class (n,) of each value, 0 for those up to the first break; −1 for NaN."""
    known = np.asarray(values, dtype=np.float64)
    place = np.searchsorted(np.asarray(breaks, dtype=np.float64), known, side="left")
    return np.where(np.isfinite(known), np.minimum(place, np.size(breaks) - 1), -1).astype(np.int64)
