"""My track (我的轨迹): where I was while on duty, the last thirty days; nobody else sees it.

Job: the days with their first and last moment and how far; each opens as a line on the map; what it is used for.
Never: record or send anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from gis import plain
from mobile.page import Page
from mobile.widgets import moments
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll, Sheet
from mobile.widgets.buttons import Push
from mobile.widgets.text import Words

USE = "只在上岗时记录，保存 30 天；只有您自己能看到路线，单位只能看到网格有没有人巡查过。"
BREAK = timedelta(minutes=10)
"""Between two positions further apart in time nobody knows the way: the line is broken."""
Walked = Sequence[tuple[datetime, Mapping[str, Any]]]
"""Moment and position, in order of time."""


class Track(Page):
    """The page of days."""

    title = "我的轨迹"
    tab = "me"
    topics = frozenset({"track"})

    def build(self) -> None:
        """Draw what is known."""
        self.column = Column(gap=12, pad=(12, 12, 12, 24))
        self.add_widget(Scroll(self.column))
        self.refresh()

    def refresh(self) -> None:
        """Draw the days, newest first."""
        days = by_day(self.field.track())
        sheets = [self._day(day, walked) for day, walked in sorted(days.items(), reverse=True)]
        nothing = [] if sheets else [Words("还没有轨迹。上岗以后才会记录。", "body", "ink2")]
        self.column.refill(Note(USE, "blue", "shield-account-outline"), *sheets, *nothing)

    def _day(self, day: date, walked: Walked) -> Sheet:
        head = moments.day(walked[0][0], self.field.clock.now())
        see = Push("在地图上看", lambda: self.app.go("track_map", day=day), "map-marker", "soft")
        return Sheet(Words(head, "head"), Words(summary(walked)), see)


def by_day(fixes: Sequence[Mapping[str, Any]]) -> dict[date, Walked]:
    """Return day → its positions in order of time."""
    days: dict[date, list[tuple[datetime, Mapping[str, Any]]]] = defaultdict(list)
    for fix in fixes:
        moment = moments.read(fix["at"])
        if moment:
            days[moment.date()].append((moment, fix))
    return {day: sorted(walked, key=lambda one: one[0]) for day, walked in days.items()}


def ways(walked: Walked) -> list[list[tuple[float, float]]]:
    """Return the lines that were walked, broken where there was no position for long."""
    made: list[list[tuple[float, float]]] = [[]]
    last: datetime | None = None
    for moment, fix in walked:
        if last is not None and moment - last > BREAK:
            made.append([])
        made[-1].append((fix["lon"], fix["lat"]))
        last = moment
    return [way for way in made if way]


def summary(walked: Walked) -> str:
    """Return from when to when, how many positions, how far along the lines."""
    return f"{walked[0][0]:%H:%M} 至 {walked[-1][0]:%H:%M}，{how_far(walked)}"


def how_far(walked: Walked) -> str:
    """Return how many positions, and how far along the lines."""
    metres = sum(plain.distance_m(a, b) for way in ways(walked) for a, b in pairwise(way))
    far = f"约 {metres / 1000:.1f} 公里" if metres >= 1000 else f"约 {metres:.0f} 米"
    return f"{len(walked)} 个位置，{far}"
