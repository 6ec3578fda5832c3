"""Choosing a place by hand (图钉): the map moves under a pin that stands still, so that no finger covers the place.

Job: a pin with its coordinate system kept: what comes out is in the system that went in, and unmoved it is unchanged.
Never: say in which grid it lies: the screen asks ``Field.place``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Ellipse, Line, Triangle
from kivy.metrics import dp
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from gis import crs as systems
from mobile.core.shapes import Fix, MapView
from mobile.widgets.boxes import Column
from mobile.widgets.buttons import IconButton
from mobile.widgets.map import colours
from mobile.widgets.map.land import NOWHERE, Land, land_of, ready
from mobile.widgets.map.surface import Surface
from mobile.widgets.theme import THEME, rgb

MAP_CRS = "cgcs2000"
PIN_ZOOM, MINI_ZOOM = 16.5, 15.5
Aside = Callable[[Callable[[], Any], Callable[[Any], Any]], Any]
"""``Page.aside``: work in a thread, done in Kivy's."""


class Pin(Widget):
    """A pin whose point stands in the middle of the widget."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.fbind("pos", self._paint)
        self.fbind("size", self._paint)
        self._paint()

    def _paint(self, *_: Any) -> None:
        x, y, r = self.x + self.width / 2, self.y + self.height / 2, dp(15)
        red = rgb("#FF8A80") if THEME.colours.is_dark else rgb("#B3261E")
        self.canvas.clear()
        with self.canvas:
            Color(0, 0, 0, 0.35)
            Ellipse(pos=(x - dp(7), y - dp(3)), size=(dp(14), dp(6)))
            for swell, colour in ((dp(2.5), THEME.colours.sheet), (0, red)):
                Color(rgba=colour)
                Triangle(points=(x, y - swell, x - r * 0.82 - swell, y + dp(26), x + r * 0.82 + swell, y + dp(26)))
                Ellipse(pos=(x - r - swell, y + dp(20) - swell), size=(2 * (r + swell), 2 * (r + swell)))
            Color(rgba=THEME.colours.sheet)
            Ellipse(pos=(x - dp(5.5), y + dp(29.5)), size=(dp(11), dp(11)))
            Color(rgba=red)
            Line(circle=(x, y, dp(2)), width=dp(1))


def show_land(surface: Surface, view: MapView, aside: Aside, then: Callable[[], Any] | None = None) -> None:
    """Draw the grids of ``view`` on ``surface``, made ready aside unless they are."""

    def draw(land: Land) -> None:
        fills = {code: colours.mine() for code in view.mine}
        surface.draw_land(land, fills, frozenset(view.mine))
        if then:
            then()

    known = ready(view.edition, view.outlines)
    if known or not view.outlines:
        draw(known or Land(()))
    else:
        aside(lambda: land_of(view.edition, view.outlines), draw)


class PinMap(FloatLayout):
    """A map with a pin in the middle. ``at`` is (lon, lat, crs) of the pin, ``fix`` where the bearer stands.

    ``place`` is the pin now as (lon, lat, crs), in the system of ``at``, else of the fix; ``tell(lon, lat, crs)`` is
    called when it came to rest at another place. Without either it begins in the bearer's grid, else in the district.
    """

    def __init__(
        self,
        view: MapView,
        aside: Aside,
        at: tuple[float, float, str] | None = None,
        fix: Fix | None = None,
        tell: Callable[[float, float, str], Any] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        self.map, self.fix, self.tell = view, fix, tell
        self.crs = at[2] if at else fix.crs if fix else MAP_CRS
        self._given = at or ((fix.lon, fix.lat, fix.crs) if fix else None)
        self._home = self._told = (0.0, 0.0)
        self.surface = Surface(tapped=self._tapped, moved=self._rested, pos_hint={"x": 0, "y": 0})
        self.add_widget(self.surface)
        self.add_widget(Pin(size_hint=(None, None), size=(dp(40), dp(80)), pos_hint={"center_x": 0.5, "center_y": 0.5}))
        self.add_widget(self._buttons())
        show_land(self.surface, view, aside, self._begin)

    def _buttons(self) -> Column:
        keys = [
            IconButton("plus", "放大", lambda: self._zoom(2.0), ground="sheet"),
            IconButton("minus", "缩小", lambda: self._zoom(0.5), ground="sheet"),
            IconButton("crosshairs-gps", "回到我的位置", self.to_me, ground="sheet"),
        ]
        return Column(*keys, gap=10, size_hint=(None, None), width=keys[0].width, pos_hint={"right": 0.97, "y": 0.04})

    def _begin(self) -> None:
        if self.fix:
            lon, lat = systems.convert(self.fix.lon, self.fix.lat, self.fix.crs, MAP_CRS)
            self.surface.stand(float(lon), float(lat), self.fix.accuracy_m)
        if self._given:
            lon, lat = systems.convert(*self._given, MAP_CRS)
            self.surface.look(float(lon), float(lat), PIN_ZOOM)
        elif not self.surface.fit(self.map.mine):
            self.surface.fit_all()
        self._home = self._told = self.surface.middle

    @property
    def moved(self) -> bool:
        """Tell whether the pin stands elsewhere than at the beginning."""
        return not _same(self.surface.middle, self._home)

    @property
    def place(self) -> tuple[float, float, str]:
        """Return the pin as (lon, lat, crs); what was given, to the last digit, while nobody moved it."""
        if self._given and not self.moved:
            return self._given
        lon, lat = systems.convert(*self.surface.middle, MAP_CRS, self.crs)
        return round(float(lon), 7), round(float(lat), 7), self.crs

    def put(self, lon: float, lat: float) -> None:
        """Put the pin at a place in degrees of EPSG:4490."""
        self.surface.look(lon, lat)
        self._rested()

    def to_me(self) -> None:
        """Put the pin where the bearer stands."""
        if self.fix:
            lon, lat = systems.convert(self.fix.lon, self.fix.lat, self.fix.crs, MAP_CRS)
            self.put(float(lon), float(lat))

    def _tapped(self, lon: float, lat: float) -> None:
        self.put(lon, lat)

    def _zoom(self, factor: float) -> None:
        self.surface.view.zoom_at(factor, self.surface.width / 2, self.surface.height / 2)
        self.surface.changed()

    def _rested(self) -> None:
        if self._told == (0.0, 0.0) or _same(self.surface.middle, self._told):
            return
        self._told = self.surface.middle
        if self.tell:
            self.tell(*self.place)


def _same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) < 1e-9 for a, b in zip(one, other, strict=True))


class MiniMap(FloatLayout):
    """A small still picture of a place, ``at`` (lon, lat, crs) or None, with its pin; pressed, ``action`` is called."""

    def __init__(
        self,
        view: MapView,
        aside: Aside,
        at: tuple[float, float, str] | None,
        accuracy_m: float | None = None,
        action: Callable[[], Any] | None = None,
        high: float = 150.0,
        **more: Any,
    ) -> None:
        super().__init__(size_hint_y=None, height=dp(high), **more)
        self.map, self.action, self.accuracy_m = view, action, accuracy_m
        self.said = "地图"
        self.at = at
        self.surface = Surface(pos_hint={"x": 0, "y": 0})
        self.add_widget(self.surface)
        self.pin = Pin(size_hint=(None, None), size=(dp(40), dp(80)), pos_hint={"center_x": 0.5, "center_y": 0.5})
        show_land(self.surface, view, aside, lambda: self.put(self.at, self.accuracy_m))

    def put(self, at: tuple[float, float, str] | None, accuracy_m: float | None = None) -> None:
        """Show another place; without one, the bearer's grids."""
        self.at, self.accuracy_m = at, accuracy_m
        if self.pin.parent:
            self.remove_widget(self.pin)
        if at:
            lon, lat = (float(part) for part in systems.convert(*at, MAP_CRS))
            self.surface.look(lon, lat, MINI_ZOOM)
            if accuracy_m:
                self.surface.stand(lon, lat, accuracy_m)
            self.add_widget(self.pin)
        elif not self.surface.fit(self.map.mine):
            self.surface.look(*NOWHERE, 11.0)

    def on_touch_down(self, touch: Any) -> bool:
        """The picture stands still: a touch is a press of the whole."""
        if not self.collide_point(*touch.pos) or self.action is None:
            return False
        touch.grab(self)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Let go over the picture: open what it is for."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        if self.collide_point(*touch.pos) and self.action:
            self.action()
        return True
