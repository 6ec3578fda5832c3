"""A number from a few (打分): minus, the number, plus; each key as large as a thumb.

Job: steps between two ends, told in a word besides the number.
Never: begin at a mark: nobody is judged before somebody pressed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.metrics import dp, sp

from mobile.widgets.boxes import Column, Press, Row
from mobile.widgets.text import Words
from mobile.widgets.theme import THEME


class Mark(Press):
    """One of the numbers."""

    def __init__(self, number: int, action: Callable[[], Any]) -> None:
        super().__init__(action=action, size_hint_y=None, height=max(dp(52), sp(46)))
        self.said = str(number)
        self.paint_ground(THEME.colours.sheet, THEME.colours.line, radius=12)
        self.words = Words(str(number), "head", "ink", halign="center", pos_hint={"center_y": 0.5})
        self.add_widget(self.words)

    def choose(self, chosen: bool) -> None:
        """Look chosen or not."""
        colours = THEME.colours
        self.repaint(colours.main if chosen else colours.sheet, colours.main if chosen else colours.line)
        self.words.paint("on_main" if chosen else "ink")


class Marks(Column):
    """A name and the marks 0 to ``most`` beside each other; ``chosen`` is None until one was pressed."""

    def __init__(
        self, name: str, most: int, words: Callable[[int], str], tell: Callable[[int], Any], chosen: int | None = None
    ) -> None:
        super().__init__(gap=6)
        self.words_of, self.tell, self.chosen = words, tell, chosen
        self.name = name
        self.head = Words(name, "body", bold=True)
        self.marks = [Mark(number, lambda number=number: self.press(number)) for number in range(most + 1)]
        self.add_widget(self.head)
        self.add_widget(Row(*self.marks, gap=4))
        self._show()

    def press(self, number: int) -> None:
        """Choose a mark."""
        self.chosen = number
        self._show()
        self.tell(number)

    def _show(self) -> None:
        for number, mark in enumerate(self.marks):
            mark.choose(number == self.chosen)
        said = "还没打分" if self.chosen is None else f"{self.chosen} 分 · {self.words_of(self.chosen)}"
        self.head.said = f"{self.name}：{said}"
