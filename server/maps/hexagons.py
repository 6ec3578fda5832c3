"""Events by H3 cell (六边形): tallies where they answer, the places of events for the rest, in one statement.

Job: the reader's scope in it, exactly the events of the list; outlines and areas of cells are kept in mind.
Never: count an event in a cell that does not hold it: each resolution has tallies of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import h3
import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA

from gis import density as arithmetic
from gis.geojson import LIST_DECIMALS
from server.access import Actor
from server.db import db
from server.errors import Invalid
from server.events.models import Event
from server.maps import cells, counts, rules, upto
from server.maps.counts import Question
from server.maps.models import CHANGES, TallyCell

POINTS_MAX = 300_000
"""Events whose places are read for one map."""
KEPT_CELLS = 50_000
WARM = 9
"""The resolution of the map's first view by cell."""
_H, _C = TallyCell.__table__.c, CHANGES.c
NOTHING = sa.cast(b"", sa.LargeBinary)


class TooMuchForOneMap(Invalid):
    """Too many events or cells for one answer; choose a shorter period or a coarser resolution.
    数据过多，请缩短时间段或降低分辨率。
    """


class Shape(NamedTuple):
    """What never changes about a cell."""

    name: str
    area_km2: float
    outline: list[list[float]]


@lru_cache(maxsize=KEPT_CELLS)
def shape(cell: int) -> Shape:
    """Return the name, the area in km² and the outline of a cell."""
    name = h3.int_to_str(cell)
    ring = [[round(lon, LIST_DECIMALS), round(lat, LIST_DECIMALS)] for lon, lat in arithmetic.hexagon_ring(name)]
    return Shape(name, arithmetic.hexagon_area(name), ring)


def warm() -> None:
    """Bring to mind the shapes of the cells in which something was reported of late."""
    last = sa.select(sa.func.max(_H.month)).where(_H.resolution == WARM).scalar_subquery()
    for cell in db.session.scalars(sa.select(_H.cell).where(_H.resolution == WARM, _H.month == last)):
        shape(cell)


def counted(ask: dict[str, Any], by: Actor) -> Counter[int]:
    """Return H3 cell of the resolution asked for → events, none that is 0. Raises TooMuchForOneMap."""
    found: Counter[int] = Counter()
    for cell, n, places in db.session.execute(sa.union_all(*_parts(ask, by))).all():
        for one in [cell] if cell else _cells(bytes(places or b""), ask["resolution"]):
            found[one] += int(n)
    return Counter({cell: n for cell, n in sorted(found.items()) if n})


POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("lon", "<f8"), ("lat", "<f8")])
"""A point as ST_AsBinary writes it."""


def _cells(places: bytes, resolution: int) -> Sequence[int]:
    points = np.frombuffer(places, POINT)
    if len(points) > POINTS_MAX:
        raise TooMuchForOneMap(limit=POINTS_MAX)
    return arithmetic.cells_of(points["lon"].tolist(), points["lat"].tolist(), resolution)


def _parts(ask: dict[str, Any], by: Actor) -> Iterable[sa.Select[Any]]:
    """Yield the selects of (cell, number of each, places): cells with their numbers, or the places of single events."""
    asked = counts.question(ask, by)
    if not _is_tallied(asked):
        asked = replace(asked, plan=rules.Plan((), None, (), ((ask["since"], asked.end),)))
    yield from _tallied(asked)
    yield from _changed(asked)
    source, within = counts.ones(asked, by)
    point = Event.point if source is Event else sa.func.ST_MakePoint(source.lon, source.lat)
    for since, until in asked.plan.rest:
        yield _places(point, source.created_at >= since, source.created_at < until, *within)
    for condition in counts.besides(asked):
        yield _places(Event.point, condition)


def _is_tallied(asked: Question) -> bool:
    """Tell whether tallies by cell answer: everything, or what lies in townships, without any other filter."""
    is_of_townships = all(letter not in "vg" for _, letter in asked.way.held)
    is_plain = asked.plan.facets == (rules.EVERYTHING,) and asked.ask["resolution"] in cells.RESOLUTIONS
    return is_plain and is_of_townships


def _tallied(asked: Question) -> Iterable[sa.Select[Any]]:
    if asked.plan.covered:
        n = sa.func.sum(upto.amount(_H, asked.plan))
        query = sa.select(_H.cell, n, NOTHING).where(_H.resolution == asked.ask["resolution"])
        yield query.where(*upto.within(_H, asked.plan), *counts.places(asked, TallyCell)).group_by(_H.cell)


def _changed(asked: Question) -> Iterable[sa.Select[Any]]:
    """Yield the select over the changes that are not folded in yet."""
    if asked.plan.covered:
        first, behind = asked.plan.covered
        binary = sa.func.string_agg(_binary(sa.func.ST_MakePoint(_C.lon, _C.lat)), NOTHING)
        query = sa.select(sa.cast(0, sa.BigInteger), sa.cast(_C.sign, sa.BigInteger), binary).group_by(_C.sign)
        yield query.where(_C.unit_code == "", _C.day >= first, _C.day < behind, *counts.places(asked, counts.Change))


def _places(point: Any, *which: Any) -> sa.Select[Any]:
    """Return the places of events as one value, whatever their number: each counts once."""
    found = sa.select(point.label("point")).where(*which).limit(POINTS_MAX + 1).subquery()
    binary = sa.func.string_agg(_binary(found.c.point), NOTHING)
    return sa.select(sa.cast(0, sa.BigInteger), sa.cast(1, sa.BigInteger), binary)


def _binary(point: Any) -> Any:
    return sa.func.ST_AsBinary(point, "NDR", type_=BYTEA)


def items(found: Counter[int]) -> list[dict[str, Any]]:
    """Return one item per cell, with its number per km² and its outline."""
    shapes = [shape(cell) for cell in found]
    rates = arithmetic.per_km2(list(found.values()), [one.area_km2 for one in shapes]).tolist()
    rows = zip(shapes, found.values(), rates, strict=True)
    return [
        {"cell": one.name, "n": n, "area_km2": one.area_km2, "per_km2": rate, "outline": one.outline}
        for one, n, rate in rows
    ]
