"""An agreed time (约定时间): a few that lie at hand, then steps of a day and of half an hour.

Job: a moment in Beijing time, or none.
Never: take one that is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from kivy.metrics import dp

from mobile.widgets import moments
from mobile.widgets.boxes import Column, Row
from mobile.widgets.buttons import Chip, IconButton
from mobile.widgets.flow import Flow
from mobile.widgets.text import Words

Slot = tuple[str, int, int, int]
AT_HAND: tuple[Slot, ...] = (
    ("今天 15:00", 0, 15, 0), ("今天下班前", 0, 17, 30), ("明天 9:00", 1, 9, 0), ("明天 15:00", 1, 15, 0),
    ("后天 9:00", 2, 9, 0),
)  # fmt: skip
TERMS: tuple[Slot, ...] = (
    ("今天下班前", 0, 17, 30), ("明天下班前", 1, 17, 30), ("3 天内", 3, 17, 30), ("7 天内", 7, 17, 30),
    ("15 天内", 15, 17, 30),
)  # fmt: skip
"""Words, days from today, hour and minute: for a meeting, for a date by which work is done."""


class Meeting(Column):
    """The moment chosen, ``value`` in ISO 8601 or None; ``slots`` are those at hand."""

    def __init__(self, now: datetime, start: str | None = None, slots: tuple[Slot, ...] = AT_HAND) -> None:
        super().__init__(gap=8)
        self.now = now.astimezone(moments.CN)
        self.moment = moments.read(start)
        self.words = Words("", "head")
        self.chips: list[tuple[datetime, Chip]] = []
        for words, days, hour, minute in slots:
            moment = (self.now + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)
            if moment > self.now:
                self.chips.append((moment, Chip(words, lambda moment=moment: self.take(moment))))
        self.add_widget(self.words)
        self.add_widget(Flow(*(chip for _, chip in self.chips), gap=dp(8)))
        for words, step in (("一天", timedelta(days=1)), ("半小时", timedelta(minutes=30))):
            self.add_widget(self._stepper(words, step))
        self._show()

    def _stepper(self, words: str, step: timedelta) -> Row:
        less = IconButton("minus", f"早{words}", lambda: self._move(-step), ground="soft")
        more = IconButton("plus", f"晚{words}", lambda: self._move(step), ground="soft")
        return Row(less, Words(words, "body", halign="center"), more, gap=10)

    def _move(self, step: timedelta) -> None:
        moment = (self.moment or self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)) + step
        if moment > self.now:
            self.take(moment)

    def take(self, moment: datetime) -> None:
        """Choose a moment."""
        self.moment = moment
        self._show()

    def _show(self) -> None:
        self.words.said = moments.at(self.moment, self.now) if self.moment else "还没有选时间"
        for moment, chip in self.chips:
            chip.choose(moment == self.moment)

    @property
    def value(self) -> str | None:
        """Return the moment as ISO 8601."""
        return self.moment.isoformat() if self.moment else None
