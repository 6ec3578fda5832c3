"""Checks of a grid edition (网格数据检查): codes, rings, overlaps, gaps, slivers, villages, control points.

Job: hold grids against spec 14.2 and say of each defect which grids, how much, where. Never repairs, never stores,
never decides: the caller refuses the whole file when a finding is an error (`gis.findings.refuse_errors`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely

from gis import topology
from gis.controls import Control, check_controls
from gis.findings import Finding, Progress, Severity, finding, silent
from gis.metric import Floats, Plane, Polygons

FIFTEEN_DIGITS = r"\d{15}"  # village code and three digits (spec 3.1)
ANY_CODE = r".+"
_VILLAGE_DIGITS = 12


@dataclass(frozen=True)
class Limits:
    """What is named and what is refused. Areas in m², lengths in m, shares of the smaller or surrounding grids.

    An overlap or gap above `overlap_m2`, `gap_m2` is named; it is an error when it is also above its share.
    """

    code_rule: str = ANY_CODE
    overlap_m2: float = 10.0
    overlap_share: float = 0.0
    gap_m2: float = 10.0
    gap_share: float = 0.0
    coverage: float = 0.999
    sliver_m: float = 1.0
    snap_m: float = 0.1


# Base grids of the district are a partition of their villages (spec 14.2): 10 m², 99.9 %, snapping 0.1 m.
BASE = Limits(code_rule=FIFTEEN_DIGITS, gap_share=0.001)
# Base layers of other places were often never cleaned: small faults are named, faults worth 0.5 % of a grid refused.
FOREIGN = Limits(overlap_share=0.005, gap_share=0.005)
# Special layers override the base layer where they lie (spec 14.2); they may overlap and leave gaps.
SPECIAL = Limits(overlap_m2=math.inf, gap_m2=math.inf)


def limits_for(layer: str, codes: Sequence[str]) -> Limits:
    """The limits for a layer, "base" or "special": a base layer with a fifteen-digit code promises a partition."""
    if layer == "special":
        return SPECIAL
    return BASE if any(re.fullmatch(FIFTEEN_DIGITS, code) for code in codes) else FOREIGN


@dataclass(frozen=True)
class _Sheet:
    """The grids that can be measured: names for people, shapes in degrees and in metres, their areas in m²."""

    names: tuple[str, ...]
    polygons: Polygons
    shapes: Polygons
    areas: Floats
    plane: Plane
    limits: Limits

    def at(self, east: float, north: float) -> tuple[float, float]:
        lon, lat = self.plane.degrees(east, north)
        return round(float(lon), 7), round(float(lat), 7)

    def severity(self, size: float, places: Sequence[int], share: float) -> Severity:
        return "error" if size > share * self.areas[list(places)].min(initial=math.inf) else "warning"


@dataclass(frozen=True)
class Known:
    """What is known of the ground: `villages`, twelve-digit code → polygon in EPSG:4490, and control points."""

    villages: Mapping[str, shapely.Geometry] | None = None
    controls: Sequence[Control] = ()


def check(
    codes: Sequence[str],
    polygons: Polygons,
    limits: Limits = BASE,
    *,
    known: Known = Known(),
    progress: Progress = silent,
) -> list[Finding]:
    """Everything wrong with grids `codes`, `polygons` (n,) in EPSG:4490, errors first.

    Known villages add the check that each grid lies in its village and that they cover it; control points the check
    for a displaced file. Measures are taken on the 3° Gauss–Krüger plane, of invalid rings on a mended copy.
    """
    names = tuple(code or f"#{place + 1}" for place, code in enumerate(codes))
    sheet, found = _measurable(names, polygons, limits)
    found = [*_codes(codes, names, limits), *found]
    if len(sheet.shapes):
        found += _overlaps(sheet, progress)
        for number, part in enumerate((_gaps, _slivers, _borders)):
            progress("检查空隙、碎片与边界", number, 3)
            found += part(sheet)
        progress("检查空隙、碎片与边界", 3, 3)
        found += _villages(sheet, known.villages, progress) if known.villages is not None else []
    found += check_controls(sheet.names, sheet.polygons, known.controls)
    return sorted(found, key=lambda each: each.severity != "error")


def _codes(codes: Sequence[str], names: Sequence[str], limits: Limits) -> list[Finding]:
    rule = re.compile(limits.code_rule)
    bad = [name for code, name in zip(codes, names, strict=True) if not rule.fullmatch(code)]
    often = [(code, times) for code, times in Counter(codes).items() if times > 1 and code]
    return [
        *(finding("malformed_code", name, detail=limits.code_rule) for name in bad),
        *(finding("duplicate_code", code, measure=times) for code, times in often),
    ]


def _measurable(names: tuple[str, ...], polygons: Polygons, limits: Limits) -> tuple[_Sheet, list[Finding]]:
    """The grids with a surface, mended where invalid, and a finding for each that has none or is invalid."""
    found, kept, usable = [], [], polygons.copy()
    for place, (name, shape) in enumerate(zip(names, polygons, strict=True)):
        if shape is None or shape.is_empty:
            found.append(finding("empty", name))
        elif shape.geom_type not in ("Polygon", "MultiPolygon"):
            found.append(finding("not_polygon", name, detail=shape.geom_type))
        else:
            kept.append(place)
            if not shape.is_valid:
                found.append(finding("invalid", name, detail=shapely.is_valid_reason(shape)))
                usable[place] = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    kept = [place for place in kept if not usable[place].is_empty]
    plane, shown = Plane.of(usable[kept]), usable[kept]
    shapes = plane.shapes(shown)
    sheet = _Sheet(tuple(names[place] for place in kept), shown, shapes, shapely.area(shapes), plane, limits)
    return sheet, found


def _overlaps(sheet: _Sheet, progress: Progress) -> list[Finding]:
    def step(done: int, total: int) -> None:
        progress("检查重叠", done, total)

    return [
        _together("overlap", sheet, each, sheet.limits.overlap_share)
        for each in topology.overlaps(sheet.shapes, sheet.limits.overlap_m2, step)
    ]


def _gaps(sheet: _Sheet) -> list[Finding]:
    return [
        _together("gap", sheet, each, sheet.limits.gap_share)
        for each in topology.gaps(sheet.shapes, sheet.limits.gap_m2)
    ]


def _together(kind: str, sheet: _Sheet, each: topology.Measured, share: float) -> Finding:
    """A finding about several grids; an error when its size is above `share` of the smallest of them."""
    severity = sheet.severity(each.size, each.places, share)
    names = sorted(sheet.names[place] for place in each.places)
    return finding(kind, *names, measure=each.size, severity=severity, at=sheet.at(each.east, each.north))


def _slivers(sheet: _Sheet) -> list[Finding]:
    return [
        finding(
            "sliver",
            sheet.names[each.place],
            measure=each.width_m,
            severity="error" if each.alone else "warning",
            at=sheet.at(each.east, each.north),
            detail=f"{each.area_m2:.1f}",
        )
        for each in topology.slivers(sheet.shapes, sheet.limits.sliver_m)
    ]


def _borders(sheet: _Sheet) -> list[Finding]:
    return [
        finding(
            "ragged_border",
            *sorted(sheet.names[place] for place in each.places),
            measure=each.size,
            at=sheet.at(each.east, each.north),
        )
        for each in topology.ragged_borders(sheet.shapes, sheet.limits.snap_m)
    ]


def _villages(sheet: _Sheet, villages: Mapping[str, shapely.Geometry], progress: Progress) -> list[Finding]:
    """Each grid lies in the village of its code; its grids cover a village to 99.9 % (spec 10 S1, 14.2)."""
    home = [name[:_VILLAGE_DIGITS] for name in sheet.names]
    found = [finding("no_village", name) for name, code in zip(sheet.names, home, strict=True) if code not in villages]
    for number, (code, area) in enumerate(villages.items()):
        progress("检查村（社区）覆盖", number, len(villages))
        own = [place for place, village in enumerate(home) if village == code]
        found += _village(sheet, code, sheet.plane.shapes([area])[0], own)
    progress("检查村（社区）覆盖", len(villages), len(villages))
    return found


def _village(sheet: _Sheet, code: str, area: shapely.Geometry, own: list[int]) -> list[Finding]:
    outside = shapely.area(shapely.difference(sheet.shapes[own], area))
    found = [
        finding("outside_village", sheet.names[place], measure=float(size), detail=code)
        for place, size in zip(own, outside, strict=True)
        if size > sheet.limits.overlap_m2
    ]
    covered = topology.covered_m2(sheet.shapes[own], area) / area.area
    if covered < sheet.limits.coverage:
        found.append(finding("coverage", code, measure=100 * covered))
    return found
