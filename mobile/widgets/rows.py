"""Rows of lists: an item in a line or two, thousands of them in a list that recycles its rows.

Job: draw a `mobile.core.shapes.Row`; plan its height from its words before it is built.
Never: build a row that is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from kivy.clock import Clock
from kivy.metrics import dp, sp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleboxlayout import RecycleBoxLayout
from kivy.uix.recycleview import RecycleView
from kivy.uix.recycleview.views import RecycleDataViewBehavior
from kivy.uix.widget import Widget

from mobile.core.shapes import Row as Item
from mobile.widgets.boxes import Column, Painted, Press, Row
from mobile.widgets.moments import due
from mobile.widgets.pictures import picture
from mobile.widgets.text import Icon, Words, text_height
from mobile.widgets.theme import THEME

PAD, GAP, SIDE = 12, 8, 36
TITLE_LINES, SUB_LINES = 2, 2


LAMPS = {"red": "clock-alert-outline", "amber": "timer-sand", "blue": "clock-outline", "grey": "information-outline"}
"""Tone of a due time → picture."""


class Pill(Painted, BoxLayout):
    """A word with a picture on a ground of its tone: a state, a due time."""

    def __init__(self, said: str = "", tone: str = "grey", icon: str = "") -> None:
        super().__init__(size_hint=(None, None), padding=[dp(8), dp(3), dp(10), dp(3)], spacing=dp(4))
        self.paint_ground(THEME.colours.ground(tone), radius=12)
        self.picture = Icon(icon, 17, tone, pos_hint={"center_y": 0.5})
        self.words = Words(said, "tiny", tone, fit=True, bold=True, pos_hint={"center_y": 0.5})
        self.add_widget(self.picture)
        self.add_widget(self.words)
        self.say(said, tone, icon)

    def say(self, said: str, tone: str, icon: str) -> None:
        """Say something else."""
        self.words.said = said
        self.words.paint(tone)
        self.picture.draw(icon, tone)
        self.repaint(THEME.colours.ground(tone))
        self.height = self.words.height + dp(6)
        self.width = self.picture.width + self.words.width + dp(24)


class ItemRow(RecycleDataViewBehavior, Press):
    """One item: picture of its kind, title, place and number, what is next and until when."""

    def __init__(self, **more: Any) -> None:
        super().__init__(size_hint_y=None, padding=[dp(PAD)] * 4, spacing=dp(GAP), **more)
        self.paint_ground(THEME.colours.sheet, THEME.colours.line)
        self.item: Item | None = None
        self.picture = Icon("", 30, "blue", pos_hint={"top": 1})
        self.picture.width = sp(SIDE)
        self.title = Words("", "body", "ink", bold=True, lines_max=TITLE_LINES)
        self.sub = Words("", "small", "ink2", lines_max=SUB_LINES)
        self.pill = Pill()
        self.state = "normal"
        self.waiting = Row(Icon("cloud-upload-outline", 18, "amber"), Words("", "tiny", "amber", bold=True), gap=4)
        self.texts = Column(self.title, self.sub, self.pill, gap=4, pos_hint={"top": 1})
        self.add_widget(self.picture)
        self.add_widget(self.texts)

    @property
    def said(self) -> str:
        """Return the title, for the voice and the tests."""
        return str(self.title.said)

    def refresh_view_attrs(self, view: Any, index: int, data: dict[str, Any]) -> None:
        """Show another item; called by the list when it uses this row again."""
        item: Item = data["item"]
        self.item, self.open_item = item, data["open"]
        words, tone = moment(item, data["now"])
        self.picture.draw(picture(item.kind, item.category), tone)
        self.title.said = item.title
        self.sub.said = subline(item)
        self.pill.say(words, tone, LAMPS[tone])
        self.waiting.children[0].said = item.pending
        self._show(self.pill, bool(words))
        self._show(self.waiting, bool(item.pending))

    def _show(self, part: Widget, is_wanted: bool) -> None:
        if part.parent:
            self.texts.remove_widget(part)
        if is_wanted:
            self.texts.add_widget(part)

    def on_release(self) -> None:
        """Open the item."""
        if self.item:
            self.open_item(self.item)


def moment(item: Item, now: datetime) -> tuple[str, str]:
    """Return the words and the tone of the item's next moment; nothing is due of what is over."""
    return ("", "grey") if item.state_type == "final" else due(item.due_at, now)


def subline(item: Item) -> str:
    """Return what is next to be done by the reader (or how it stands, and with whom), where it is, and its number."""
    act = next((zh for _, zh, weight in item.acts if weight == "main"), "")
    step = f"要办：{act}" if act and item.state_type != "final" else item.state_zh
    return " · ".join(part for part in (step, item.who_zh, item.grid_zh, item.no) if part)


def row_height(item: Item, width: float) -> float:
    """Return how high the row of ``item`` will be in a list ``width`` pixels wide."""
    room = width - dp(2 * PAD) - sp(SIDE) - dp(GAP)
    high = text_height(item.title, room, "body", bold=True, most=TITLE_LINES)
    high += dp(4) + text_height(subline(item), room, "small", most=SUB_LINES)
    if item.due_at and item.state_type != "final":
        high += text_height("国", room, "tiny", bold=True) + dp(10)
    if item.pending:
        high += text_height(item.pending, room - sp(24), "tiny", bold=True) + dp(4)
    return float(max(high, sp(34)) + dp(2 * PAD))


class Slot(RecycleDataViewBehavior, BoxLayout):
    """A place in a list for a widget that lives elsewhere: the head above the rows."""

    def refresh_view_attrs(self, view: Any, index: int, data: dict[str, Any]) -> None:
        """Take the widget in."""
        widget = data["widget"]
        if widget.parent is not self:
            if widget.parent:
                widget.parent.remove_widget(widget)
            self.clear_widgets()
            self.add_widget(widget)


class RowList(RecycleView):
    """A list of rows below an optional head that scrolls with them. ``show`` fills it."""

    def __init__(self, head: Widget | None = None, gap: float = 8, pad: float = 12) -> None:
        super().__init__(
            do_scroll_x=False,
            bar_width=dp(4),
            scroll_timeout=120,
            scroll_distance=dp(14),
            bar_color=THEME.colour("line"),
        )
        self.head = head
        layout = RecycleBoxLayout(
            orientation="vertical", size_hint_y=None, default_size_hint=(1, None), key_size="wh", spacing=dp(gap),
            padding=[dp(pad), dp(pad), dp(pad), dp(pad)],
        )  # fmt: skip
        layout.fbind("minimum_height", layout.setter("height"))
        self.layout_pad = dp(pad)
        self.add_widget(layout)
        self.key_viewclass = "viewclass"
        self._again = Clock.create_trigger(self._fill, -1)
        self.fbind("width", self._again)
        if head:
            head.fbind("height", self._again)
        self._make: Callable[[float], list[dict[str, Any]]] = lambda width: []

    def show(self, items: Sequence[Item], now: datetime, open_item: Callable[[Item], Any]) -> None:
        """Show these items."""
        told = {"viewclass": "ItemRow", "now": now, "open": open_item}
        self.plan(lambda width: [told | {"item": item, "wh": (width, row_height(item, width))} for item in items])

    def plan(self, make: Callable[[float], list[dict[str, Any]]]) -> None:
        """Show rows of any class: ``make(width)`` returns their data, each with ``viewclass`` and ``wh``."""
        self._make = make
        self._fill()

    def _fill(self, *_: Any) -> None:
        width = self.width - 2 * self.layout_pad
        if width < sp(120):
            return
        head = [{"viewclass": "Slot", "widget": self.head, "wh": (width, self.head.height)}] if self.head else []
        self.data = head + self._make(width)
