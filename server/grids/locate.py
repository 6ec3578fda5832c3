"""The grid of a point (落格, spec 14.2): the edition of the moment of capture, then the rule of assignment.

Job: answer one point or a whole queue of them alike: inside, edge (nearest within 50 m, a setting), outside, or
ambiguous with the candidates its accuracy circle touches; a special grid overrides the base grid for the categories on
its list.
Never: convert a coordinate system, write anything, or choose an edition by the moment of receipt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from gis import plain
from server import policy
from server.grids import editions
from server.grids.editions import Span
from server.grids.models import BASE, SPECIAL
from server.grids.sheets import Row, Sheet, sheet, warm

__all__ = ["CIRCLE_MAX_M", "Placement", "Wanted", "locate_many", "warm"]

CIRCLE_MAX_M = 1_000.0
"""A larger accuracy circle says nothing about the grid: candidates are looked for within this radius."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A point in degrees (EPSG:4490) to be located, in the edition of ``moment``; ``category`` is a leaf."""

    lon: float
    lat: float
    moment: datetime
    accuracy_m: float | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a point belongs. ``distance_m`` is 0 inside, the way to the grid at an edge, None outside.

    ``quality`` is inside, edge, outside or ambiguous; ``candidates`` the grids it may belong to, the most likely first;
    ``n_hits`` how many base grids cover it.
    """

    grid_id: int | None
    grid_code: str | None
    village_code: str | None
    township_code: str | None
    edition_id: int | None
    edition: str | None
    quality: str
    candidates: tuple[str, ...]
    distance_m: float | None
    n_hits: int


OUTSIDE = Placement(None, None, None, None, None, None, "outside", (), None, 0)
"""No edition was in force at that moment."""


def locate_many(wanted: Sequence[Wanted], *, edition: Span | None = None) -> list[Placement]:
    """Return the placement of each point, in order; all in ``edition`` when one is given, without special grids."""
    spans = [] if edition else editions.published()
    placed = [OUTSIDE] * len(wanted)
    for span, places in _by_edition(wanted, spans, BASE, edition):
        for place, found in zip(places, _in_base(sheet(span), [wanted[i] for i in places]), strict=True):
            placed[place] = found
    for span, places in _by_edition(wanted, spans, SPECIAL, None):
        listed = [i for i in places if wanted[i].category is not None]
        for place, row in _overriding(sheet(span), wanted, listed):
            placed[place] = _overridden(placed[place], row, span)
    return placed


def _by_edition(
    wanted: Sequence[Wanted], spans: Sequence[Span], layer: str, fixed: Span | None
) -> Iterable[tuple[Span, list[int]]]:
    """Group the places of the points by the edition of ``layer`` in force at their moment (or the ``fixed`` one)."""
    groups: dict[Span, list[int]] = defaultdict(list)
    for place, point in enumerate(wanted):
        span = fixed or editions.in_force(spans, layer, point.moment)
        if span is not None:
            groups[span].append(place)
    return groups.items()


def _in_base(on: Sheet, points: Sequence[Wanted]) -> list[Placement]:
    lon, lat = np.array([[point.lon, point.lat] for point in points]).T
    covering: Mapping[int, list[str]] = defaultdict(list)
    for point, polygon in zip(*on.locator.hits(lon, lat), strict=True):
        covering[int(point)].append(on.rows[polygon].code)
    edge_m = float(policy.current().settings.grids.edge_m)
    circles = [min(point.accuracy_m or 0.0, CIRCLE_MAX_M) for point in points]
    touched = _touched(on, lon, lat, [plain.reach_m(covering[i], circle, edge_m) for i, circle in enumerate(circles)])
    return [
        _placement(on, plain.placement(covering[i], touched[i], circle, edge_m), len(covering[i]))
        for i, circle in enumerate(circles)
    ]


def _touched(on: Sheet, lon: np.ndarray, lat: np.ndarray, reach: Sequence[float]) -> list[list[tuple[float, str]]]:
    """Return (distance, code) of the grids about each point, nearest first, at least up to its own reach."""
    touched: list[list[tuple[float, str]]] = [[] for _ in reach]
    looked = np.flatnonzero(np.array(reach) > 0.0)
    if looked.size:
        near = on.locator.near(lon[looked], lat[looked], max(reach))
        for point, polygon, away in zip(looked[near.point], near.polygon, near.distance_m, strict=True):
            touched[point].append((float(away), on.rows[polygon].code))
    return touched


def _placement(on: Sheet, found: plain.Placement, hits: int) -> Placement:
    row = on.by_code[found.code] if found.code is not None else None
    return Placement(
        grid_id=row.id if row else None,
        grid_code=found.code,
        village_code=row.village if row else None,
        township_code=row.township if row else None,
        edition_id=on.span.id,
        edition=on.span.name,
        quality=found.quality,
        candidates=found.candidates,
        distance_m=found.distance_m,
        n_hits=hits,
    )


def _overriding(on: Sheet, wanted: Sequence[Wanted], places: Sequence[int]) -> Iterable[tuple[int, Row]]:
    """Yield (place, grid) where a special grid covers the point and lists its category; the smallest code first."""
    if not places:
        return
    pairs = on.locator.hits([wanted[i].lon for i in places], [wanted[i].lat for i in places])
    done = set()
    for point, polygon in zip(*pairs, strict=True):
        place, row = places[point], on.rows[polygon]
        if place not in done and row.categories & _words(wanted[place].category):
            done.add(place)
            yield place, row


def _words(category: str | None) -> frozenset[str]:
    """Return the leaf and its group: a special grid may list either."""
    leaf = policy.current().categories.get(category or "")
    return frozenset({leaf.code, leaf.group} if leaf else ())


def _overridden(base: Placement, row: Row, span: Span) -> Placement:
    """Return the placement in the special grid; township and doubts are those of the base grid."""
    doubtful = base.quality == "ambiguous"
    return replace(
        base,
        grid_id=row.id,
        grid_code=row.code,
        village_code=row.village or base.village_code,
        township_code=row.township or base.township_code,
        edition_id=span.id,
        edition=span.name,
        quality="ambiguous" if doubtful else "inside",
        candidates=(row.code, *(base.candidates if doubtful else ())),
        distance_m=0.0,
    )
