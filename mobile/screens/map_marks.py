"""What events and whistles look like on the map (地图符号): shape, picture and word for each group; classes of density.

Job: rows → marks; density → fills; the words of the legend.
Never: tell anything by colour alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mobile.core.shapes import MapView, Row
from mobile.widgets.map import colours
from mobile.widgets.map.clusters import Mark
from mobile.widgets.map.frame import Frame
from mobile.widgets.map.ground import Fill
from mobile.widgets.map.sprites import Badge


@dataclass(frozen=True, slots=True)
class Style:
    """A group of states: its badge, its word, how much it matters."""

    code: str
    zh: str
    badge: Badge
    rank: int
    states: frozenset[str] = frozenset()
    unit: str = "件"


CALLS: Final = frozenset({"whistle", "check_in"})
"""Kinds of item that stand on the map as a call, whatever their state."""
CALL_STYLES: Final = (
    Style("call_late", "哨：已超时", Badge("octagon", "red", "bell-ring"), 7, unit="个"),
    Style("call", "没销的哨", Badge("pentagon", "blue", "bullhorn"), 6, unit="个"),
)
STYLES: Final = (
    *CALL_STYLES,
    Style("late", "已超时", Badge("triangle", "red", "clock-alert-outline"), 5),
    Style(
        "check", "等核查", Badge("square", "green", "clipboard-check-outline"), 3, frozenset({"handled", "self_done"})
    ),
    Style(
        "new", "等受理派遣", Badge("circle", "blue", "bell-outline"), 2, frozenset({"reported", "filed", "dispatched"})
    ),
    Style("work", "处置中", Badge("diamond", "amber", "hammer-wrench"), 1, frozenset({"accepted", "handling"})),
    Style("rest", "挂起或其他", Badge("hexagon", "grey", "pause-circle-outline"), 0),
)
BADGES: Final = {one.code: one.badge for one in STYLES}
LATE, REST = STYLES[len(CALL_STYLES)], STYLES[-1]


def style(row: Row) -> Style:
    """Return the group a row belongs to."""
    if row.kind in CALLS:
        return CALL_STYLES[0] if row.overdue else CALL_STYLES[1]
    return LATE if row.overdue else next((one for one in STYLES if row.state in one.states), REST)


def marks(rows: Iterable[Row], frame: Frame) -> list[Mark]:
    """Return a mark per row with a place."""
    return [
        Mark(row.id, *frame.plane(row.lon, row.lat), found.code, found.rank, row.title, row)
        for row in rows
        if row.lon is not None and row.lat is not None
        for found in (style(row),)
    ]


def counts(rows: Iterable[Row]) -> dict[str, int]:
    """Return how many rows are of each group."""
    found = dict.fromkeys(BADGES, 0)
    for row in rows:
        found[style(row).code] += 1
    return found


def kind_of(one: Mapping[str, Any], breaks: Sequence[float]) -> int | None:
    """Return the class of a grid's density, 0 to 4; None when it has none. ``breaks`` are upper ends."""
    value = one.get("per_km2")
    if value is None or not breaks:
        return None
    place = min(bisect_left(list(breaks), value), len(breaks) - 1)
    return round(place * 4 / max(len(breaks) - 1, 1))


def fills(view: MapView, *, density: bool) -> dict[str, Fill]:
    """Return how the grids are filled: by density, or only one's own."""
    if not density:
        return {code: colours.mine() for code in view.mine}
    kinds = {code: kind_of(one, view.density_breaks) for code, one in view.density.items()}
    return {code: colours.density(kind) for code, kind in kinds.items() if kind is not None}


def ranges(breaks: Sequence[float]) -> list[tuple[int, str]]:
    """Return (class, words) of the density legend, the densest first."""
    ends = list(breaks)
    lows = [0.0, *ends[:-1]]
    told = [
        (round(n * 4 / max(len(ends) - 1, 1)), f"{_n(low)} 至 {_n(high)}")
        for n, (low, high) in enumerate(zip(lows, ends, strict=True))
    ]
    return told[::-1]


def _n(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
