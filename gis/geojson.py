"""GeoJSON (RFC 7946): features in and out, and how many decimals a coordinate carries.

Standard library only. Never converts a coordinate, and never reads one that is not longitude and latitude in degrees.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

FILE_DECIMALS: Final = 7
"""Decimals of a degree in files, about 1 cm (spec 14.1, rule 5)."""

LIST_DECIMALS: Final = 6
"""Decimals of a degree in lists, about 0.1 m (spec 14.1, rule 5)."""

# RFC 7946 knows no `crs` member; older files carry one, and these names still mean longitude and latitude.
LON_LAT: Final = re.compile(r"(^|:)(CRS84|EPSG:([\d.]*:)?(4326|4490))$", re.IGNORECASE)


class NotGeoJson(ValueError):
    """The text is not a GeoJSON feature collection or feature."""


class NotLonLat(ValueError):
    """The coordinates are not longitude and latitude in degrees."""


class Feature(NamedTuple):
    """One feature: its geometry as GeoJSON writes it (None: no place), its properties, its id if it has one."""

    geometry: Mapping[str, Any] | None
    properties: Mapping[str, Any]
    id: str | int | None = None


def read(source: str | bytes | Mapping[str, Any]) -> list[Feature]:
    """The features of a GeoJSON text or of an already parsed object, in its order.

    Raises NotGeoJson, or NotLonLat when another `crs` is declared or a position lies outside ±180°, ±90°.
    """
    document = json.loads(source) if isinstance(source, (str, bytes)) else source
    if not isinstance(document, Mapping) or document.get("type") not in ("FeatureCollection", "Feature"):
        raise NotGeoJson("不是 GeoJSON 要素集（FeatureCollection）或要素（Feature）")
    _refuse_another_system(document.get("crs"))
    members = document.get("features", []) if document["type"] == "FeatureCollection" else [document]
    return [_feature(member, number) for number, member in enumerate(members, start=1)]


def _refuse_another_system(crs: Any) -> None:
    if crs is not None and not LON_LAT.search(_crs_name(crs)):
        raise NotLonLat(f"坐标系声明为 {_crs_name(crs)!r}，不是经纬度")


def _crs_name(crs: Any) -> str:
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    return str(properties.get("name", "")) if isinstance(properties, Mapping) else ""


def _feature(member: Any, number: int) -> Feature:
    """`member` as a Feature; `number` is its place in the file, counted from 1, for the message."""
    if not isinstance(member, Mapping) or member.get("type") != "Feature":
        raise NotGeoJson(f"第 {number} 个成员不是要素（Feature）")
    geometry = member.get("geometry")
    for lon, lat, *_ in _positions(geometry, number):
        if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
            raise NotLonLat(f"第 {number} 个要素的坐标 ({lon}, {lat}) 不是经纬度")
    return Feature(geometry, member.get("properties") or {}, member.get("id"))


def _positions(geometry: Mapping[str, Any] | None, number: int) -> Iterator[Sequence[float]]:
    """Every position of the geometry of feature `number`."""
    if geometry is None:
        return
    for part in geometry.get("geometries", ()):
        yield from _positions(part, number)
    stack = [geometry.get("coordinates", [])]
    while stack:
        coordinates = stack.pop()
        if not isinstance(coordinates, (list, tuple)):
            raise NotGeoJson(f"第 {number} 个要素的坐标不是数组")
        if len(coordinates) >= 2 and all(isinstance(value, (int, float)) for value in coordinates):
            yield coordinates
        else:
            stack.extend(coordinates)


def rounded(geometry: Mapping[str, Any], decimals: int) -> dict[str, Any]:
    """The geometry with every coordinate rounded; equal positions stay equal, so shared borders stay shared."""
    return {name: _rounded_member(name, value, decimals) for name, value in geometry.items()}


def _rounded_member(name: str, value: Any, decimals: int) -> Any:
    if name == "geometries":
        return [rounded(part, decimals) for part in value]
    return _rounded_coordinates(value, decimals) if name == "coordinates" else value


def _rounded_coordinates(coordinates: Any, decimals: int) -> Any:
    if isinstance(coordinates, (int, float)):
        return round(float(coordinates), decimals) + 0.0  # no minus zero
    return [_rounded_coordinates(part, decimals) for part in coordinates]


def collection(features: Iterable[Feature], decimals: int = LIST_DECIMALS) -> dict[str, Any]:
    """The features as a GeoJSON FeatureCollection, ready for `json.dumps`; an id appears only where there is one."""
    return {"type": "FeatureCollection", "features": [_member(feature, decimals) for feature in features]}


def _member(feature: Feature, decimals: int) -> dict[str, Any]:
    member: dict[str, Any] = {"type": "Feature"} if feature.id is None else {"type": "Feature", "id": feature.id}
    member["geometry"] = None if feature.geometry is None else rounded(feature.geometry, decimals)
    member["properties"] = dict(feature.properties)
    return member


def write(features: Iterable[Feature], decimals: int = FILE_DECIMALS) -> str:
    """The features as the text of a GeoJSON file: Chinese as it is, no blanks, decimals of a file."""
    return json.dumps(collection(features, decimals), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
