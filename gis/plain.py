"""Finding the grid of a position with nothing but the standard library: what the phone runs without a network.

Also the one place of the rules which the server shares: the assignment (落格) of spec 14.2, and metres per degree.
Never reads a file or a clock, and never answers differently from `gis.locator`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple, TypeAlias

# The ellipsoid of CGCS2000 (GRS 80; that of WGS-84 differs by 0.1 mm).
SEMI_MAJOR_M: Final = 6378137.0
FLATTENING: Final = 1.0 / 298.257222101
ECCENTRICITY_SQUARED: Final = FLATTENING * (2.0 - FLATTENING)

EDGE_M: Final = 50.0
"""A position outside every grid belongs to the nearest one up to this distance, flagged `edge` (spec 14.2)."""

PER_METRE: Final = 1000.0
"""Distances to a grid are rounded to millimetres, so that two grids sharing a border are equally far from a point."""

# Rounding may turn the sign of `left - right` only below this share of |left| + |right|
# (Shewchuk 1997, Adaptive Precision Floating-Point Arithmetic, ccwerrboundA), and products may underflow below TINY.
SIGN_ERROR: Final = (3.0 + 16.0 * 2.0**-53) * 2.0**-53
TINY: Final = 1e-300

Position: TypeAlias = Sequence[float]
Ring: TypeAlias = Sequence[Position]
Polygon: TypeAlias = Sequence[Ring]
Quality: TypeAlias = Literal["inside", "edge", "outside", "ambiguous"]


class Point(NamedTuple):
    """A position in degrees."""

    lon: float
    lat: float


class Box(NamedTuple):
    """A rectangle in degrees, its border included."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: float, lat: float) -> bool:
        """Does the position lie in the box or on its border?"""
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def meets(self, other: Box) -> bool:
        """Do the two boxes have a point in common?"""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )


class Grid(NamedTuple):
    """A grid (网格) as the phone holds it: code, box, and its polygons as GeoJSON writes them."""

    code: str
    box: Box
    polygons: Sequence[Polygon]


class Placement(NamedTuple):
    """Where a position belongs (spec 14.2).

    `code` is None when no grid lies within 50 m. `candidates` are the grids it may belong to, the most likely first.
    `distance_m` is 0 inside a grid, the distance to it when flagged `edge`, and None without a grid.
    """

    code: str | None
    quality: Quality
    candidates: tuple[str, ...]
    distance_m: float | None


def grid(code: str, geometry: Mapping[str, Any]) -> Grid:
    """A Grid from a GeoJSON Polygon or MultiPolygon; ValueError for any other geometry or an empty one."""
    shapes = {"Polygon": [geometry.get("coordinates", ())], "MultiPolygon": geometry.get("coordinates", ())}
    polygons = [polygon for polygon in shapes.get(geometry["type"], ()) if polygon]
    if not polygons:
        raise ValueError(f"网格 {code} 没有面状图形")
    lons = [position[0] for polygon in polygons for position in polygon[0]]
    lats = [position[1] for polygon in polygons for position in polygon[0]]
    return Grid(code, Box(min(lons), min(lats), max(lons), max(lats)), polygons)


def contains(polygon: Polygon, lon: float, lat: float) -> bool:
    """Is the position in the polygon (outer ring, then holes) or on a border of it? Exact: no rounding can turn it."""
    inside = False
    for ring in polygon:
        crossings = _crossings(ring, lon, lat)
        if crossings is None:
            return True
        inside ^= crossings % 2 == 1
    return inside


def _crossings(ring: Ring, lon: float, lat: float) -> int | None:
    """How often a ray to the east crosses the ring; None when the position lies on it."""
    count = 0
    a = ring[-1]
    for b in ring:
        if (a[1] > lat) != (b[1] > lat):
            turn = _turn(a, b, lon, lat)
            if turn == 0:
                return None
            count += (turn > 0) == (b[1] > a[1])
        elif b[1] == lat and (b[0] == lon or (a[1] == lat and min(a[0], b[0]) <= lon <= max(a[0], b[0]))):
            return None
        a = b
    return count


def _turn(a: Position, b: Position, lon: float, lat: float) -> float:
    """Positive with the position to the left of a → b, negative to the right, 0 on the line; the sign is exact."""
    left, right = (a[0] - lon) * (b[1] - lat), (a[1] - lat) * (b[0] - lon)
    turn = left - right
    if abs(turn) > SIGN_ERROR * (abs(left) + abs(right)) + TINY:
        return turn
    ax, ay, bx, by, x, y = map(Fraction, (a[0], a[1], b[0], b[1], lon, lat))
    exact = (ax - x) * (by - y) - (ay - y) * (bx - x)
    return (exact > 0) - (exact < 0)


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Length of a degree of longitude and of latitude in metres, at a latitude in degrees (GRS 80)."""
    phi = math.radians(lat)
    bend = 1.0 - ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    prime_vertical = SEMI_MAJOR_M / math.sqrt(bend)
    meridian = prime_vertical * (1.0 - ECCENTRICITY_SQUARED) / bend
    return math.radians(prime_vertical * math.cos(phi)), math.radians(meridian)


def distance_m(a: Position, b: Position) -> float:
    """Distance of two positions on the ellipsoid in metres, within 1e-5 of it (Lambert 1942); not for antipodes."""
    one, two = (math.atan((1.0 - FLATTENING) * math.tan(math.radians(lat))) for lat in (a[1], b[1]))
    middle, half = (one + two) / 2.0, (two - one) / 2.0
    across = math.sin(math.radians(b[0] - a[0]) / 2.0)
    haversine = math.sin(half) ** 2 + math.cos(one) * math.cos(two) * across * across
    if haversine == 0.0:
        return 0.0
    sigma = 2.0 * math.asin(math.sqrt(min(1.0, haversine)))
    near = (sigma - math.sin(sigma)) * (math.sin(middle) * math.cos(half) / math.cos(sigma / 2.0)) ** 2
    far = (sigma + math.sin(sigma)) * (math.cos(middle) * math.sin(half) / math.sin(sigma / 2.0)) ** 2
    return SEMI_MAJOR_M * (sigma - FLATTENING / 2.0 * (near + far))


def _to_border_m(polygon: Polygon, lon: float, lat: float, scale: tuple[float, float]) -> float:
    """Distance in metres from a position to the nearest border of a polygon, in the plane that touches it there."""
    east, north = scale
    nearest = math.inf
    for ring in polygon:
        ax, ay = (ring[-1][0] - lon) * east, (ring[-1][1] - lat) * north
        for position in ring:
            bx, by = (position[0] - lon) * east, (position[1] - lat) * north
            dx, dy = bx - ax, by - ay
            share = min(1.0, max(0.0, -(ax * dx + ay * dy) / (dx * dx + dy * dy or 1.0)))
            x, y = ax + share * dx, ay + share * dy
            nearest = min(nearest, x * x + y * y)
            ax, ay = bx, by
    return math.sqrt(nearest)


def hits(grids: Iterable[Grid], lon: float, lat: float) -> list[str]:
    """Codes of all grids that cover the position, the smallest first: that one is its grid (spec 14.2)."""
    return sorted(
        each.code
        for each in grids
        if each.box.holds(lon, lat) and any(contains(polygon, lon, lat) for polygon in each.polygons)
    )


def around(lon: float, lat: float, radius_m: float) -> Box:
    """The box about a circle given in metres, a millimetre wider."""
    east, north = metres_per_degree(lat)
    reach = radius_m + 1.0 / PER_METRE
    return Box(lon - reach / east, lat - reach / north, lon + reach / east, lat + reach / north)


def near(grids: Iterable[Grid], lon: float, lat: float, radius_m: float) -> list[tuple[float, str]]:
    """(distance in metres, code) of every grid that the circle touches, the nearest first, then by code."""
    box, scale = around(lon, lat, radius_m), metres_per_degree(lat)
    found = []
    for each in grids:
        if each.box.meets(box):
            inside = any(contains(polygon, lon, lat) for polygon in each.polygons)
            border_m = 0.0 if inside else min(_to_border_m(polygon, lon, lat, scale) for polygon in each.polygons)
            found.append((round(border_m * PER_METRE) / PER_METRE, each.code))
    return sorted((border_m, code) for border_m, code in found if border_m <= radius_m)


def placement(
    covering: Sequence[str], touched: Sequence[tuple[float, str]], accuracy_m: float, edge_m: float = EDGE_M
) -> Placement:
    """The rule of assignment (落格规则), spec 14.2, for the phone and for the server.

    `covering`: codes of the grids that cover the position, sorted. `touched`: the grids about it as `near` gives them,
    up to `reach_m`. An accuracy of 0 takes the position as exact: no circle, no other grid. `edge_m` is a setting.
    """
    code, distance = (covering[0], 0.0) if covering else _edge(touched, edge_m)
    others = tuple(name for away, name in touched if away <= accuracy_m and name != code) if accuracy_m > 0.0 else ()
    quality: Quality = "inside" if covering else "outside" if code is None else "edge"
    candidates = others if code is None else (code, *others)
    return Placement(code, "ambiguous" if others else quality, candidates, distance)


def _edge(touched: Sequence[tuple[float, str]], edge_m: float) -> tuple[str | None, float | None]:
    """The nearest grid and its distance when it lies within `edge_m` metres."""
    if touched and touched[0][0] <= edge_m:
        return touched[0][1], touched[0][0]
    return None, None


def reach_m(covering: Sequence[str], accuracy_m: float, edge_m: float = EDGE_M) -> float:
    """How far about a position one must look for `placement`, in metres."""
    return accuracy_m if covering else max(accuracy_m, edge_m)


def locate(grids: Sequence[Grid], lon: float, lat: float, accuracy_m: float = 0.0, edge_m: float = EDGE_M) -> Placement:
    """The grid of a position in degrees (CGCS2000 or WGS-84) known to `accuracy_m` metres; 0 takes it as exact."""
    covering = hits(grids, lon, lat)
    reach = reach_m(covering, accuracy_m, edge_m)
    touched = near(grids, lon, lat, reach) if reach > 0.0 else []
    return placement(covering, touched, accuracy_m, edge_m)
