"""Grid files (网格文件): GeoPackage, Shapefile and GeoJSON in any coordinate system in, polygons in EPSG:4490 out.

Job: read what the sender declares and the file says, convert, and tell everything worth knowing on the way. Never
guesses a missing coordinate system, never repairs unasked, never judges the grids: see `gis.checks`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from gis.findings import Finding, GridFileError, Progress, finding, silent
from gis.metric import Polygons
from gis.reference import CGCS2000, Bounds, resolve, within_degrees
from gis.repair import repair_rings

DRIVERS = ("GPKG", "ESRI Shapefile", "GeoJSON")
SUFFIXES = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON", ".json": "GeoJSON"}
WGS84 = "EPSG:4326"
# Tried in turn on a Shapefile that names no encoding; Chinese text in GB18030 is no valid UTF-8, so the order is safe.
_ENCODINGS = ("UTF-8", "GB18030")
_UNNAMED = "ISO-8859-1"  # what GDAL falls back to: one letter per byte, nothing lost
# Decimals of a degree in text: GDAL rounds 114.5999993 to 114.6 when asked for the seven that files carry (spec 14.1).
_DECIMALS = 9


@dataclass(frozen=True)
class Declaration:
    """What the sender declares of a file: the code field by name, and where the file is silent or wrong, the rest.

    `crs` is EPSG:n, gcj02 or bd09; `override_crs` lets it win against the file's own; `encoding` of the attributes;
    `layer` where a GeoPackage has several.
    """

    code: str
    crs: str | None = None
    override_crs: bool = False
    encoding: str | None = None
    layer: str | None = None


@dataclass(frozen=True)
class GridSet:
    """Grids as read: `codes` and `polygons` (n,) in EPSG:4490, `properties` as in the file, and what was noticed.

    `findings` are warnings of the reading itself: how the system was found, its error, each repaired ring.
    """

    codes: tuple[str, ...]
    polygons: Polygons
    properties: tuple[Mapping[str, Any], ...]
    source_crs: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Table:
    """A layer as the driver gives it: shapes in the file's own coordinates."""

    shapes: Polygons
    fields: tuple[str, ...]
    columns: tuple[NDArray[Any], ...]
    driver: str
    crs: str | None

    def bounds(self) -> Bounds:
        west, south, east, north = map(float, shapely.total_bounds(self.shapes))
        return west, south, east, north


def read_grids(
    path: Path | str, declared: Declaration, *, repair: bool = False, progress: Progress = silent
) -> GridSet:
    """The grids of a file. Errors: GridFileError when the file cannot be read or its coordinate system is not certain.

    Malformed codes, invalid rings (unless `repair`), overlaps and the like are left for `gis.checks.check`.
    """
    path = Path(path)
    progress("读取文件", 0, 3)
    table = _read(path, declared)
    codes = _codes(table, declared.code)
    progress("换算坐标", 1, 3)
    own, notes = _own_crs(path, table)
    reference = resolve(own, declared.crs, table.bounds(), override=declared.override_crs)
    polygons = reference.to_cgcs2000(table.shapes)
    notes = [] if declared.crs else notes
    progress("检查边界", 2, 3)
    polygons, repairs = repair_rings(codes, polygons) if repair else (polygons, [])
    progress("读取完成", 3, 3)
    return GridSet(codes, polygons, _properties(table), reference.name, (*notes, *reference.findings, *repairs))


def write_grids(
    path: Path | str, codes: Sequence[str], polygons: Polygons, properties: Mapping[str, NDArray[Any]] | None = None
) -> None:
    """Write grids (EPSG:4490) to GeoPackage, Shapefile or GeoJSON by the file's suffix, an existing file is replaced.

    The codes go into the field "code"; `properties` are further columns (n,). Errors: GridFileError, unknown_format.
    """
    path = Path(path)
    driver = SUFFIXES.get(path.suffix.lower())
    if driver is None:
        raise GridFileError([finding("unknown_format", detail=path.suffix, known="、".join(SUFFIXES))])
    columns = {"code": np.array(codes, dtype=object), **(properties or {})}
    several = (shapely.get_type_id(polygons) == shapely.GeometryType.MULTIPOLYGON).any()
    options: dict[str, Any] = {"COORDINATE_PRECISION": _DECIMALS} if driver == "GeoJSON" else {}
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(polygons),
        field_data=list(columns.values()),
        fields=np.array(list(columns)),
        driver=driver,
        geometry_type="MultiPolygon" if several else "Polygon",
        promote_to_multi=bool(several),
        crs=CGCS2000,
        encoding="UTF-8",
        **options,
    )


def _read(path: Path, declared: Declaration) -> _Table:
    if not path.exists():
        raise GridFileError([finding("unreadable", detail=f"{path.name} 不存在")])
    try:
        layer = _layer(path, declared.layer)
        info = pyogrio.read_info(path, layer=layer)
        if info["driver"] not in DRIVERS:
            raise GridFileError([finding("unknown_format", detail=info["driver"], known="、".join(DRIVERS))])
        meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer, encoding=declared.encoding, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, LookupError) as error:
        raise GridFileError([finding("unreadable", detail=str(error))]) from error
    polygons = np.asarray(shapely.from_wkb(shapes, on_invalid="ignore"), dtype=np.object_)
    if not shapely.get_num_coordinates(polygons).any():
        raise GridFileError([finding("no_grids")])
    unnamed = info["encoding"] == _UNNAMED and not path.with_suffix(".cpg").exists()
    recode = _decoded if unnamed and declared.encoding is None else _unchanged
    fields, *texts = recode([meta["fields"], *columns])
    return _Table(polygons, tuple(map(str, fields)), tuple(texts), info["driver"], meta["crs"])


def _layer(path: Path, wanted: str | None) -> str:
    """The layer to read: the one named, or the only one with shapes."""
    names = [str(name) for name, shape in pyogrio.list_layers(path) if shape is not None]
    known = "、".join(names)
    if wanted is not None and wanted not in names:
        raise GridFileError([finding("no_layer", detail=wanted, known=known)])
    if wanted is None and len(names) > 1:
        raise GridFileError([finding("several_layers", known=known)])
    if not names:
        raise GridFileError([finding("no_grids")])
    return wanted or names[0]


def _unchanged(columns: list[NDArray[Any]]) -> list[NDArray[Any]]:
    return columns


def _decoded(columns: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """The columns of a Shapefile that names no encoding, read byte for letter, in the first encoding that fits them."""
    for encoding in _ENCODINGS:
        try:
            return [
                np.array([_letters(value, encoding) for value in column], dtype=object)
                if column.dtype == object
                else column
                for column in columns
            ]
        except UnicodeDecodeError:
            continue
    raise GridFileError([finding("undecodable")])


def _letters(value: Any, encoding: str) -> Any:
    return value.encode(_UNNAMED).decode(encoding) if isinstance(value, str) else value


def _own_crs(path: Path, table: _Table) -> tuple[str | None, list[Finding]]:
    """What the file itself says of its system, and a note when only the standard of its format says so.

    GDAL reports WGS-84 for any GeoJSON without a `crs` member, degrees or not; RFC 7946 means it for degrees only.
    """
    if table.driver != "GeoJSON":
        return table.crs, []
    try:
        top = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise GridFileError([finding("unreadable", detail=str(error))]) from error
    if "crs" in top:
        return (table.crs if top["crs"] is not None else None), []
    if not within_degrees(table.bounds()):
        return None, []
    return WGS84, [finding("assumed_wgs84")]


def _codes(table: _Table, field: str) -> tuple[str, ...]:
    if field not in table.fields:
        raise GridFileError([finding("no_code_field", detail=field, known="、".join(table.fields))])
    return tuple(_code(value) for value in table.columns[table.fields.index(field)])


def _code(value: Any) -> str:
    """The code as text: empty where it is missing, without ".0" where the field holds numbers."""
    plain = _plain(value)
    if isinstance(plain, float) and plain.is_integer():
        return f"{plain:.0f}"
    return "" if plain is None else str(plain).strip()


def _properties(table: _Table) -> tuple[Mapping[str, Any], ...]:
    columns = [[_plain(value) for value in column] for column in table.columns]
    return tuple(dict(zip(table.fields, row, strict=True)) for row in zip(*columns, strict=True))


def _plain(value: Any) -> Any:
    """The value as JSON can hold it: numbers and text stay, moments become text, nothing becomes None."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return value if isinstance(value, (str, int, float, bool)) else str(value)
