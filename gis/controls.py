"""Control points (控制点): is the file where it claims to be? (spec 14.1: never trust a boundary file without one)

Job: hold known places against the polygons and say which mistake would explain a miss. Never moves anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gis import crs
from gis.findings import Finding, finding
from gis.metric import Floats, Plane, Polygons


@dataclass(frozen=True)
class Control:
    """A place known to lie in the grid `code`: longitude and latitude in degrees, WGS-84 or CGCS2000."""

    lon: float
    lat: float
    code: str

    @classmethod
    def parse(cls, text: str) -> Control:
        """From "LON,LAT,CODE". Errors: ValueError."""
        parts = [part.strip() for part in text.split(",")]
        if len(parts) != 3 or not parts[2]:
            raise ValueError(f"控制点应写作 经度,纬度,编码：{text!r}")
        lon, lat = float(parts[0]), float(parts[1])
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValueError(f"控制点的经纬度超出范围：{text!r}")
        return cls(lon, lat, parts[2])


@dataclass(frozen=True)
class Mistake:
    """A usual mistake with shifted systems: polygons that are in `actual` were read as `taken`."""

    actual: str
    taken: str
    zh: str
    en: str


MISTAKES = (
    Mistake(
        "gcj02",
        "wgs84",
        "偏移与 GCJ-02 相符（此处约 {shift:.0f} 米）：请用 --crs gcj02 重新导入",
        "This matches the GCJ-02 shift ({shift:.0f} m here): import again with --crs gcj02",
    ),
    Mistake(
        "bd09",
        "wgs84",
        "偏移与 BD-09 相符（此处约 {shift:.0f} 米）：请用 --crs bd09 重新导入",
        "This matches the BD-09 shift ({shift:.0f} m here): import again with --crs bd09",
    ),
    Mistake(
        "wgs84",
        "gcj02",
        "文件已经是 CGCS2000/WGS-84，被多纠偏了一次（此处约 {shift:.0f} 米）：请勿声明 gcj02",
        "The file was in WGS-84 already and was shifted once too often ({shift:.0f} m here): do not declare gcj02",
    ),
    Mistake(
        "wgs84",
        "bd09",
        "文件已经是 CGCS2000/WGS-84，被多纠偏了一次（此处约 {shift:.0f} 米）：请勿声明 bd09",
        "The file was in WGS-84 already and was shifted once too often ({shift:.0f} m here): do not declare bd09",
    ),
)
_ELSEWHERE = Mistake(
    "",
    "",
    "偏移与常见的加密坐标系不符，请核对坐标系与文件来源",
    "No usual shift explains it: check the coordinate system and the origin of the file",
)


def check_controls(codes: Sequence[str], polygons: Polygons, controls: Sequence[Control]) -> list[Finding]:
    """What the control points say of the polygons (n,) in EPSG:4490: displaced, undecided, or nothing."""
    return [found for control in controls for found in _check(codes, polygons, control)]


def _check(codes: Sequence[str], polygons: Polygons, control: Control) -> list[Finding]:
    places = [place for place, code in enumerate(codes) if code == control.code]
    if not places:
        return [finding("no_control_grid", control.code, at=(control.lon, control.lat))]
    grid, point = polygons[places[0]], shapely.Point(control.lon, control.lat)
    if shapely.covers(grid, point):
        return _undecided(grid, control)
    plane = Plane.at(control.lon)
    away = float(shapely.distance(*plane.shapes([grid, point])))
    mistake, shift = _explanation(grid, control)
    zh, en = mistake.zh.format(shift=shift), mistake.en.format(shift=shift)
    return [finding("displaced", control.code, measure=away, at=(control.lon, control.lat), why=zh, why_en=en)]


def _undecided(grid: shapely.Geometry, control: Control) -> list[Finding]:
    """A warning when the grid would hold the point just as well if the file were unconverted GCJ-02."""
    usual = MISTAKES[0]
    shift = _shift_m(control, usual.actual, usual.taken)
    if shift == 0 or not shapely.covers(_undone(grid, usual), shapely.Point(control.lon, control.lat)):
        return []
    return [finding("weak_control", control.code, measure=shift, at=(control.lon, control.lat))]


def _explanation(grid: shapely.Geometry, control: Control) -> tuple[Mistake, float]:
    """The first mistake whose undoing puts the control point into its grid, and its shift in metres."""
    for mistake in MISTAKES:
        if shapely.covers(_undone(grid, mistake), shapely.Point(control.lon, control.lat)):
            return mistake, _shift_m(control, mistake.actual, mistake.taken)
    return _ELSEWHERE, 0.0


def _undone(grid: shapely.Geometry, mistake: Mistake) -> shapely.Geometry:
    def undo(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        return crs.convert(lon, lat, mistake.actual, mistake.taken)

    return shapely.transform(grid, undo, interleaved=False)


def _shift_m(control: Control, actual: str, taken: str) -> float:
    lon, lat = crs.convert(control.lon, control.lat, actual, taken)
    east, north = Plane.at(control.lon).points([control.lon, lon], [control.lat, lat])
    return float(np.hypot(east[1] - east[0], north[1] - north[0]))
