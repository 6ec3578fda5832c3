"""Outlines of grids as the map and the phone take them: GeoJSON, six decimals, made once per edition (网格轮廓).

Job: find a grid of the edition in force; write a whole edition as bytes that can be cached for ever.
Never: show a person, or put anything into the cached bytes that may change.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import quote

import orjson
import sqlalchemy as sa

from gis.geojson import LIST_DECIMALS
from server.db import db, now
from server.grids.editions import Span
from server.grids.models import BASE, LAYERS, PUBLISHED, Edition, Grid, in_force
from server.grids.refusals import TooManyOutlines, UnknownGrid

OUTLINES_MAX = 5_000
"""Grids in one answer; a district has some hundreds."""
KEPT = 24
"""Answers kept in memory: the whole edition and each of its townships, for two or three editions."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """A FeatureCollection as bytes, plain and compressed, with the tag that names exactly this content."""

    tag: str
    plain: bytes
    gzipped: bytes


_kept: OrderedDict[str, Outlines] = OrderedDict()
_lock = Lock()


def tag(edition: Span, township: str | None) -> str:
    """Return the name of the content: an edition never changes, so its number and digest say it all."""
    return f"{edition.id}-{edition.digest[:16]}-{quote(township or 'all', safe='')}"


def outlines(edition: Span, township: str | None = None) -> Outlines:
    """Return the grids of ``edition`` (of one township) as GeoJSON bytes; raises TooManyOutlines."""
    name = tag(edition, township)
    with _lock:
        found = _kept.get(name)
        if found:
            _kept.move_to_end(name)
            return found
    text = collection(edition, township)
    made = Outlines(name, text, gzip.compress(text, 6, mtime=0))
    with _lock:
        _kept[name] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def collection(edition: Span, township: str | None = None, decimals: int = LIST_DECIMALS) -> bytes:
    """Return the FeatureCollection of an edition in EPSG:4490, features in the order of their codes."""
    query = (
        sa.select(*PROPERTIES, sa.func.ST_AsGeoJSON(Grid.geom, decimals))
        .where(Grid.edition_id == edition.id)
        .order_by(Grid.code.collate("C"))
        .limit(OUTLINES_MAX + 1)
    )
    rows = db.session.execute(query.where(Grid.township_code == township) if township else query).all()
    if len(rows) > OUTLINES_MAX:
        raise TooManyOutlines(limit=OUTLINES_MAX)
    body = {
        "type": "FeatureCollection",
        "edition": edition.name,
        "layer": edition.layer,
        "features": [feature(row[:-1], row[-1]) for row in rows],
    }
    return orjson.dumps(body)


PROPERTIES = (
    Grid.code,
    Grid.name,
    Grid.village_code,
    Grid.township_code,
    Grid.area_km2,
    Grid.categories,
    Grid.parents,
)


def feature(values: Any, geometry: str) -> dict[str, Any]:
    """Return a Feature of the values of PROPERTIES and a geometry that is GeoJSON text already."""
    names = [column.key for column in PROPERTIES]
    properties = dict(zip(names, values, strict=True))
    properties["area_km2"] = round(properties["area_km2"], 6)
    return {
        "type": "Feature",
        "id": properties["code"],
        "properties": properties,
        "geometry": orjson.Fragment(geometry),
    }


def grid_in_force(code: str, moment: datetime | None = None) -> Grid:
    """Return the grid of this code in the edition in force (now), base layer first; raises UnknownGrid."""
    query = sa.select(Grid).join(Edition, Edition.id == Grid.edition_id).where(Grid.code == code)
    query = query.where(in_force(moment or now())).order_by(Edition.layer != BASE).limit(1)
    found: Grid | None = db.session.scalar(query)
    if found is None:
        raise UnknownGrid
    return found


def detail(grid_id: int) -> dict[str, Any]:
    """Return a grid with its outline, its edition and its history: every published edition that knows its code."""
    row = db.session.execute(
        sa.select(*PROPERTIES, sa.func.ST_AsGeoJSON(Grid.geom, LIST_DECIMALS)).where(Grid.id == grid_id)
    ).one()
    return feature(row[:-1], row[-1]) | {"history": history(row.code)}


def history(code: str) -> list[dict[str, Any]]:
    """Return the published editions that hold ``code`` or made grids of it, oldest first."""
    query = (
        sa.select(Edition.name, Edition.layer, Edition.valid_from, Edition.valid_to, Grid.code, Grid.parents)
        .join(Grid, Grid.edition_id == Edition.id)
        .where(Edition.status == PUBLISHED, sa.or_(Grid.code == code, Grid.parents.contains([code])))
        .order_by(Edition.valid_from.nulls_first(), Grid.code.collate("C"))
        .limit(200)
    )
    names = ("edition", "layer", "valid_from", "valid_to", "code", "parents")
    return [dict(zip(names, row, strict=True)) for row in db.session.execute(query)]


def described(edition: Edition) -> dict[str, Any]:
    """Return an edition as a list shows it."""
    return {
        "name": edition.name,
        "layer": edition.layer,
        "layer_zh": LAYERS[edition.layer],
        "status": edition.status,
        "valid_from": edition.valid_from,
        "valid_to": edition.valid_to,
        "grids": edition.report.get("grids"),
        "source_crs": edition.source_crs,
        "synthetic": edition.synthetic,
        "imported_at": edition.imported_at,
    }
