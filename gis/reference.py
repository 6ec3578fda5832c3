"""Spatial reference of a file (坐标系的认定): which system its coordinates are in, and the way from there to EPSG:4490.

Job: weigh what the file says against what the caller declares, and convert. Never guesses: where neither speaks, or
they contradict each other, the file is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.exceptions import CRSError

from gis import crs
from gis.findings import Finding, GridFileError, finding
from gis.metric import Floats, Plane, Polygons

Bounds = tuple[float, float, float, float]
_Convert = Callable[[Floats, Floats], tuple[Floats, Floats]]
SHIFTED = ("gcj02", "bd09")  # systems of Chinese map providers, which no file format can name (spec 14.1)
CGCS2000 = "EPSG:4490"
_SAME_PLACE_M = 1.0  # WGS-84 and CGCS2000 agree within about a metre (spec 14.1)
_HALF_GLOBE_M = 2e7
_SLACK_DEGREES = 1.5  # plane zones are used a little beyond their own area


@dataclass(frozen=True)
class Reference:
    """The system a file is in: `name` (EPSG:n, gcj02, bd09), what is to be said about it, and the way to EPSG:4490."""

    name: str
    findings: tuple[Finding, ...]
    _convert: _Convert

    def to_cgcs2000(self, polygons: Polygons) -> Polygons:
        """The polygons (n,) in EPSG:4490 degrees. Errors: GridFileError where a coordinate has no place on earth."""
        moved = shapely.transform(polygons, self._convert, interleaved=False)
        if not np.isfinite(shapely.get_coordinates(moved)).all():
            raise GridFileError([finding("off_the_earth", detail=self.name)])
        return np.asarray(moved)


def resolve(own: str | None, declared: str | None, bounds: Bounds, *, override: bool = False) -> Reference:
    """The reference of a file that says `own` (None: nothing) and whose sender says `declared` (None: nothing).

    `bounds` are its west, south, east, north in its own coordinates; `override` lets the declaration win a
    contradiction. Errors: GridFileError with no_crs, unknown_crs, contradicting_crs or not_degrees.
    """
    claim = None if own is None else _known(own)
    if claim is not None and claim.is_geographic and not within_degrees(bounds):
        if declared is None:
            raise GridFileError([finding("not_degrees", detail=_name(claim))])
        claim = None
    if declared is None:
        if claim is None:
            raise GridFileError([finding("no_crs")])
        return _projected(claim, bounds)
    if not override and claim is not None:
        _refuse_contradiction(claim, declared, bounds)
    return _shifted(declared.lower(), bounds) if declared.lower() in SHIFTED else _projected(_known(declared), bounds)


def within_degrees(bounds: Bounds) -> bool:
    """Can these bounds be longitudes and latitudes at all?"""
    west, south, east, north = bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def _known(name: str) -> CRS:
    try:
        return CRS.from_user_input(name)
    except CRSError:
        raise GridFileError([finding("unknown_crs", detail=name)]) from None


def _name(system: CRS) -> str:
    authority = system.to_authority()
    return ":".join(authority) if authority else system.name


def _refuse_contradiction(claim: CRS, declared: str, bounds: Bounds) -> None:
    """Systems contradict each other when they put the corners of the file more than a metre apart.

    A shifted system is no contradiction to degrees of any kind: software that writes such files has no other name.
    """
    apart = 0.0 if claim.is_geographic else _HALF_GLOBE_M
    if declared.lower() not in SHIFTED:
        apart = _apart_m(claim, _known(declared), bounds)
    if apart > _SAME_PLACE_M:
        raise GridFileError([finding("contradicting_crs", detail=declared, known=_name(claim), measure=apart)])


def _apart_m(one: CRS, other: CRS, bounds: Bounds) -> float:
    """Metres between the corners of `bounds` read in one system and in the other; half the globe where one has none."""
    west, south, east, north = bounds
    x, y = np.array([west, east, east, west]), np.array([south, south, north, north])
    here, there = (_way(system, bounds).transform(x, y) for system in (one, other))
    plane = Plane.at(float(np.nan_to_num(here[0][0], posinf=0.0)))
    (x1, y1), (x2, y2) = plane.points(*here), plane.points(*there)
    return float(np.nan_to_num(np.hypot(x1 - x2, y1 - y2), nan=_HALF_GLOBE_M).max())


def _way(system: CRS, bounds: Bounds) -> Transformer:
    """The best transformation to degrees for this place: by way of WGS-84 unless the datum is CGCS2000 itself."""
    datum = system.geodetic_crs
    target = CGCS2000 if datum is not None and datum.to_epsg() == int(CGCS2000[5:]) else "EPSG:4326"
    rough = np.array(Transformer.from_crs(system, target, always_xy=True).transform_bounds(*bounds))
    area = AreaOfInterest(*rough) if np.isfinite(rough).all() and within_degrees(tuple(rough)) else None
    return Transformer.from_crs(system, target, always_xy=True, area_of_interest=area)  # type: ignore[arg-type]


def _projected(system: CRS, bounds: Bounds) -> Reference:
    name = _name(system)
    if system.is_geographic and not within_degrees(bounds):
        raise GridFileError([finding("not_degrees", detail=name)])
    way = _way(system, bounds)
    notes = [*_datum_notes(name, way.accuracy), *_area_notes(name, system, way.transform_bounds(*bounds))]

    def convert(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        lon, lat = way.transform(x, y)
        return np.asarray(lon), np.asarray(lat)

    return Reference(name, tuple(notes), convert)


def _datum_notes(name: str, accuracy: float) -> list[Finding]:
    if accuracy < 0:
        return [finding("unknown_datum", detail=name)]
    return [finding("rough_datum", detail=name, measure=accuracy)] if accuracy > _SAME_PLACE_M else []


def _area_notes(name: str, system: CRS, degrees: Bounds) -> list[Finding]:
    use = system.area_of_use
    if use is None or not np.isfinite(degrees).all():
        return []
    near = shapely.box(*use.bounds).buffer(_SLACK_DEGREES)
    return [] if near.covers(shapely.box(*degrees)) or use.west > use.east else [finding("off_area", detail=name)]


def _shifted(name: str, bounds: Bounds) -> Reference:
    if not within_degrees(bounds):
        raise GridFileError([finding("not_degrees", detail=name)])

    def convert(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        return crs.convert(lon, lat, name, "cgcs2000")

    error = crs.error_m(name, "cgcs2000")
    notes = (finding("rough_datum", detail=name, measure=error),) if error > _SAME_PLACE_M else ()
    return Reference(name, notes, convert)
