"""A day of my track on the map (轨迹地图): a line from the first position to the last, over the grids.

Job: the line, its two ends with picture and word, the summary below.
Never: show anybody else's, or need a network.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from kivy.clock import Clock
from kivy.metrics import dp
from kivy.uix.floatlayout import FloatLayout

from mobile.core.shapes import MapView
from mobile.page import Page
from mobile.screens.map_parts import Keys
from mobile.screens.track import by_day, how_far, ways
from mobile.widgets.boxes import Column, Row
from mobile.widgets.buttons import IconButton
from mobile.widgets.map import colours
from mobile.widgets.map.clusters import Mark
from mobile.widgets.map.frame import around
from mobile.widgets.map.land import Land, land_of, ready
from mobile.widgets.map.sprites import Badge
from mobile.widgets.map.surface import Surface
from mobile.widgets.text import Icon, Words

ENDS: Final = MappingProxyType(
    {"start": Badge("circle", "green", "run-fast"), "end": Badge("square", "blue", "flag-checkered")}
)
ABOUT_M = 60.0
"""Metres shown around a track that hardly moves."""


class TrackMap(Page):
    """The day ``day``."""

    title = "轨迹地图"
    tab = "me"
    topics = frozenset({"track"})

    def build(self) -> None:
        """Draw the map with the line, and what it says."""
        self.view: MapView = self.field.map()
        self.surface = Surface(pos_hint={"x": 0, "y": 0})
        self.board = FloatLayout()
        self.keys = self._buttons()
        for one in (self.surface, self.keys):
            self.board.add_widget(one)
        self.is_moved = False
        self.board.fbind("size", lambda *_: self._lay_keys())
        self.surface.fbind("size", lambda *_: None if self.is_moved else self._whole())
        self.ways: list[list[tuple[float, float]]] = []
        self.told = Column(gap=4, pad=(14, 8, 14, 12))
        self.add_widget(self.board)
        self.add_widget(self.told)
        land = ready(self.view.edition, self.view.outlines)
        if land or not self.view.outlines:
            self._land(land or Land(()))
        else:
            self.aside(lambda: land_of(self.view.edition, self.view.outlines), self._land)

    def _buttons(self) -> Keys:
        keys = [
            IconButton("plus", "放大", lambda: self._zoom(2.0), ground="sheet"),
            IconButton("minus", "缩小", lambda: self._zoom(0.5), ground="sheet"),
            IconButton("home-group", "看全程", self._whole, ground="sheet"),
        ]
        return Keys(keys)

    def _lay_keys(self) -> None:
        self.keys.fit(self.board.height)
        self.keys.pos = self.board.right - self.keys.width - dp(10), self.board.y + dp(12)

    def _land(self, land: Land) -> None:
        mine = {code: colours.mine() for code in self.view.mine}
        self.surface.draw_land(land, mine, frozenset(self.view.mine))
        self.refresh()
        Clock.schedule_once(lambda _: self._whole(), 0)

    def refresh(self) -> None:
        """Draw the line as it is known now."""
        walked = by_day(self.field.track()).get(self.given["day"], ())
        self.ways = ways(walked)
        self.surface.trace(self.ways)
        self.surface.mark(self._ends() if walked else [], ENDS)
        if not walked:
            self.told.refill(Words("这一天没有轨迹。", "body", "ink2"))
            return
        start = Row(Icon("run-fast", 22, "green"), Words(f"{walked[0][0]:%H:%M} 开始", "body"), gap=8)
        end = Row(Icon("flag-checkered", 22, "blue"), Words(f"{walked[-1][0]:%H:%M} 最后定位", "body"), gap=8)
        broken = [Words("断开处：超过 10 分钟没有定位", "small", "ink2")] if len(self.ways) > 1 else []
        self.told.refill(start, end, Words(how_far(walked), "small", "ink2"), *broken)

    def _ends(self) -> list[Mark]:
        frame, points = self.surface.frame, (self.ways[0][0], self.ways[-1][-1])
        return [
            Mark(name, *frame.plane(*point), name, rank, name, None)
            for (name, rank), point in zip((("start", 0), ("end", 1)), points, strict=True)
        ]

    def _whole(self) -> None:
        """Show the whole line; without one, the own grids."""
        if not self.ways:
            if not self.surface.fit(list(self.view.mine)):
                self.surface.fit_all()
            return
        plane = self.surface.frame.plane
        points = [plane(*point) for way in self.ways for point in way]
        boxes = [(x - ABOUT_M, y - ABOUT_M, x + ABOUT_M, y + ABOUT_M) for x, y in points]
        self.surface.view.fit(around(boxes), closest=18.0)
        self.surface.changed()

    def _zoom(self, factor: float) -> None:
        self.is_moved = True
        self.surface.view.zoom_at(factor, self.surface.width / 2, self.surface.height / 2)
        self.surface.changed()
