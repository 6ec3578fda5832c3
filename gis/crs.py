"""Coordinate systems (坐标系) of China: WGS-84 / CGCS2000 ↔ GCJ-02 (火星坐标) ↔ BD-09 (百度坐标).

Standard library only; given numpy arrays it converts them whole, without importing numpy itself.
Never projects to a plane, and never guesses the system of a position: the caller names it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

Degrees = TypeVar("Degrees", bound=Any)
"""A longitude or latitude in degrees: a float, or a numpy array of floats (both coordinates of one shape)."""

# The Krasovsky 1940 ellipsoid, on which the shift of GCJ-02 is defined.
SEMI_MAJOR_M: Final = 6378245.0
ECCENTRICITY_SQUARED: Final = 0.00669342162296594323

# The period of BD-09's own waves.
BD09_WAVE: Final = math.pi * 3000.0 / 180.0
BD09_LON, BD09_LAT = 0.0065, 0.006

# Each round leaves about 0.4 % of the error before it; 560 m become less than a nanometre.
ROUNDS: Final = 6


class UnknownSystem(ValueError):
    """The coordinate system is none of wgs84, cgcs2000, gcj02, bd09."""


def _functions(value: Any) -> Any:
    """sin, cos, sqrt, fabs, atan2 for `value`: those of `math` for a number, those of its own library for an array."""
    return math if isinstance(value, (int, float)) else value.__array_namespace__()


def inside_china(lon: Any, lat: Any) -> Any:
    """Does the position lie in the crude box in which GCJ-02 is shifted (spec 14.1, rule 3)? A bool, or an array."""
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)


def _east_m(x: Any, y: Any, f: Any) -> Any:
    """Eastward shift in metres at x, y degrees from 105° E, 35° N (the published reconstruction of GCJ-02)."""
    plain = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * f.sqrt(f.fabs(x))
    short = 20.0 * f.sin(6.0 * math.pi * x) + 20.0 * f.sin(2.0 * math.pi * x)
    middle = 20.0 * f.sin(math.pi * x) + 40.0 * f.sin(math.pi / 3.0 * x)
    wide = 150.0 * f.sin(math.pi / 12.0 * x) + 300.0 * f.sin(math.pi / 30.0 * x)
    return plain + (short + middle + wide) * 2.0 / 3.0


def _north_m(x: Any, y: Any, f: Any) -> Any:
    """Northward shift in metres at x, y degrees from 105° E, 35° N (the published reconstruction of GCJ-02)."""
    plain = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * f.sqrt(f.fabs(x))
    short = 20.0 * f.sin(6.0 * math.pi * x) + 20.0 * f.sin(2.0 * math.pi * x)
    middle = 20.0 * f.sin(math.pi * y) + 40.0 * f.sin(math.pi / 3.0 * y)
    wide = 160.0 * f.sin(math.pi / 12.0 * y) + 320.0 * f.sin(math.pi / 30.0 * y)
    return plain + (short + middle + wide) * 2.0 / 3.0


def _gcj02_shift(lon: Any, lat: Any) -> tuple[Any, Any]:
    """The shift of GCJ-02 in degrees east and north, wherever the position lies."""
    f = _functions(lon)
    phi = lat * (math.pi / 180.0)
    bend = 1.0 - ECCENTRICITY_SQUARED * f.sin(phi) * f.sin(phi)
    prime_vertical = SEMI_MAJOR_M / f.sqrt(bend)
    meridian = prime_vertical * (1.0 - ECCENTRICITY_SQUARED) / bend
    east, north = _east_m(lon - 105.0, lat - 35.0, f), _north_m(lon - 105.0, lat - 35.0, f)
    degrees = 180.0 / math.pi
    return east * degrees / (prime_vertical * f.cos(phi)), north * degrees / meridian


def wgs84_to_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """WGS-84 degrees → GCJ-02 degrees; outside China the position is returned as it is. Source: spec 14.1."""
    east, north = _gcj02_shift(lon, lat)
    china = inside_china(lon, lat)
    return lon + east * china, lat + north * china


def gcj02_to_wgs84(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees → WGS-84 degrees by iteration, error of the inverse < 1 mm; outside China as it is.

    China is judged by the given position: within a shift (< 1 km) of the border of the box a round trip may not close.
    """
    china = inside_china(lon, lat)
    true_lon: Any = lon
    true_lat: Any = lat
    for _ in range(ROUNDS):
        east, north = _gcj02_shift(true_lon, true_lat)
        true_lon, true_lat = lon - east * china, lat - north * china
    return true_lon, true_lat


def gcj02_to_bd09(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 degrees → BD-09 degrees; outside China the position is returned as it is. Source: spec 14.1."""
    china = inside_china(lon, lat)
    east, north = _bd09_shift(lon, lat)
    return lon + east * china, lat + north * china


def bd09_to_gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """BD-09 degrees → GCJ-02 degrees by iteration; the published one-step inverse lies up to 0.3 m beside it."""
    china = inside_china(lon, lat)
    near_lon: Any = lon
    near_lat: Any = lat
    for _ in range(ROUNDS):
        east, north = _bd09_shift(near_lon, near_lat)
        near_lon, near_lat = lon - east * china, lat - north * china
    return near_lon, near_lat


def _bd09_shift(lon: Any, lat: Any) -> tuple[Any, Any]:
    """The shift of BD-09 against GCJ-02 in degrees east and north, wherever the position lies."""
    f = _functions(lon)
    radius = f.sqrt(lon * lon + lat * lat) + 0.00002 * f.sin(lat * BD09_WAVE)
    angle = f.atan2(lat, lon) + 0.000003 * f.cos(lon * BD09_WAVE)
    return radius * f.cos(angle) + BD09_LON - lon, radius * f.sin(angle) + BD09_LAT - lat


class System(NamedTuple):
    """A coordinate system: how many shifts lie between it and the true position, and how well it is known."""

    shifts: int
    error_m: float


# CGCS2000 equals WGS-84 within about a metre. Reconstructions of GCJ-02 agree with published points within 0.5 m.
# Two published formulas of BD-09 differ by up to 40 m. All three figures: spec 14.1 and 16.1.
SYSTEMS: Final = {
    "wgs84": System(0, 0.0),
    "cgcs2000": System(0, 1.0),
    "gcj02": System(1, 0.5),
    "bd09": System(2, 40.0),
}
OUTWARD: Final[tuple[Callable[[Any, Any], tuple[Any, Any]], ...]] = (wgs84_to_gcj02, gcj02_to_bd09)
INWARD: Final[tuple[Callable[[Any, Any], tuple[Any, Any]], ...]] = (gcj02_to_wgs84, bd09_to_gcj02)


def _system(name: str) -> System:
    if name not in SYSTEMS:
        raise UnknownSystem(f"未知坐标系 {name!r}，可用:{'、'.join(SYSTEMS)}")
    return SYSTEMS[name]


def convert(lon: Degrees, lat: Degrees, source: str, target: str) -> tuple[Degrees, Degrees]:
    """The same place in another system: degrees in `source` → degrees in `target` (wgs84, cgcs2000, gcj02, bd09).

    Floats or numpy arrays of one shape. Raises UnknownSystem. How far to trust the result: `error_m` (spec 14.1).
    """
    here, there = _system(source).shifts, _system(target).shifts
    for step in INWARD[there:here][::-1] + OUTWARD[here:there]:
        lon, lat = step(lon, lat)
    return lon, lat


def error_m(source: str, target: str) -> float:
    """The stated error of `convert` in metres: 0 from a system to itself, else the worst of the two (spec 14.1)."""
    if source == target:
        return 0.0
    return max(_system(source).error_m, _system(target).error_m)
