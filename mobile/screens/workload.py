"""My workload (我的工作量): my own work in numbers, nobody else's.

Job: draw what the server counted, with what it counted.
Never: compare with anybody.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.metrics import dp, sp
from kivy.uix.widget import Widget

from mobile.page import Page
from mobile.widgets import moments
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Row, Scroll, Sheet
from mobile.widgets.text import Words
from mobile.widgets.theme import THEME


class Days(Widget):
    """A bar per day; the highest carries the number of the highest."""

    def __init__(self, counts: list[int]) -> None:
        super().__init__(size_hint_y=None, height=sp(80))
        self.counts = counts
        self.fbind("size", self._draw)
        self.fbind("pos", self._draw)

    def _draw(self, *_: Any) -> None:
        self.canvas.clear()
        most, wide = max(self.counts, default=0) or 1, self.width / max(1, len(self.counts))
        with self.canvas:
            Color(rgba=THEME.colours.main)
            for n, count in enumerate(self.counts):
                high = self.height * count / most
                Rectangle(pos=(self.x + n * wide + wide * 0.15, self.y), size=(wide * 0.7, max(high, dp(1))))


class Workload(Page):
    """The page of numbers."""

    title = "我的工作量"
    tab = "me"
    topics = frozenset({"workload"})

    def build(self) -> None:
        """Draw what is known."""
        self.column = Column(gap=12, pad=(12, 12, 12, 24))
        self.add_widget(Scroll(self.column))
        self._drawn: Any = None
        self.refresh()

    def refresh(self) -> None:
        """Draw the numbers."""
        told = self.field.workload()
        if told == self._drawn:
            return
        self._drawn = told
        note = Note("只统计您自己的工作，只有您和直接上级能看，不排名。", "blue", "shield-account-outline")
        if not told:
            self.column.refill(note, Words("联网后自动取来。", "body", "ink2"))
            return
        now = [self._number("手上的事项", told["open_now"]), self._number("其中已超时", told["overdue_now"])]
        duty = told["duty"]
        hours = [self._number("上岗次数", duty["shifts"]), self._number("上岗小时", duty["hours"])]
        acts = [self._number(self._act(one), one["n"]) for one in told["acts"]]
        counts = self._counts(told)
        span = f"{moments.day(moments.read(told['from']), self.field.clock.now())} 至今"  # type: ignore[arg-type]
        days = (
            [Words(f"每天办理的次数，最多一天 {max(counts)} 次", "small", "ink2"), Days(counts)] if any(counts) else []
        )
        done = Sheet(Words(f"{span}，共办理 {told['total']} 次", "head"), *days, *acts)
        self.column.refill(note, Sheet(Words("现在", "head"), *now), done, Sheet(Words("上岗", "head"), *hours))

    def _act(self, one: dict[str, Any]) -> str:
        kind = str(self.field.catalogue.kind(one["kind"]).get("zh", ""))
        return f"{kind} · {one['zh']}" if kind else str(one["zh"])

    @staticmethod
    def _counts(told: Any) -> list[int]:
        known = {date.fromisoformat(one["day"]): one["n"] for one in told["days"]}
        first, last = (moments.read(told[name]).date() for name in ("from", "to"))  # type: ignore[union-attr]
        return [known.get(date.fromordinal(day), 0) for day in range(first.toordinal(), last.toordinal() + 1)]

    @staticmethod
    def _number(words: str, number: Any) -> Row:
        return Row(Words(words), Words(str(number), "head", fit=True), gap=10)
