"""Boxes: columns, rows, sheets and what can be pressed.

Job: lay children out with heights that come from their contents; paint grounds and borders.
Never: know what stands in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Line, RoundedRectangle
from kivy.metrics import dp, sp
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from mobile.widgets.theme import THEME, Colour


class Painted:
    """A widget with a ground and perhaps a border, both with round corners. Mix in before a Kivy widget."""

    def paint_ground(self: Any, ground: Colour, line: Colour | None = None, radius: float = 14) -> None:
        """Paint the ground now and whenever the widget moves."""
        self.canvas.before.clear()
        self._radius = dp(radius)
        with self.canvas.before:
            self._ground_colour = Color(rgba=ground)
            self._ground = RoundedRectangle(radius=[self._radius])
            self._line_colour = Color(rgba=line or (0, 0, 0, 0))
            self._line = Line(width=dp(THEME.colours.line_dp) / 2)
        self.fbind("pos", self._follow)
        self.fbind("size", self._follow)
        self._follow()

    def repaint(self: Any, ground: Colour, line: Colour | None = None) -> None:
        """Change the colours of what was painted."""
        self._ground_colour.rgba = ground
        self._line_colour.rgba = line or (0, 0, 0, 0)

    def _follow(self: Any, *_: Any) -> None:
        self._ground.pos, self._ground.size = self.pos, self.size
        self._line.rounded_rectangle = (self.x, self.y, self.width, self.height, self._radius)


class Column(BoxLayout):
    """Children below each other, as high as they are together."""

    def __init__(self, *children: Widget, gap: float = 12, pad: Any = 0, **more: Any) -> None:
        more.setdefault("size_hint_y", None)
        padding = [dp(one) for one in pad] if isinstance(pad, (tuple, list)) else dp(pad)
        super().__init__(orientation="vertical", spacing=dp(gap), padding=padding, **more)
        if self.size_hint_y is None:
            self.height = self.minimum_height
            self.fbind("minimum_height", self.setter("height"))
        for child in children:
            self.add_widget(child)

    def refill(self, *children: Widget) -> None:
        """Show these children instead."""
        self.clear_widgets()
        for child in children:
            self.add_widget(child)


class Row(BoxLayout):
    """Children beside each other, as high as the highest, in the middle of the height."""

    def __init__(self, *children: Widget, gap: float = 12, pad: Any = 0, at: str = "center_y", **more: Any) -> None:
        more.setdefault("size_hint_y", None)
        padding = [dp(one) for one in pad] if isinstance(pad, (tuple, list)) else dp(pad)
        super().__init__(orientation="horizontal", spacing=dp(gap), padding=padding, **more)
        self._at = {"center_y": 0.5} if at == "center_y" else {"top": 1}
        if self.size_hint_y is None:
            self.height = self.minimum_height
            self.fbind("minimum_height", self.setter("height"))
        for child in children:
            self.add_widget(child)

    def add_widget(self, widget: Widget, *args: Any, **kwargs: Any) -> None:
        """Add a child; one with a height of its own stands in the middle."""
        if widget.size_hint_y is None and not widget.pos_hint:
            widget.pos_hint = dict(self._at)
        super().add_widget(widget, *args, **kwargs)


class Tiles(GridLayout):
    """Tiles in ``cols`` columns; all of a line are as high as the one that needs most (its ``needed``)."""

    def __init__(self, *children: Any, cols: int = 3, gap: float = 10, **more: Any) -> None:
        super().__init__(cols=cols, spacing=dp(gap), size_hint_y=None, height=0, **more)
        self.fbind("minimum_height", self.setter("height"))
        for child in children:
            child.size_hint_y = 1
            child.fbind("needed", self._level)
            self.add_widget(child)
        self._level()

    def _level(self, *_: Any) -> None:
        needed = [child.needed for child in reversed(self.children)]
        lines = [needed[first : first + self.cols] for first in range(0, len(needed), self.cols)]
        self.rows_minimum = {n: max(line) for n, line in enumerate(lines)}


class Scroll(ScrollView):
    """A page that can be longer than the screen."""

    def __init__(self, content: Widget, **more: Any) -> None:
        super().__init__(
            do_scroll_x=False, bar_width=dp(4), scroll_type=["bars", "content"], bar_color=THEME.colour("line"),
            scroll_timeout=120, scroll_distance=dp(14), **more,
        )  # fmt: skip
        self.effect_y.round_value = False  # rounded beyond its edge, a page would spring back and forth without end
        self.content = content
        self.add_widget(content)

    def scroll_to(self, widget: Widget, padding: Any = 10, animate: Any = True) -> None:
        """Bring a widget of the page into sight; a page that fits stays at the top, where its buttons answer."""
        if self.content.height <= self.height:
            self.scroll_y = 1
        else:
            super().scroll_to(widget, padding, animate)


class Sheet(Painted, Column):
    """A card on the paper: ground, border, room around the contents."""

    def __init__(self, *children: Widget, gap: float = 10, pad: Any = 16, tone: str = "", **more: Any) -> None:
        super().__init__(*children, gap=gap, pad=pad, **more)
        colours = THEME.colours
        ground = colours.ground(tone) if tone else colours.sheet
        self.paint_ground(ground, THEME.colour(tone) if tone else colours.line)


class Press(ButtonBehavior, Painted, BoxLayout):
    """Something to press, at least 48 dp high; it darkens under the finger. ``action`` is called without arguments."""

    def __init__(self, *children: Widget, action: Callable[[], Any] | None = None, **more: Any) -> None:
        name = more.pop("name", "")
        super().__init__(**more)
        self.name = name
        self.action = action
        self._shade: Any = None
        for child in children:
            self.add_widget(child)

    def on_state(self, _: Any, state: str) -> None:
        """Darken while a finger is down."""
        if self._shade is None:
            with self.canvas.after:
                self._shade = Color(rgba=(0, 0, 0, 0))
                self._cover = RoundedRectangle()
        self._cover.pos, self._cover.size = self.pos, self.size
        self._cover.radius = [getattr(self, "_radius", 0)]
        self._shade.rgba = (*THEME.colour("ink")[:3], 0.14 if state == "down" else 0)

    def on_release(self) -> None:
        """Do what the button is for."""
        if self.action:
            self.action()


def space(height: float = 8) -> Widget:
    """Return an empty stretch of ``height`` sp."""
    return Widget(size_hint_y=None, height=sp(height))
