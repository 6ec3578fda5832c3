"""Places in words (位置的话): in which grid, how good the fix is, what is odd about it; and what a map is drawn from.

Job: turn a fix or a moved pin into what the worker reads.
Never: block a report for its place; the server judges.
"""

from __future__ import annotations

from typing import Any

from gis import crs as systems
from mobile.core.catalogue import Catalogue
from mobile.core.grids import Grids
from mobile.core.pages import Pages
from mobile.core.shapes import Fix, MapView, Me, Place, Row

EDGE_M = 50.0
CIRCLE_MAX_M = 1_000.0
"""As the server: a larger circle says nothing about the grid."""
GRADES: tuple[tuple[float, str, str], ...] = (
    (20.0, "good", "定位准确"),
    (50.0, "fair", "定位较准"),
    (100.0, "fair", "定位一般，请尽量在室外空旷处"),
)
"""Accuracy up to so many metres → grade, words; beyond: poor."""
POOR = ("poor", "定位不准，请到室外等待，或在地图上移动图钉")
NONE = ("none", "还没有定位，请在地图上放图钉")


def place(grids: Grids, catalogue: Catalogue, fix: Fix | None, lon: float | None, lat: float | None, crs: str) -> Place:
    """Return where a moved pin, else the fix, lies, in words. A pin is exact; a fix has its circle."""
    is_pin = lon is not None and lat is not None
    if not is_pin and fix is None:
        return _unknown()
    if is_pin:
        x, y, system, accuracy = lon, lat, crs, None
    else:
        x, y, system, accuracy = fix.lon, fix.lat, fix.crs, fix.accuracy_m  # type: ignore[union-attr]
    precision, precision_zh = ("good", "位置由图钉指定") if is_pin else grade(accuracy)
    told = _located(grids, catalogue, float(x or 0.0), float(y or 0.0), system, accuracy)
    is_mock = bool(fix and fix.is_mock and not is_pin)
    return Place(
        lon=x, lat=y, crs=system, accuracy_m=accuracy, precision=precision, precision_zh=precision_zh, is_mock=is_mock,
        warnings=("检测到模拟定位，会随上报一并注明",) if is_mock else (), edition=grids.edition, **told,
    )  # fmt: skip


def grade(accuracy_m: float | None) -> tuple[str, str]:
    """Return how good a fix is, as a word for programs and words for people."""
    if accuracy_m is None:
        return POOR
    return next(((code, zh) for most, code, zh in GRADES if accuracy_m <= most), POOR)


def _unknown() -> Place:
    empty: dict[str, Any] = dict.fromkeys(("lon", "lat", "grid_code", "distance_m", "accuracy_m", "edition"))
    return Place(
        **empty, crs="wgs84", grid_zh="", quality="unknown", zh=NONE[1], candidates=(), precision=NONE[0],
        precision_zh=NONE[1], is_mock=False, warnings=(),
    )  # fmt: skip


def _located(
    grids: Grids, catalogue: Catalogue, lon: float, lat: float, system: str, accuracy_m: float | None
) -> dict[str, Any]:
    x, y = systems.convert(lon, lat, system, "cgcs2000")
    edge_m = float(catalogue.settings.get("edge_m", EDGE_M))
    found = grids.locate(x, y, min(accuracy_m or 0.0, CIRCLE_MAX_M), edge_m)
    if found is None:
        nothing = {"grid_code": None, "grid_zh": "", "candidates": (), "distance_m": None}
        return nothing | {"quality": "unknown", "zh": "网格图尚未下载，上报后由系统落格"}
    name = grids.name(found.code)
    candidates = tuple((code, grids.name(code)) for code in found.candidates)
    circle = f"，误差约 {accuracy_m:.0f} 米" if accuracy_m is not None else ""
    words = {
        "inside": f"在{name}内{circle}",
        "edge": f"在网格边缘外 {found.distance_m or 0:.0f} 米，归入 {name}",
        "ambiguous": f"靠近网格边界，可能在{'、'.join(zh for _, zh in candidates)}{circle}，请确认",
        "outside": f"不在任何网格内{circle}，由镇街确认位置",
    }
    return {
        "grid_code": found.code,
        "grid_zh": name,
        "quality": found.quality,
        "zh": words[found.quality],
        "candidates": candidates,
        "distance_m": found.distance_m,
    }


def map_view(grids: Grids, events: list[Row], calls: list[Row], pages: Pages, me: Me | None) -> MapView:
    """Return all the phone knows to draw a map without a network."""
    density = pages.body("density", {})
    return MapView(
        edition=grids.edition,
        outlines=grids.outlines(),
        mine=me.grids if me else (),
        events=tuple(events),
        calls=tuple(calls),
        density={one["code"]: one for one in density.get("items", ())},
        density_breaks=tuple(density.get("breaks", ())),
        told_at={"grids": grids.told_at, "density": pages.told_at("density"), "events": pages.told_at("points")},
    )
