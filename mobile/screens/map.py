"""The map (地图): my grid and its neighbours, events by state, whistles, overdue, density; nothing need lie below.

Job: what the phone knows, on the cached edition; my position with its accuracy; tap a grid or an event.
Never: need a network, or a picture below.
"""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.metrics import Metrics, dp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout

from gis import crs as systems
from mobile.core.shapes import Fix, MapView
from mobile.core.shapes import Row as Item
from mobile.page import Page
from mobile.screens import map_marks, map_parts, senses
from mobile.screens.opening import open_item
from mobile.widgets.boxes import Column
from mobile.widgets.buttons import Chip, IconButton
from mobile.widgets.flow import Flow
from mobile.widgets.map.clusters import Heap
from mobile.widgets.map.land import Land, Shape, land_of, ready
from mobile.widgets.map.surface import Surface
from mobile.widgets.rows import RowList
from mobile.widgets.text import Words
from mobile.widgets.theme import THEME

MODES = (
    ("events", "事件", "map-marker"),
    ("late", "超时", "clock-alert-outline"),
    ("density", "密度", "layers-outline"),
)
NEAR_ZOOM, APART_ZOOM = 16.0, 17.5
LIST_SHARE = 0.52


class MapPage(Page):
    """The map."""

    title = "地图"
    tab = "map"
    topics = frozenset({"map", "grids", "cards", "outbox"})

    def build(self) -> None:
        """Draw the map and what stands on it."""
        self.mode, self.is_legend, self.begun = "events", False, False
        self.fix: Fix | None = None
        self.shape: Shape | None = None
        self.only: str | None = None
        self.drawn: Any = None
        self.open_events: list[Item] = []
        is_large = Metrics.fontscale > map_parts.LARGE_FROM
        self.chips = {
            name: Chip(words, lambda name=name: self._turn(name), "" if is_large else icon)
            for name, words, icon in MODES
        }
        top = map_parts.Veil(Flow(*self.chips.values(), gap=dp(8)), pad=(10, 8, 10, 8))
        top.paint_ground(THEME.colours.sheet, radius=0)
        self.surface = Surface(self._tapped, self._picked, pos_hint={"x": 0, "y": 0})
        self.end_tiles: Any = None
        if self.field.tiles.source:
            self.surface.lay(self.field.tiles)
            again = Clock.create_trigger(lambda _: self.surface.changed(), 0.1)
            self.end_tiles = self.field.listen(lambda topics: again() if "tiles" in topics else None)
        self.drawer = map_parts.Drawer()
        self.keys = self._buttons()
        self.legend_key = IconButton("information-outline", "图例", self._turn_legend, ground="sheet")
        self.legend_key.repaint(THEME.colours.sheet, THEME.colours.line)
        self.board = FloatLayout()
        for one in (self.surface, self.drawer):
            self.board.add_widget(one)
        self.list_head = Column(gap=6, pad=(0, 2, 0, 4))
        self.rows = RowList(self.list_head)
        self.low = BoxLayout(size_hint_y=None, height=0)
        self.state_line = map_parts.StateLine(self._turn_list)
        for one in (top, self.board, self.state_line, self.low):
            self.add_widget(one)
        self.fbind("height", lambda *_: self._lay())
        self.drawer.fbind("height", lambda *_: self._lay_keys())
        self.board.fbind("size", lambda *_: self._lay_keys())
        self.watching = senses.watch_position(self.app, self._positioned)
        self.refresh()

    def leave(self) -> None:
        """Stop the position, and hearing of tiles."""
        senses.unwatch(self.app, self.watching)
        if self.end_tiles:
            self.end_tiles()

    def on_back(self) -> bool:
        """Close what is open over the map first."""
        if self.shape or self.is_legend:
            self._close()
            return True
        if self.low.height:
            self._turn_list()
            return True
        return False

    def _buttons(self) -> map_parts.Keys:
        keys = [
            IconButton("plus", "放大", lambda: self._zoom(2.0), ground="sheet"),
            IconButton("minus", "缩小", lambda: self._zoom(0.5), ground="sheet"),
            IconButton("home-group", "我的网格", self._to_mine, ground="sheet"),
            IconButton("crosshairs-gps", "我的位置", self._to_me, ground="sheet"),
        ]
        return map_parts.Keys(keys)

    def _lay_keys(self) -> None:
        """Put the buttons above the drawer; where there is no room for them they are not shown."""
        low = self.drawer.height if self.drawer.content is not None else 0
        room = self.board.height - low
        for keys, fits in (
            (self.keys, self.keys.fit(room)),
            (self.legend_key, room >= self.legend_key.height + dp(20)),
        ):
            if fits != bool(keys.parent):
                (self.board.add_widget if fits else self.board.remove_widget)(keys)
        self.keys.pos = self.board.right - self.keys.width - dp(10), self.board.y + low + dp(12)
        self.legend_key.pos = self.board.x + dp(10), self.board.top - self.legend_key.height - dp(10)

    def _lay(self) -> None:
        if self.low.height:
            self.low.height = self.height * LIST_SHARE

    # --- what is shown ----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what the phone knows now."""
        view = self.field.map()
        drawn = (view.edition, len(view.outlines), view.mine, view.events, view.calls, view.density)
        self.view: MapView = view
        if drawn == self.drawn:
            self._say()
            return
        self.drawn = drawn
        land = ready(self.view.edition, self.view.outlines)
        if land or not self.view.outlines:
            self._land(land or Land(()))
        else:
            self.state_line.say("正在画网格…")
            self.aside(lambda: land_of(self.view.edition, self.view.outlines), self._land)

    def _land(self, land: Land) -> None:
        self.land = land
        names = {one["code"]: one["zh"] for one in self.field.catalogue.units if one.get("kind") == "township"}
        fills = map_marks.fills(self.view, density=self.mode == "density")
        self.surface.draw_land(land, fills, frozenset(self.view.mine), names)
        self.open_events = [row for row in self.view.events if row.state_type != "final"]
        self._show()
        if not self.begun and self.view.outlines:
            self.begun = True
            Clock.schedule_once(lambda _: self._to_mine(), 0)

    @property
    def shown(self) -> list[Item]:
        """Return the rows that stand on the map now."""
        rows = [*self.open_events, *self.view.calls]
        return [row for row in rows if row.overdue] if self.mode == "late" else rows

    def _show(self) -> None:
        for name, chip in self.chips.items():
            chip.choose(name == self.mode)
        shown = self.shown if self.mode != "density" else []
        self.surface.mark(map_marks.marks(shown, self.land.frame), map_marks.BADGES)
        self._say()
        self._show_list()
        self._show_drawer()

    def _say(self) -> None:
        words = map_parts.told_when(self.view, self.field.clock.now())
        nothing = "" if self.view.outlines else "网格图还没有下载，联网后自动取来。"
        credit = f" · {self.field.tiles.credit}" if self.field.tiles.credit else ""
        self.state_line.say(nothing or f"{map_parts.how_many(self.shown)} · {words}{credit}")

    def _show_list(self) -> None:
        rows = [row for row in self.shown if self.only is None or row.grid_code == self.only]
        where = self.field.grids.name(self.only) if self.only else "全部"
        self.list_head.refill(Words(f"{where}：{map_parts.how_many(rows)}", "body", bold=True))
        self.rows.show(sorted(rows, key=lambda row: row.due_at or "9999"), self.field.clock.now(), self._open)

    def _show_drawer(self) -> None:
        content: Any = None
        if self.is_legend:
            density = self.mode == "density"
            rows = [*self.open_events, *self.view.calls]
            content = map_parts.legend(self.view, rows, density=density, close=self._close)
        elif self.shape:
            rows = [*self.open_events, *self.view.calls]
            content = map_parts.GridSheet(self.shape, self.view, rows, self._see, self._close)
        self.drawer.hold(content, self.board.height)
        self._lay_keys()

    # --- pressing ---------------------------------------------------------------------------------------------------

    def _turn(self, mode: str) -> None:
        self.mode = mode
        self._land(self.land)

    def _turn_list(self) -> None:
        is_open = not self.low.height
        self.only = None if not is_open else self.only
        self.low.clear_widgets()
        self.low.height = self.height * LIST_SHARE if is_open else 0
        if is_open:
            self.low.add_widget(self.rows)
        self.state_line.turn(is_open)
        self._show_list()

    def _see(self) -> None:
        self.only = self.shape.code if self.shape else None
        self._close()
        if self.low.height:
            self._show_list()
        else:
            self._turn_list()

    def _turn_legend(self) -> None:
        self.is_legend, self.shape = not self.is_legend, None
        self.surface.choose(None)
        self._show_drawer()

    def _close(self) -> None:
        self.is_legend, self.shape = False, None
        self.surface.choose(None)
        self._show_drawer()

    def _tapped(self, lon: float, lat: float) -> None:
        self.shape = self.land.at(lon, lat)
        self.is_legend = False
        self.surface.choose(self.shape)
        self._show_drawer()

    def _picked(self, heap: Heap) -> None:
        if len(heap.marks) == 1:
            self._open(heap.first.thing)
            return
        view = self.surface.view
        if view.zoom < APART_ZOOM:
            view.look(heap.x, heap.y, min(view.zoom + 1.5, APART_ZOOM))
            self.surface.changed()
        else:
            self.only = heap.first.thing.grid_code
            self._see_heap()

    def _see_heap(self) -> None:
        if not self.low.height:
            self._turn_list()
        self._show_list()

    def _open(self, item: Item) -> None:
        open_item(self.app, item.kind, item.id)

    def _zoom(self, factor: float) -> None:
        self.surface.view.zoom_at(factor, self.surface.width / 2, self.surface.height / 2)
        self.surface.changed()

    # --- places -----------------------------------------------------------------------------------------------------

    def _positioned(self, fix: Fix) -> None:
        self.fix = fix
        lon, lat = systems.convert(fix.lon, fix.lat, fix.crs, "cgcs2000")
        self.surface.stand(float(lon), float(lat), fix.accuracy_m)

    def _to_me(self) -> None:
        if self.fix is None:
            self.app.tell("还没有定位，请到室外等一下", "amber", "crosshairs-gps")
            return
        lon, lat = systems.convert(self.fix.lon, self.fix.lat, self.fix.crs, "cgcs2000")
        self.surface.look(float(lon), float(lat), max(self.surface.view.zoom, NEAR_ZOOM))
        place = self.field.place(self.fix)
        self.app.tell(place.zh, "blue", "crosshairs-gps")

    def _to_mine(self) -> None:
        codes = list(self.view.mine) or self._township()
        if not self.surface.fit(codes):
            self.surface.fit_all()

    def _township(self) -> list[str]:
        township = self.field.me.township if self.field.me else None
        return [one.code for one in self.view.outlines if township and one.township_code == township]
