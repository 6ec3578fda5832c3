"""Findings (检查结果): what is wrong with a grid file, each named with its grids, its size and one sentence for people.

Job: the vocabulary shared by everything that reads and checks grid files. Never measures anything itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Progress = Callable[[str, int, int], None]
"""Called with the stage in Chinese, the steps done and the steps in all, so that a command line can draw a bar."""


def silent(stage: str, done: int, total: int) -> None:
    """A progress callback that shows nothing."""


@dataclass(frozen=True)
class Kind:
    """One kind of finding: how grave it is by itself, the unit of its measure, its sentence in Chinese and English."""

    severity: Severity
    unit: str
    zh: str
    en: str


KINDS = {
    # The file as a whole
    "unreadable": Kind("error", "", "文件无法读取：{detail}", "the file cannot be read: {detail}"),
    "unknown_format": Kind(
        "error", "", "不支持的格式 {detail}；可用：{known}", "unsupported format {detail}; known are {known}"
    ),
    "several_layers": Kind(
        "error", "", "文件有多个图层（{known}），请指定其中一个", "the file has several layers ({known}): name one"
    ),
    "no_layer": Kind(
        "error", "", "没有图层 {detail}；文件中的图层：{known}", "no layer {detail}; the file has {known}"
    ),
    "no_code_field": Kind(
        "error", "", "没有字段 {detail}；文件中的字段：{known}", "no field {detail}; the file has {known}"
    ),
    "no_grids": Kind("error", "", "文件中没有任何图形", "the file holds no feature"),
    "undecodable": Kind(
        "error",
        "",
        "属性文字的编码无法识别，请用 encoding 指明（如 GBK）",
        "the encoding of the attributes is unknown: name it with encoding (for instance GBK)",
    ),
    "no_crs": Kind(
        "error",
        "",
        "文件没有说明坐标系，系统不作猜测：请用 --crs 指明（如 EPSG:4490、EPSG:4547、gcj02、bd09）",
        "the file names no coordinate system and none is guessed: give --crs (such as EPSG:4490, EPSG:4547, gcj02)",
    ),
    "unknown_crs": Kind("error", "", "不认识的坐标系 {detail}", "unknown coordinate system {detail}"),
    "contradicting_crs": Kind(
        "error",
        "m",
        "声明的坐标系 {detail} 与文件自带的 {known} 不符；确需以声明为准请用 override_crs",
        "the declared {detail} contradicts the file's own {known}; override_crs insists on it",
    ),
    "not_degrees": Kind(
        "error",
        "",
        "坐标超出经纬度范围，不可能是 {detail}：请用 --crs 指明真正的坐标系",
        "the coordinates are no longitudes and latitudes, so not {detail}: give the real system with --crs",
    ),
    "off_the_earth": Kind(
        "error",
        "",
        "坐标不能由 {detail} 换算成经纬度（横坐标带带号的属 EPSG:4513–4533）",
        "{detail} has no place for these coordinates (eastings with a zone number belong to EPSG:4513–4533)",
    ),
    "off_area": Kind(
        "warning", "", "位置不在坐标系 {detail} 的适用范围内", "the places lie outside the area of use of {detail}"
    ),
    "assumed_wgs84": Kind(
        "warning",
        "",
        "GeoJSON 未说明坐标系，按标准（RFC 7946）作 WGS-84；若出自国内地图服务请声明 gcj02",
        "GeoJSON without a system is WGS-84 by RFC 7946; declare gcj02 if it comes from a Chinese map service",
    ),
    "rough_datum": Kind(
        "warning",
        "m",
        "由 {detail} 换算的标称误差为 {measure:g} 米",
        "turning {detail} into CGCS2000 has a stated error of {measure:g} m",
    ),
    "unknown_datum": Kind(
        "warning",
        "",
        "由 {detail} 到 CGCS2000 没有公布的换算参数，误差未知，请用控制点核对",
        "no published transformation from {detail} to CGCS2000: error unknown, check with a control point",
    ),
    # Codes
    "malformed_code": Kind(
        "error", "", "编码 {codes} 不合规则（{detail}）", "code {codes} does not follow the rule ({detail})"
    ),
    "duplicate_code": Kind(
        "error", "", "编码 {codes} 出现 {measure:.0f} 次", "code {codes} occurs {measure:.0f} times"
    ),
    # One grid
    "empty": Kind("error", "", "网格 {codes} 没有图形", "grid {codes} has no shape"),
    "not_polygon": Kind("error", "", "网格 {codes} 不是面，而是 {detail}", "grid {codes} is no polygon but {detail}"),
    "invalid": Kind(
        "error",
        "",
        "网格 {codes} 的边界无效（{detail}）；可用 --repair 修复",
        "the ring of grid {codes} is invalid ({detail}); --repair mends it",
    ),
    "repaired": Kind(
        "warning",
        "m²",
        "网格 {codes} 的边界已修复，面积由 {before} 变为 {after} 平方米",
        "the ring of grid {codes} was repaired: its area was {before} and is {after} m²",
    ),
    "sliver": Kind(
        "warning",
        "m",
        "网格 {codes} 有一块狭长碎片，平均宽 {measure:.2f} 米，面积 {detail} 平方米",
        "grid {codes} has a sliver {measure:.2f} m wide on average, {detail} m² in area",
    ),
    # Grids together
    "overlap": Kind(
        "error", "m²", "网格 {codes} 相互重叠 {measure:.1f} 平方米", "grids {codes} overlap by {measure:.1f} m²"
    ),
    "gap": Kind(
        "error", "m²", "网格 {codes} 之间有空隙 {measure:.1f} 平方米", "a gap of {measure:.1f} m² between grids {codes}"
    ),
    "ragged_border": Kind(
        "warning",
        "m",
        "网格 {codes} 的公共边界不一致，最多相差 {measure:.2f} 米",
        "the shared border of grids {codes} is not identical, up to {measure:.2f} m apart",
    ),
    # Villages
    "no_village": Kind(
        "error", "", "网格 {codes} 的编码不属于任何村（社区）", "the code of grid {codes} belongs to no village"
    ),
    "outside_village": Kind(
        "error",
        "m²",
        "网格 {codes} 有 {measure:.1f} 平方米在本村（社区）{detail} 之外",
        "{measure:.1f} m² of grid {codes} lie outside its village {detail}",
    ),
    "coverage": Kind(
        "error",
        "%",
        "村（社区）{codes} 只有 {measure:.2f}% 被网格覆盖",
        "only {measure:.2f}% of village {codes} is covered by grids",
    ),
    # Control points
    "no_control_grid": Kind(
        "error", "", "控制点所指的网格 {codes} 不在文件中", "the control grid {codes} is not in the file"
    ),
    "displaced": Kind(
        "error",
        "m",
        "控制点不在网格 {codes} 内，相距 {measure:.0f} 米。{why}",
        "the control point is not in grid {codes} but {measure:.0f} m away. {why_en}",
    ),
    "weak_control": Kind(
        "warning",
        "m",
        "控制点不能说明问题：网格 {codes} 无论是否偏移了 {measure:.0f} 米（GCJ-02）都含有它，请另选靠近边界的点",
        "the control point tells nothing: grid {codes} holds it whether or not the file is shifted by {measure:.0f} m"
        " (GCJ-02); choose one near the border",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One thing found: its kind, the codes concerned, its measure in `unit`, a place (lon, lat) and two sentences."""

    kind: str
    severity: Severity
    codes: tuple[str, ...]
    measure: float
    unit: str
    zh: str
    en: str
    at: tuple[float, float] | None = None


def finding(
    kind: str,
    *codes: str,
    measure: float = 0.0,
    severity: Severity | None = None,
    at: tuple[float, float] | None = None,
    **words: str,
) -> Finding:
    """A finding of `kind`, its sentences filled in with `words`; `severity` overrides the kind's own."""
    row = KINDS[kind]
    zh = row.zh.format(codes="、".join(codes), measure=measure, **words)
    en = row.en.format(codes=", ".join(codes), measure=measure, **words)
    return Finding(kind, severity or row.severity, codes, measure, row.unit, zh, en, at)


class GridFileError(ValueError):
    """The grid file (网格文件) is refused; `findings` holds everything found, warnings included."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("；".join(found.zh for found in self.findings if found.severity == "error"))


def refuse_errors(findings: Iterable[Finding]) -> None:
    """Raise GridFileError with all findings when any of them is an error; warnings alone pass."""
    found = tuple(findings)
    if any(each.severity == "error" for each in found):
        raise GridFileError(found)
