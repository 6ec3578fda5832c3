"""What the alarm is drawn from (警报零件): white on red, the same by day and by night.

Job: ground, words and buttons with a contrast of more than 11:1.
Never: follow the theme: an alarm looks like nothing else.
"""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp, sp
from kivy.uix.boxlayout import BoxLayout

from mobile.widgets.boxes import Column, Painted, Press, Scroll
from mobile.widgets.text import Icon, Words
from mobile.widgets.theme import Colour, rgb

RED, DARK, WHITE = rgb("#7A0A0A"), rgb("#4A0505"), rgb("#FFFFFF")


class Ground(Painted, BoxLayout):
    """The red ground: what is told above, which scrolls when letters are large; buttons below, always in sight."""

    def __init__(self) -> None:
        super().__init__(orientation="vertical")
        self.paint_ground(RED, radius=0)

    def refill(self, told: Column, buttons: Column) -> None:
        """Show these."""
        self.clear_widgets()
        self.add_widget(Scroll(told))
        self.add_widget(buttons)


class Icon2(Icon):
    """A white picture in the middle."""

    def __init__(self, name: str, size: float) -> None:
        super().__init__(name, size, "ink", pos_hint={"center_x": 0.5})
        self.color = WHITE


class Big(Press):
    """A button on red: white with red words, or red with white words and a white edge."""

    def __init__(self, said: str, action: Any, icon: str, *, filled: bool) -> None:
        super().__init__(action=action, size_hint_y=None, spacing=dp(8), padding=[dp(14), dp(12), dp(14), dp(12)])
        self.said = said
        self.paint_ground(WHITE if filled else DARK, WHITE, radius=16)
        ink: Colour = RED if filled else WHITE
        self.words = white(said, "head", ink)
        parts: list[Any] = [Icon(icon, 26, "ink")] if icon else []
        for part in parts:
            part.color = ink
        for part in (*parts, self.words):
            part.pos_hint = {"center_y": 0.5}
            self.add_widget(part)
        self.words.fbind("height", self._grow)
        self._grow()

    def _grow(self, *_: Any) -> None:
        self.height = max(self.words.height + dp(26), dp(60), min(sp(56), dp(72)))


def white(said: str, size: str, ink: Colour = WHITE) -> Words:
    """Return centred words in white."""
    words = Words(said, size, "ink", halign="center", bold=True)
    words.color = ink
    return words
