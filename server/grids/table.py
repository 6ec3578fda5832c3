"""Locate the rows of a CSV file (表格落格): three columns are added, nothing else is touched.

Job: ``grid_code`` (empty outside every grid), ``n_hits`` (how many grids cover the point) and ``distance_m`` (metres to
the border of its grid; outside to the nearest border). Rows without a usable position stay, with these left empty.
Never: assign the nearest grid to a point outside, or guess a coordinate system.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from gis import crs as systems
from gis.locator import GridLocator
from gis.metric import Floats, distance_to_border_m
from server.db import db
from server.grids.editions import Span
from server.grids.models import Grid

ADDED = ("grid_code", "n_hits", "distance_m")
ENCODINGS = ("utf-8-sig", "gb18030")
"""Tried in turn; text in GB 18030 is practically never valid UTF-8."""
CGCS2000 = "EPSG:4490"


class Unreadable(ValueError):
    """The table cannot be located: wrong encoding, missing column, unknown system."""


@dataclass(frozen=True, slots=True)
class Told:
    """How many rows were located where."""

    rows: int
    inside: int
    outside: int
    placeless: int


def locate(source: Path, out: Path, *, columns: tuple[str, str], crs: str, edition: Span) -> Told:
    """Write ``source`` with the three columns to ``out``; ``columns`` hold x and y in ``crs``. Raises Unreadable."""
    header, rows = _read(source, columns)
    x, y = (_numbers(rows, column) for column in columns)
    lon, lat = to_degrees(x, y, crs)
    added = answers(lon, lat, edition)
    with out.open("w", encoding="utf-8", newline="") as file:
        names = [*header, *(name for name in ADDED if name not in header)]
        writer = csv.DictWriter(file, names, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(row | each for row, each in zip(rows, added, strict=True))
    placeless = int(np.count_nonzero(np.isnan(lon)))
    inside = sum(each["n_hits"] > 0 for each in added)
    return Told(len(rows), inside, len(rows) - inside - placeless, placeless)


def _read(source: Path, columns: Sequence[str]) -> tuple[list[str], list[dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(_text(source), newline=""))
    header = list(reader.fieldnames or ())
    missing = [column for column in columns if column not in header]
    if missing:
        raise Unreadable(f"没有列 {'、'.join(missing)}；文件中有：{'、'.join(header)}")
    return header, list(reader)


def _text(source: Path) -> str:
    content = source.read_bytes()
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(f"{source.name} 既不是 UTF-8 也不是 GB 18030 编码")


def _numbers(rows: Sequence[Mapping[str, Any]], column: str) -> Floats:
    """Return a column as numbers, NaN where it holds none."""
    return np.array([_number(row[column]) for row in rows], dtype=np.float64)


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def to_degrees(x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats]:
    """Return longitude and latitude (EPSG:4490) of positions in ``crs``; NaN where there is none. Raises Unreadable."""
    if crs.lower() in systems.SYSTEMS:
        lon, lat = systems.convert(x, y, crs.lower(), "cgcs2000")
    else:
        lon, lat = _way(crs).transform(x, y)
    usable = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    return np.where(usable, lon, np.nan), np.where(usable, lat, np.nan)


def _way(crs: str) -> Transformer:
    try:
        return Transformer.from_crs(CRS.from_user_input(crs), CGCS2000, always_xy=True)
    except CRSError:
        raise Unreadable(f"不认识的坐标系：{crs}") from None


def answers(lon: Floats, lat: Floats, edition: Span) -> list[dict[str, Any]]:
    """Return the three columns of each point (n,) in ``edition``."""
    query = sa.select(Grid.code, sa.func.ST_AsBinary(Grid.geom)).where(Grid.edition_id == edition.id)
    codes, shapes = zip(*db.session.execute(query.order_by(Grid.code.collate("C"))), strict=True)
    polygons = shapely.from_wkb([bytes(shape) for shape in shapes])
    locator = GridLocator(polygons, codes)
    owner, hits = np.full(len(lon), -1), np.zeros(len(lon), dtype=int)
    pairs = locator.hits(lon, lat)
    np.add.at(hits, pairs.point, 1)
    owner[pairs.point[::-1]] = pairs.polygon[::-1]  # of several, the smallest code is written last
    away = distance_to_border_m(polygons, lon, lat, owner)
    return [
        {
            "grid_code": codes[place] if place >= 0 else "",
            "n_hits": int(count),
            "distance_m": "" if math.isnan(metres) else f"{metres:.2f}",
        }
        for place, count, metres in zip(owner, hits, away, strict=True)
    ]
