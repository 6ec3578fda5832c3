"""My track (我的轨迹): where I was while on duty, the last thirty days; nobody else sees it.

Job: the days with their first and last moment and how far; what it is used for.
Never: record or send anything.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

from gis import plain
from mobile.page import Page
from mobile.widgets import moments
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll, Sheet
from mobile.widgets.text import Words

USE = "只在上岗时记录，保存 30 天；只有您自己能看到路线，单位只能看到网格有没有人巡查过。"


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
        days: dict[Any, list[Any]] = defaultdict(list)
        for fix in self.field.track():
            moment = moments.read(fix["at"])
            if moment:
                days[moment.date()].append((moment, fix))
        sheets = [self._day(sorted(fixes, key=lambda one: one[0])) for _, fixes in sorted(days.items(), reverse=True)]
        nothing = [] if sheets else [Words("还没有轨迹。上岗以后才会记录。", "body", "ink2")]
        self.column.refill(Note(USE, "blue", "shield-account-outline"), *sheets, *nothing)

    def _day(self, fixes: list[Any]) -> Sheet:
        first, last = fixes[0][0], fixes[-1][0]
        points = [(fix["lon"], fix["lat"]) for _, fix in fixes]
        metres = sum(plain.distance_m(a, b) for a, b in pairwise(points))
        far = f"约 {metres / 1000:.1f} 公里" if metres >= 1000 else f"约 {metres:.0f} 米"
        day = moments.day(first, self.field.clock.now())
        told = f"{first:%H:%M} 至 {last:%H:%M}，{len(fixes)} 个位置，{far}"
        return Sheet(Words(day, "head"), Words(told))
