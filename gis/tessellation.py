"""Cells around sites (剖分): a plane divided so that neighbours share their border vertex by vertex.

Job: spread sites by density, cut the outline into one cell per site, hand the cells back with identical shared borders.
Plane coordinates in metres. Never knows townships, villages or codes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from gis.borders import Bend, Edges, winding
from gis.metric import Floats, Polygons

_CLOUD_PER_SITE = 60
_ROUNDS = 4
_ON_OUTLINE_M = 1e-6
_SAME_CORNER_M = 8.0
# How much of the wished-for winding is tried, in this order, until the drawing is a clean partition.
_ROUGHNESS = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)


class TessellationError(ValueError):
    """No clean partition could be drawn inside the outline."""


@dataclass(frozen=True)
class Tessellation:
    """One cell per site: `sites` (n, 2) metres, `cells` (n,) in the final coordinates, anticlockwise as in RFC 7946."""

    sites: Floats
    cells: Polygons


def spread(outline: shapely.Polygon, density: Callable[[Floats], Floats], n: int, rng: np.random.Generator) -> Floats:
    """`n` sites (n, 2) inside `outline`, close together where `density` (points → weight in 0..1) is high.

    Method: a few rounds of Lloyd's relaxation (1982) over a cloud of points drawn by density; few, so that the cells
    keep the irregularity of real grids.
    """
    cloud = _cloud(outline, density, n * _CLOUD_PER_SITE, rng)
    sites = cloud[rng.choice(len(cloud), n, replace=False)]
    for _ in range(_ROUNDS):
        owner = cKDTree(sites).query(cloud)[1]
        count = np.bincount(owner, minlength=n)
        total = np.column_stack([np.bincount(owner, cloud[:, axis], n) for axis in (0, 1)])
        mean = total / np.maximum(count, 1)[:, None]
        usable = (count > 0) & shapely.contains_xy(outline, mean)
        sites = np.where(usable[:, None], mean, sites)
    return np.asarray(sites, dtype=np.float64)


def _cloud(outline: shapely.Polygon, density: Callable[[Floats], Floats], n: int, rng: np.random.Generator) -> Floats:
    west, south, east, north = outline.bounds
    kept: list[Floats] = []
    while sum(map(len, kept)) < n:
        tried = rng.uniform((west, south), (east, north), (4 * n, 2))
        tried = tried[rng.uniform(size=len(tried)) < density(tried)]
        kept.append(tried[shapely.contains_xy(outline, tried)])
    return np.concatenate(kept)[:n]


def tessellate(
    outline: shapely.Polygon, sites: Floats, rng: np.random.Generator, final: Callable[[Floats], Floats]
) -> Tessellation:
    """Cut `outline` into one cell per site, with winding shared borders.

    `final` maps plane points (k, 2) to the coordinates the cells are wanted in, rounding included: it is applied to
    each border vertex once, before the cells are formed, so neighbours stay identical. Errors: TessellationError.
    """
    edges, rim = _edges(outline, sites), outline.exterior
    seed = int(rng.integers(2**32))
    for roughness in _ROUGHNESS:
        again = np.random.default_rng(seed)
        bend = Bend.draw(again, roughness)

        def place(points: Floats, bend: Bend = bend) -> Floats:
            return final(bend.apply(points, _distance(rim, points)))

        inner = winding(edges, again, roughness)
        outer = _rim_lines(rim, np.concatenate([edges.start, edges.end]))
        cells = _cells(np.concatenate([_placed(inner, place), _placed(outer, final)]), place(sites))
        if cells is not None:
            return Tessellation(sites, cells)
    raise TessellationError("no clean partition could be drawn inside the outline")


def _edges(outline: shapely.Polygon, sites: Floats) -> Edges:
    """The straight borders between neighbouring sites, cut off at the outline."""
    west, south, east, north = outline.bounds
    far = 50 * max(east - west, north - south)
    middle = np.array([(west + east) / 2, (south + north) / 2])
    fence = middle + far * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    diagram = Voronoi(np.concatenate([sites, fence]))
    inside = (diagram.ridge_points < len(sites)).all(axis=1)
    pairs = diagram.ridge_points[inside]
    ends = np.array([ridge for ridge, keep in zip(diagram.ridge_vertices, inside, strict=True) if keep])
    lines = shapely.linestrings(_merged(diagram.vertices)[ends])
    parts, source = shapely.get_parts(shapely.intersection(lines, outline), return_index=True)
    real = shapely.length(parts) > _ON_OUTLINE_M
    tips = shapely.get_coordinates(parts[real]).reshape(-1, 2, 2)
    beside = sites[pairs[source[real]]]
    room = np.minimum(*(_room(outline, tips, beside[:, side]) for side in (0, 1)))
    return Edges(tips[:, 0], tips[:, 1], np.hypot(*(beside[:, 0] - beside[:, 1]).T), room)


def _merged(corners: Floats) -> Floats:
    """The corners (k, 2), those that lie within a few metres of each other moved to their common middle."""
    near = cKDTree(corners).query_pairs(_SAME_CORNER_M, output_type="ndarray")
    links = coo_matrix((np.ones(len(near)), near.T), shape=(len(corners),) * 2)
    _, group = connected_components(links, directed=False)
    total = np.column_stack([np.bincount(group, corners[:, axis]) for axis in (0, 1)])
    return np.asarray((total / np.bincount(group)[:, None])[group], dtype=np.float64)


def _room(outline: shapely.Polygon, tips: Floats, site: Floats) -> Floats:
    """How far the middle of each edge (m, 2, 2) may move towards `site` (m, 2) without leaving their triangle.

    0 where the triangle leaves the outline, as it may in a bay.
    """
    along, out = tips[:, 1] - tips[:, 0], site - tips[:, 0]
    length = np.hypot(*along.T)
    foot = (along * out).sum(axis=1) / length
    height = np.abs(along[:, 0] * out[:, 1] - along[:, 1] * out[:, 0]) / length
    triangles = shapely.polygons(np.concatenate([tips, site[:, None]], axis=1))
    inside = shapely.covers(shapely.buffer(outline, _ON_OUTLINE_M), triangles)
    return np.asarray(np.where(inside, height * length / 2 / np.maximum(foot, length - foot), 0.0), dtype=np.float64)


def _rim_lines(rim: shapely.LinearRing, tips: Floats) -> list[Floats]:
    """The outline cut into segments wherever an edge ends on it."""
    landed = np.unique(tips[_distance(rim, tips) < _ON_OUTLINE_M], axis=0)
    corners = shapely.get_coordinates(rim)[:-1]
    points = np.concatenate([corners, landed])
    points = points[np.argsort(shapely.line_locate_point(rim, shapely.points(points)))]
    return list(np.stack([points, np.roll(points, -1, axis=0)], axis=1))


def _distance(rim: shapely.LinearRing, points: Floats) -> Floats:
    return np.asarray(shapely.distance(rim, shapely.points(points)), dtype=np.float64)


def _placed(lines: list[Floats], place: Callable[[Floats], Floats]) -> Polygons:
    """The polylines as geometries, every vertex sent through `place` in one call."""
    owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    return np.asarray(shapely.linestrings(place(np.concatenate(lines)), indices=owner), dtype=np.object_)


def _cells(lines: Polygons, sites: Floats) -> Polygons | None:
    """The polygons the lines enclose, in the order of the sites; None where the lines do not form a clean partition."""
    faces, cuts, dangles, invalid = shapely.polygonize_full(lines)
    polygons = shapely.get_parts(faces)
    if any(len(shapely.get_parts(rest)) for rest in (cuts, dangles, invalid)):
        return None
    site, face = shapely.STRtree(polygons).query(shapely.points(sites), predicate="within")
    if len(np.unique(site)) < len(sites) or len(np.unique(face)) < len(sites):
        return None
    cells = polygons[face[np.argsort(site)]]
    cells = shapely.orient_polygons(_adopted(cells, np.delete(polygons, face)))
    return cells if shapely.is_valid(cells).all() and shapely.coverage_is_valid(cells) else None


def _adopted(cells: Polygons, scraps: Polygons) -> Polygons:
    """The cells after each scrap, cut off by a bay, has joined the neighbour it shares most border with."""
    cells = cells.copy()
    for scrap in scraps:
        near = shapely.STRtree(cells).query(scrap, predicate="intersects")
        shared = shapely.length(shapely.intersection(shapely.boundary(cells[near]), scrap.boundary))
        home = near[np.argmax(shared)]
        cells[home] = shapely.coverage_union(cells[home], scrap)
    return cells
