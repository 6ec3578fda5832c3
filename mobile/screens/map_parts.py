"""The sheets over the map: the legend, the grid under the finger, the list beside.

Job: say in words what the map shows.
Never: count anything the phone does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.graphics import Color, Line, PopMatrix, PushMatrix, Rectangle, Translate
from kivy.metrics import Metrics, dp, sp
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from mobile.core.shapes import MapView, Row
from mobile.screens import map_marks
from mobile.widgets import moments
from mobile.widgets.boxes import Column, Painted, Press, Scroll, Sheet
from mobile.widgets.boxes import Row as Beside
from mobile.widgets.buttons import IconButton, Push
from mobile.widgets.map import colours, paint, sprites
from mobile.widgets.map.ground import Fill
from mobile.widgets.map.land import Shape
from mobile.widgets.text import Icon, Words
from mobile.widgets.theme import THEME

LARGE_FROM = 1.35
"""From this size of letters on, the map gives way to words."""


class Sign(Widget):
    """A sign of the legend: ``draw()`` returns instructions about zero."""

    def __init__(self, draw: Callable[[], Sequence[Any]]) -> None:
        super().__init__(size_hint=(None, None), size=(sp(42), sp(42)))
        self._at = Translate(0, 0)
        self.canvas.add(PushMatrix())
        self.canvas.add(self._at)
        for part in draw():
            self.canvas.add(part)
        self.canvas.add(PopMatrix())
        self.fbind("pos", self._follow)

    def _follow(self, *_: Any) -> None:
        self._at.x, self._at.y = round(self.x + self.width / 2), round(self.y + self.height / 2)


def badge_sign(badge: sprites.Badge) -> Sign:
    """Return a mark as a sign."""
    return Sign(lambda: [sprites.badge(badge, 0, 0).inside])


def fill_sign(fill: Fill) -> Sign:
    """Return a class of density as a sign."""
    side = sp(30)
    box = {"pos": (-side / 2, -side / 2), "size": (side, side)}

    def draw() -> list[Any]:
        made: list[Any] = [Color(rgba=fill.colour), Rectangle(**box)]
        if fill.hatch:
            turns = side / dp(paint.HATCH)
            coords = (0, 0, turns, 0, turns, turns, 0, turns)
            made += [Color(rgba=fill.ink), Rectangle(texture=paint.hatching(fill.hatch), tex_coords=coords, **box)]
        return [*made, Color(rgba=THEME.colours.ink2), Line(rectangle=(*box["pos"], *box["size"]), width=dp(0.8))]

    return Sign(draw)


def grid_sign() -> Sign:
    """Return one's own grid as a sign."""
    side = sp(28)

    def draw() -> list[Any]:
        box = (-side / 2, -side / 2, side, side)
        veil = [Color(rgba=colours.mine().colour), Rectangle(pos=box[:2], size=box[2:])]
        return [*veil, Color(rgba=THEME.colours.main), Line(rectangle=box, width=dp(1.8))]

    return Sign(draw)


def place_sign() -> Sign:
    """Return one's own position as a sign."""
    return Sign(lambda: colours.place(0, 0, dp(15)))


def legend(view: MapView, shown: Sequence[Row], *, density: bool, close: Callable[[], Any]) -> Sheet:
    """Return the legend of what is shown now."""
    head = Beside(Words("图例", "head"), IconButton("close", "收起图例", close), gap=6)
    lines: list[Widget] = [_line(grid_sign(), "我的网格")] if view.mine else []
    lines.append(_line(place_sign(), "我的位置和误差范围"))
    if density:
        lines.append(Words("近 30 天每平方公里事件数", "small", "ink2"))
        lines += [
            _line(fill_sign(colours.density(kind)), f"{words} 件")
            for kind, words in map_marks.ranges(view.density_breaks)
        ]
        lines.append(Words("空白：不在您的范围，没有数字", "small", "ink2"))
    else:
        found = map_marks.counts(shown)
        lines += [_line(badge_sign(one.badge), f"{one.zh}：{found[one.code]} {one.unit}") for one in map_marks.STYLES]
        lines.append(Words("数字：几件挨在一起，形状看最急的一件", "small", "ink2"))
    return Sheet(head, *lines, gap=6, pad=12)


def _line(sign: Sign, words: str) -> Beside:
    return Beside(sign, Words(words, "body"), gap=10)


class GridSheet(Sheet):
    """The grid under the finger: name, whose, how many open events, how many overdue, density."""

    def __init__(
        self, shape: Shape, view: MapView, rows: Sequence[Row], see: Callable[[], Any], close: Callable[[], Any]
    ) -> None:
        inside = [row for row in rows if row.grid_code == shape.code]
        here = [row for row in inside if row.kind not in map_marks.CALLS]
        calls = len(inside) - len(here)
        late = sum(row.overdue for row in here)
        mine = "我的网格 · " if shape.code in view.mine else ""
        head = Beside(Words(shape.name or shape.code, "head"), IconButton("close", "收起", close), gap=6)
        open_words = f"{mine}没办完 {len(here)} 件" + (f"，其中超时 {late} 件" if late else "")
        called = [Words(f"没销的哨 {calls} 个", "body")] if calls else []
        told = [Words(open_words, "body"), *called, *_density(shape, view)]
        button = [Push("看这里的事件", see, "format-list-checks", "soft")] if inside else []
        super().__init__(head, *told, *button, gap=8, pad=14)


def _density(shape: Shape, view: MapView) -> list[Words]:
    one = view.density.get(shape.code)
    if one is None:
        return []
    rate = "—" if one.get("per_km2") is None else f"{one['per_km2']:.1f}"
    return [Words(f"近 30 天 {one['n']} 件，每平方公里 {rate} 件", "small", "ink2")]


def how_many(rows: Sequence[Row]) -> str:
    """Return how many things these are, whistles apart."""
    calls = sum(row.kind in map_marks.CALLS for row in rows)
    return f"{len(rows) - calls} 件" + (f"、{calls} 个哨" if calls else "")


def told_when(view: MapView, now: Any) -> str:
    """Return how fresh the events are."""
    at = view.told_at.get("events")
    return f"更新于 {moments.at(at, now).removeprefix('今天 ')}" if at else "事件还没有取到，联网后自动更新"


class Drawer(Painted, Column):
    """A sheet at the lower edge of the map; it scrolls when it is higher than its ``share`` of the map."""

    def __init__(self) -> None:
        super().__init__(pos_hint={"x": 0, "y": 0})
        self.share, self.content = 0.9 if Metrics.fontscale > LARGE_FROM else 0.62, None
        self.paint_ground(THEME.colours.sheet, THEME.colours.line, radius=0)

    def hold(self, content: Any, room: float) -> None:
        """Hold this; None: nothing."""
        self.content = content
        self.clear_widgets()
        if content is None:
            return
        scroll = Scroll(content)
        scroll.size_hint_y = None
        content.fbind("height", lambda *_: setattr(scroll, "height", min(content.height, room * self.share)))
        scroll.height = min(content.height, room * self.share)
        self.add_widget(scroll)


class Keys(GridLayout):
    """The round buttons over the map: one below the other, side by side in pairs where the room is low."""

    def __init__(self, keys: Sequence[Any]) -> None:
        super().__init__(cols=1, spacing=dp(8), size_hint=(None, None))
        self.keys = list(keys)
        for key in self.keys:
            key.repaint(THEME.colours.sheet, THEME.colours.line)
            self.add_widget(key)

    def fit(self, room: float) -> bool:
        """Arrange them for so much height and tell whether they fit."""
        wide, high = max(key.width for key in self.keys), max(key.height for key in self.keys)
        for cols in (1, 2):
            lines = -(-len(self.keys) // cols)
            self.cols, self.size = cols, (cols * (wide + dp(8)) - dp(8), lines * (high + dp(8)) - dp(8))
            if self.height + dp(20) <= room:
                return True
        return False


class Veil(Painted, Column):
    """A row of chips on the paper above the map."""


class StateLine(Press):
    """How many things and how fresh, below the map; pressed, the list opens or closes."""

    def __init__(self, action: Callable[[], Any]) -> None:
        super().__init__(action=action, size_hint_y=None, spacing=dp(8), padding=[dp(12), dp(6), dp(12), dp(6)])
        self.said = "列表"
        self.paint_ground(THEME.colours.sheet, THEME.colours.line, radius=0)
        self.words = Words("", "tiny", "ink", pos_hint={"center_y": 0.5})
        self.list_words = Words("看列表", "small", "main", fit=True, bold=True, pos_hint={"center_y": 0.5})
        self.picture = Icon("chevron-up", 24, "main", pos_hint={"center_y": 0.5})
        for part in (self.words, self.list_words, self.picture):
            self.add_widget(part)
        self.words.fbind("height", self._grow)
        self._grow()

    def _grow(self, *_: Any) -> None:
        self.height = max(dp(48), self.words.height + dp(14))

    def say(self, words: str) -> None:
        """Say how many and how fresh."""
        self.words.said = words

    def turn(self, is_open: bool) -> None:
        """Say what pressing does now."""
        self.list_words.said = "收起" if is_open else "看列表"
        self.picture.draw("chevron-down" if is_open else "chevron-up", "main")
