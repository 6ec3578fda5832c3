"""Clocks that run (走时): a promise counted down before one's eyes, to the second when it is near.

Job: words of what is left or over, again every second; one timer for all that are seen.
Never: decide when something is due: that stands on the card.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from mobile.widgets import moments
from mobile.widgets.boxes import Row
from mobile.widgets.rows import LAMPS
from mobile.widgets.text import Icon, Words

NEAR = timedelta(hours=1)


def left(due_at: str | None, now: datetime) -> tuple[str, str]:
    """Return words and tone of what is left: minutes and seconds within an hour, else as `moments.due` says it."""
    moment = moments.read(due_at)
    if moment is None:
        return "", "grey"
    apart = moment - now
    if abs(apart) >= NEAR:
        return moments.due(due_at, now)
    minutes, seconds = divmod(int(abs(apart).total_seconds()), 60)
    word = "已超时" if apart < timedelta(0) else "还剩"
    tone = "red" if apart < timedelta(0) else "amber" if apart < timedelta(minutes=10) else "blue"
    return f"{word} {minutes:02d}:{seconds:02d}", tone


class Tick(Row):
    """Name and time left of one promise. ``now`` gives the true time; ``tick`` is called every second."""

    def __init__(self, zh: str, due_at: str | None, now: Callable[[], datetime], size: str = "small") -> None:
        super().__init__(gap=6)
        self.zh, self.due_at, self.now = zh, due_at, now
        self.picture = Icon("clock-outline", 20, "blue")
        self.words = Words("", size, "blue", bold=True)
        self.add_widget(self.picture)
        self.add_widget(self.words)
        self.tick()

    def tick(self) -> None:
        """Say what is left now."""
        words, tone = left(self.due_at, self.now())
        self.words.said = f"{self.zh} {words}".strip()
        if tone != self.words.tone:
            self.words.paint(tone)
            self.picture.draw(LAMPS.get(tone, "clock-outline"), tone)


def tick_all(top: Any) -> None:
    """Let every clock below a widget run on."""
    for widget in top.walk(restrict=True):
        if isinstance(widget, Tick):
            widget.tick()
