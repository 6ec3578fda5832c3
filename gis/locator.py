"""The locator (定位器): the grid (网格) of one point or of millions, exactly as GEOS `covers` says.

One locator holds one layer: the base grids, or one layer of special grids. Where several polygons cover a point (on a
shared border, in an overlap) the smallest code is its grid (spec 14.2). Takes longitude and latitude in degrees of
CGCS2000 (EPSG:4490) or WGS-84; `gis.crs` and `gis.files` convert. Never repairs a polygon, never guesses a system.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis import nearby, plain, sweep
from gis.plain import EDGE_M, Placement
from gis.raster import OUTSIDE, UNSURE, Floats, Raster, build, edges_of
from gis.referee import Pairs, Referee

Index = NDArray[np.int32]
Kernel = Callable[[Raster, Floats, Floats, Index], int]
KernelName = Literal["auto", "numpy", "compiled"]

POLYGONAL: Final = (3, 6)  # shapely's numbers of Polygon and MultiPolygon

KERNELS: Final = {"numpy": "gis.sweep", "compiled": "gis.compiled"}
HAS_NUMBA: Final = importlib.util.find_spec("numba") is not None

MANY: Final = 1_000_000
"""Points in one call for which the kernel `auto` loads the compiler: once in a process, within two seconds."""


class UnfitPolygons(ValueError):
    """The polygons cannot be located in: not polygons, invalid, not in degrees, or codes that are doubled."""


class Near(NamedTuple):
    """Polygons near points: point and polygon as indices, the distance in metres (0 inside), all of one length."""

    point: NDArray[np.int64]
    polygon: NDArray[np.int64]
    distance_m: Floats


class Nearest(NamedTuple):
    """The nearest polygon of each point (n,), OUTSIDE when none is near, and its distance: 0 inside, NaN when none."""

    polygon: Index
    distance_m: Floats


class GridLocator:
    """Locates in valid polygons or multipolygons (shapely, degrees), each with its own code.

    Indices in answers count the polygons as they were given. `kernel`: "numpy", "compiled" (needs numba, some three
    times as fast) or "auto", which compiles when numba is there and a call brings a million points. The answers are the
    same. Raises UnfitPolygons, naming the codes.
    """

    def __init__(self, polygons: Iterable[Any], codes: Sequence[str], kernel: KernelName = "auto") -> None:
        shapes = np.array(list(polygons), dtype=object)
        _refuse_unfit(shapes, codes)
        order = np.array(sorted(range(len(codes)), key=codes.__getitem__), dtype=np.int64)
        edges = edges_of(shapes)
        self.codes = tuple(codes)
        self._names = np.array([*codes, None], dtype=object)
        self._rank = np.argsort(order)
        self._kernel = kernel
        self._referee = Referee(shapes)
        self._raster = build(edges, order, self._referee)
        self._borders = nearby.Borders(edges, len(codes))

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> Index:
        """The index of each point's polygon, OUTSIDE (-1) where there is none, also for NaN. Any shape, degrees."""
        x, y = _degrees(lon, lat)
        answer = np.empty(x.shape, dtype=np.int32)
        flat = answer.reshape(-1)
        if self._kernel_for(x.size)(self._raster, x.reshape(-1), y.reshape(-1), flat):
            unsure = np.flatnonzero(flat == UNSURE)
            pairs = self._ordered(self._referee.covering(x.flat[unsure], y.flat[unsure]))
            flat[unsure] = OUTSIDE
            flat[unsure[pairs.point[::-1]]] = pairs.polygon[::-1]  # of several, the first is written last
        return answer

    def codes_at(self, index: NDArray[np.integer[Any]]) -> NDArray[np.object_]:
        """The code of each index that `locate` or `nearest` answered; None for OUTSIDE."""
        names: NDArray[np.object_] = self._names[index]
        return names

    def hits(self, lon: ArrayLike, lat: ArrayLike) -> Pairs:
        """Every (point, polygon) where the polygon covers the point (n,), sorted by point, then by code."""
        x, y = _degrees(lon, lat)
        pairs, unsure = sweep.hits(self._raster, x, y)
        asked = self._referee.covering(x[unsure], y[unsure])
        point = np.concatenate([pairs.point, unsure[asked.point]])
        return self._ordered(Pairs(point, np.concatenate([pairs.polygon, asked.polygon])))

    def near(self, lon: ArrayLike, lat: ArrayLike, radius_m: float) -> Near:
        """Every (point, polygon) that the circle about the point (n,) touches, sorted by point, distance and code."""
        x, y = _degrees(lon, lat)
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        x, y = x[known], y[known]
        pairs = self._referee.meeting(nearby.boxes(x, y, radius_m))
        inside = np.isin(self._keys(pairs), self._keys(self._referee.covering(x, y)))
        distance = np.where(inside, 0.0, self._borders.distances_m(pairs, x, y))
        order = np.lexsort((self._rank[pairs.polygon], distance, pairs.point))
        order = order[distance[order] <= radius_m]
        return Near(known[pairs.point[order]], pairs.polygon[order], distance[order])

    def nearest(self, lon: ArrayLike, lat: ArrayLike, within_m: float = EDGE_M) -> Nearest:
        """The polygon of each point (n,), else the nearest within `within_m` metres (spec 14.2: flagged `edge`)."""
        x, y = _degrees(lon, lat)
        polygon = self.locate(x, y)
        distance = np.where(polygon == OUTSIDE, np.nan, 0.0)
        outside = np.flatnonzero(polygon == OUTSIDE)
        near = self.near(x[outside], y[outside], within_m)
        polygon[outside[near.point[::-1]]] = near.polygon[::-1]  # backwards: the nearest is written last
        distance[outside[near.point[::-1]]] = near.distance_m[::-1]
        return Nearest(polygon, distance)

    def candidates(self, lon: float, lat: float, accuracy_m: float) -> tuple[str, ...]:
        """Codes of the polygons that the accuracy circle (精度圈) of one point touches, the nearest first."""
        return tuple(code for _, code in self._touched(lon, lat, accuracy_m))

    def place(self, lon: float, lat: float, accuracy_m: float = 0.0, edge_m: float = EDGE_M) -> Placement:
        """Where one point known to `accuracy_m` metres belongs (spec 14.2); the same as `gis.plain.locate` answers."""
        covering = [self.codes[i] for i in self._ordered(self._referee.covering(*_degrees(lon, lat))).polygon]
        reach = plain.reach_m(covering, accuracy_m, edge_m)
        touched = self._touched(lon, lat, reach) if reach > 0.0 else []
        return plain.placement(covering, touched, accuracy_m, edge_m)

    def _touched(self, lon: float, lat: float, radius_m: float) -> list[tuple[float, str]]:
        near = self.near([lon], [lat], radius_m)
        return [(float(away), self.codes[i]) for away, i in zip(near.distance_m, near.polygon, strict=True)]

    def _ordered(self, pairs: Pairs) -> Pairs:
        order = np.lexsort((self._rank[pairs.polygon], pairs.point))
        return Pairs(pairs.point[order], pairs.polygon[order])

    def _keys(self, pairs: Pairs) -> NDArray[np.int64]:
        return pairs.point * len(self.codes) + pairs.polygon

    def _kernel_for(self, points: int) -> Kernel:
        chosen = {"auto": "compiled" if points >= MANY and HAS_NUMBA else "numpy"}.get(self._kernel, self._kernel)
        kernel: Kernel = importlib.import_module(KERNELS[chosen]).locate
        return kernel


def _degrees(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """The two coordinates of one or more points as arrays of the same shape; ValueError when the shapes differ."""
    x, y = np.ascontiguousarray(lon, dtype=np.float64), np.ascontiguousarray(lat, dtype=np.float64)
    if x.shape != y.shape:
        raise ValueError(f"lon has shape {x.shape}, lat has shape {y.shape}")
    return x, y


def _refuse_unfit(shapes: NDArray[np.object_], codes: Sequence[str]) -> None:
    if len(shapes) != len(codes):
        raise UnfitPolygons(f"图形 {len(shapes)} 个，编码 {len(codes)} 个，数目不一致")
    count = Counter(codes)
    faults = {
        "图形不是面": ~np.isin(shapely.get_type_id(shapes), POLYGONAL) | shapely.is_empty(shapes),
        "坐标不是经纬度": (np.abs(shapely.bounds(shapes)) > (180.0, 90.0, 180.0, 90.0)).any(axis=1),
        "图形无效": ~shapely.is_valid(shapes),
        "编码重复": np.array([count[code] > 1 for code in codes], dtype=bool),
    }
    for fault, where in faults.items():
        if where.any():
            unfit = {code for code, here in zip(codes, where, strict=True) if here}
            raise UnfitPolygons(f"{fault}：{'、'.join(sorted(unfit))}")
