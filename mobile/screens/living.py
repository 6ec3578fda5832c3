"""A page that lives (活页): its clocks run, and a newer card is asked for while it is looked at.

Job: one timer per page; stop it when the page is left.
Never: ask more often than every twenty seconds, or while another page is in front.
"""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock

from mobile.core.shapes import Card
from mobile.page import Page
from mobile.widgets.ticking import tick_all

EVERY_S = 1.0
ASKS_EVERY = 20
"""Seconds between two questions for a newer card."""


class Living(Page):
    """Subclasses call ``live`` at the end of ``build``; ``beat`` is called every second while they are seen."""

    topics = frozenset({"cards", "outbox", "catalogue"})
    _timer: Any = None
    _beats = 0

    def live(self) -> None:
        """Start the timer."""
        self._timer = Clock.schedule_interval(self._beat, EVERY_S)

    def _beat(self, _: float) -> None:
        if self.is_left:
            self._timer.cancel()
        if self.app.page is not self:
            return
        self._beats += 1
        tick_all(self)
        self.beat()
        if self._beats % ASKS_EVERY == 0:
            self.refresh()

    def beat(self) -> None:
        """A second passed."""

    def leave(self) -> None:
        """Stop the timer."""
        if self._timer:
            self._timer.cancel()

    def known(self, kind: str, id: str) -> Card | None:
        """Return the card as last told and ask for a newer one."""
        return self.field.card(kind, id)
