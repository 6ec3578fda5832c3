"""How polygons fit together (拓扑): overlaps, gaps, slivers, borders that differ. Pure measuring on a metric plane.

Never judges and never names a grid: every function answers with places in the arrays, square metres and metres.
Shapes are valid polygons in metres (`gis.metric.Plane.shapes`); missing ones are left out by the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.metric import Floats, Polygons

Places = NDArray[np.intp]
_CHUNK = 500
_CORNER_M = 0.1
_EQUAL_M = 0.01  # vertices and borders nearer than this are the same (seven decimals of a degree)


@dataclass(frozen=True)
class Measured:
    """Something found between the shapes at `places`: its size in m² or m and a point on it (metres)."""

    places: tuple[int, ...]
    size: float
    east: float
    north: float


def overlaps(shapes: Polygons, least_m2: float, step: Callable[[int, int], None]) -> list[Measured]:
    """Pairs whose common area is above `least_m2`, largest first; `step(done, total)` is called now and then."""
    first, second = _pairs(shapes, "intersects")
    found: list[Measured] = []
    for start in range(0, len(first), _CHUNK):
        one, two = first[start : start + _CHUNK], second[start : start + _CHUNK]
        common = shapely.intersection(shapes[one], shapes[two])
        area = shapely.area(common)
        found += [_measured((one[k], two[k]), area[k], common[k]) for k in np.flatnonzero(area > least_m2)]
        step(min(start + _CHUNK, len(first)), len(first))
    return sorted(found, key=lambda each: -each.size)


def _pairs(shapes: Polygons, predicate: str) -> tuple[Places, Places]:
    first, second = shapely.STRtree(shapes).query(shapes, predicate=predicate)
    return first[first < second], second[first < second]


def _measured(places: tuple[int, ...], size: float, shape: shapely.Geometry) -> Measured:
    point = shape.representative_point()
    return Measured(tuple(map(int, places)), float(size), point.x, point.y)


def gaps(shapes: Polygons, least_m2: float) -> list[Measured]:
    """Holes the shapes enclose together, above `least_m2`, largest first, each with the shapes around it."""
    bodies = shapely.get_parts(shapely.union_all(shapes))
    holes = np.array([shapely.Polygon(ring) for body in bodies for ring in body.interiors], dtype=np.object_)
    borders = shapely.boundary(shapes)
    tree = shapely.STRtree(borders)
    found = [_measured(_around(hole, borders, tree), hole.area, hole) for hole in holes[shapely.area(holes) > least_m2]]
    return sorted(found, key=lambda each: -each.size)


def _around(hole: shapely.Geometry, borders: Polygons, tree: shapely.STRtree) -> tuple[int, ...]:
    """The places of the borders that run along the hole; those that meet it in a corner only are left out."""
    rim = shapely.buffer(hole.exterior, _EQUAL_M)
    near = tree.query(rim, predicate="intersects")
    along = shapely.length(shapely.intersection(borders[near], rim))
    return tuple(near[along > _CORNER_M])


@dataclass(frozen=True)
class Sliver:
    """A part of the shape at `place` that is hardly a surface: mean width, area, and whether it is all there is."""

    place: int
    width_m: float
    area_m2: float
    alone: bool
    east: float
    north: float


def slivers(shapes: Polygons, narrowest_m: float) -> list[Sliver]:
    """Parts whose mean width (twice the area by the length of the border) is below `narrowest_m`."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    area = shapely.area(parts)
    width = 2 * area / np.maximum(shapely.length(parts), np.finfo(float).tiny)
    sound = np.bincount(owner[width >= narrowest_m], minlength=len(shapes))
    found = []
    for k in np.flatnonzero(width < narrowest_m):
        point, place = parts[k].representative_point(), int(owner[k])
        found.append(Sliver(place, float(width[k]), float(area[k]), not sound[place], point.x, point.y))
    return found


def ragged_borders(shapes: Polygons, snap_m: float) -> list[Measured]:
    """Pairs whose shared border is not identical, with the largest distance in metres between 1 cm and `snap_m`.

    Looked for are vertices of one shape that lie within `snap_m` of the other's border without being on it.
    """
    borders = shapely.boundary(shapes)
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    vertices, which = np.unique(coordinates, axis=0, return_inverse=True)
    points = shapely.points(vertices)
    vertex, near = shapely.STRtree(borders).query(points, predicate="dwithin", distance=snap_m)
    own = np.isin(vertex * len(shapes) + near, which.ravel() * len(shapes) + owner)
    vertex, near = vertex[~own], near[~own]
    apart = shapely.distance(points[vertex], borders[near])
    real = apart > _EQUAL_M
    return _by_pair(vertices, vertex[real], near[real], apart[real], (which.ravel(), owner))


def _by_pair(
    vertices: Floats, vertex: Places, near: Places, apart: Floats, incidence: tuple[Places, Places]
) -> list[Measured]:
    """The widest of the vertices found for each pair of shapes; `incidence` lists vertex and shape of every corner."""
    owners: dict[int, list[int]] = {}
    for corner, shape in zip(*incidence, strict=True):
        owners.setdefault(int(corner), []).append(int(shape))
    widest: dict[tuple[int, int], Measured] = {}
    for corner, other, size in zip(vertex, near, apart, strict=True):
        for shape in owners[int(corner)]:
            pair = (min(shape, int(other)), max(shape, int(other)))
            if pair not in widest or size > widest[pair].size:
                widest[pair] = Measured(pair, float(size), *map(float, vertices[corner]))
    return [widest[pair] for pair in sorted(widest)]


def covered_m2(shapes: Polygons, frame: shapely.Geometry) -> float:
    """How much of `frame` the shapes cover together, in square metres."""
    return float(shapely.area(shapely.intersection(shapely.union_all(shapes), frame)))
