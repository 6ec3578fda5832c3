"""Density (密度): events per grid or H3 cell, per square kilometre, classed, with hot spots where asked for.

Job: a bounded number of statements, whatever the number of events; arithmetic is ``gis.density``'s.
Never: count what the reader may not see; say 0 for a grid outside the reader's area.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from gis import density as arithmetic
from gis.hotspots import grid_neighbours, hot_spots
from server import access
from server.access import Actor
from server.db import db, now
from server.events.models import Event
from server.grids import editions, locate
from server.grids.editions import Span
from server.grids.models import BASE, Edition, Grid, Residents
from server.maps import counts as tallied
from server.maps import events, hexagons, memory
from server.maps.hexagons import TooMuchForOneMap

CELLS_MAX = 5_000


Counts = Counter[int | None]
"""Events per grid id; None counts those outside every grid."""


def density(ask: dict[str, Any], by: Actor, held: memory.State | None = None) -> dict[str, Any]:
    """Return counts and classes of ``ask`` (see DensityAsk) over what ``by`` may see. Raises TooMuchForOneMap."""
    if ask["overdue"]:  # the hour decides, not only what was done
        return _density(ask, by)
    name = memory.key("density", held or memory.state(), ask, by)
    return memory.recall(name, lambda: _density(ask, by))  # type: ignore[no-any-return]


def _density(ask: dict[str, Any], by: Actor) -> dict[str, Any]:
    items, outside = WAYS[ask["by"]](ask, by)
    rates = np.array([item.get(ask["of"]) for item in items], dtype=np.float64)
    breaks = arithmetic.class_breaks(rates, ask["classes"], ask["scheme"]) if items else np.array([])
    for item, grade in zip(items, arithmetic.classified(rates, breaks), strict=True):
        item["class"] = int(grade)
        item["per_km2"] = _rounded(item["per_km2"])
    head = {name: ask[name] for name in ("by", "edition", "scheme", "of")}
    span = {"from": ask["since"], "to": ask["until"]}
    total = sum(item["n"] for item in items) + outside
    return head | span | {"total": total, "outside": outside, "breaks": breaks.tolist(), "items": items}


def _rounded(value: float) -> float | None:
    """Return a rate as JSON can hold it; None, shown as "—", where there is no area."""
    return round(float(value), 4) if np.isfinite(value) else None


def _per_grid(ask: dict[str, Any], by: Actor) -> tuple[list[dict[str, Any]], int]:
    """Return one item per code, since a code keeps its place over the editions, and the number outside every grid."""
    spans, moment = editions.published(), min(ask["until"], now())
    counts = COUNTS[ask["edition"]](ask, by, spans)
    base = editions.in_force(spans, BASE, moment if ask["edition"] == "then" else now())
    found = _grids(ask, by, base, [grid for grid in counts if grid is not None])
    by_code: Counter[str] = Counter()
    for row in found:
        by_code[row.code] += counts[row.id]
    rows = list({row.code: row for row in found}.values())  # the grid of ``base`` comes last and stands for its code
    rates = arithmetic.per_km2([by_code[row.code] for row in rows], [row.area_km2 for row in rows])
    items = [_item(row, by_code[row.code], rate) for row, rate in zip(rows, rates, strict=True)]
    if ask["hotspots"]:
        _add_hot_spots(items, rows, base)
    return items, counts[None]


def _item(row: Any, count: int, rate: float) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "edition": row.edition,
        "township_code": row.township_code,
        "n": count,
        "area_km2": round(row.area_km2, 6),
        "per_km2": float(rate),
        "residents": row.residents,
        "per_1000": round(1000 * count / row.residents, 4) if row.residents else None,
    }


def _grids(ask: dict[str, Any], by: Actor, base: Span | None, counted: Sequence[int]) -> Sequence[Any]:
    """Return the grids of ``base`` in the reader's area, and every other grid in which something was counted."""
    near = sa.and_(Grid.edition_id == (base.id if base else None), access.within(by, "event.view", Grid))
    if ask["township"]:
        near = sa.and_(near, Grid.township_code == ask["township"])
    columns = [Grid.id, Grid.code, Grid.name, Grid.area_km2, Grid.township_code, Grid.edition_id, Residents.residents]
    columns.append(Edition.name.label("edition"))
    is_counted = Grid.id == sa.any_(sa.cast(list(counted), sa.ARRAY(sa.BigInteger)))
    query = sa.select(*columns).join(Edition).where(sa.or_(near, is_counted))
    query = query.join(Residents, Residents.code == Grid.code, isouter=True)
    last = Grid.edition_id == (base.id if base else None)
    return db.session.execute(query.order_by(last, Grid.edition_id, Grid.code.collate("C"))).all()


def _counted_then(ask: dict[str, Any], by: Actor, spans: Sequence[Span]) -> Counts:
    """Count per grid as the events were assigned."""
    found: Counts = Counter()
    for (grid, _), n in tallied.by_grid(ask, by).items():
        found[grid or None] += n
    return found


def _counted_now(ask: dict[str, Any], by: Actor, spans: Sequence[Span]) -> Counts:
    """Count per grid of today: events of today's editions keep their grid, the others are located anew."""
    moment = now()
    today = {span.id for span in spans if span.holds(moment)}
    kept = tallied.by_grid(ask, by)
    counts: Counts = Counter({grid or None: n for (grid, edition), n in kept.items() if edition in today})
    if not all(edition in today for _, edition in kept):
        old = sa.or_(Event.edition_id.is_(None), Event.edition_id.not_in(today))
        points = _points(sa.select(*LONLAT, Event.category).where(events.shown(ask, by), old))
        wanted = [locate.Wanted(lon, lat, moment, None, category) for lon, lat, category in points]
        counts.update(found.grid_id for found in locate.locate_many(wanted))
    return counts


COUNTS = {"then": _counted_then, "now": _counted_now}
LONLAT = (sa.func.ST_X(Event.point), sa.func.ST_Y(Event.point))


def _points(query: sa.Select[Any]) -> Sequence[Any]:
    rows = db.session.execute(query.limit(hexagons.POINTS_MAX + 1)).all()
    if len(rows) > hexagons.POINTS_MAX:
        raise TooMuchForOneMap(limit=hexagons.POINTS_MAX)
    return rows


def _per_cell(ask: dict[str, Any], by: Actor) -> tuple[list[dict[str, Any]], int]:
    found = hexagons.counted(ask, by)
    if len(found) > CELLS_MAX:
        raise TooMuchForOneMap(limit=CELLS_MAX)
    return hexagons.items(found), 0


WAYS = {"grid": _per_grid, "h3": _per_cell}


def _add_hot_spots(items: list[dict[str, Any]], rows: Sequence[Any], base: Span | None) -> None:
    """Add ``z`` and ``hot`` (Gi* of the rate, level −3 … 3) to the items that are grids of ``base``."""
    if base is None:
        return
    places = [i for i, row in enumerate(rows) if row.edition_id == base.id and row.area_km2 > 0]
    order = {rows[i].code: place for place, i in enumerate(places)}
    near = memory.recall(("neighbours", base.id), lambda: _neighbours(base))
    beside = tuple(tuple(sorted(order[code] for code in near[one] if code in order)) for one in order)
    found = hot_spots(np.array([items[i]["per_km2"] for i in places], dtype=np.float64), beside)
    for place, i in enumerate(places):
        items[i] |= {"z": round(float(found.z[place]), 4), "hot": int(found.level[place])}


def _neighbours(base: Span) -> dict[str, tuple[str, ...]]:
    """Return for each code of an edition the codes that touch it; an edition never changes."""
    query = sa.select(Grid.code, sa.func.ST_AsBinary(Grid.geom)).where(Grid.edition_id == base.id)
    codes, shapes = zip(*db.session.execute(query.order_by(Grid.code)).all(), strict=True)
    polygons = np.asarray(shapely.from_wkb([bytes(shape) for shape in shapes]), dtype=object)
    return {
        code: tuple(codes[i] for i in beside) for code, beside in zip(codes, grid_neighbours(polygons), strict=True)
    }
