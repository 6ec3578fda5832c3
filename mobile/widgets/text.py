"""Words and pictures: labels that break Chinese lines and know their height at once.

Job: text in a tone and a size of the theme, as high as its lines; a picture of the icon font.
Never: cut what it is given: what does not fit goes to a further line (``lines_max`` ends with … when asked to).
"""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp, sp
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.label import Label

from mobile.widgets import icons, wrap
from mobile.widgets.fonts import ICONS, LETTERS
from mobile.widgets.theme import SIZES, THEME


class Words(Label):
    """Text over the whole width it is given. ``said`` is the text; ``text`` is what Kivy draws, broken into lines."""

    said = StringProperty("")
    lines_max = NumericProperty(0)
    """Show at most so many lines (0: all)."""
    fit = BooleanProperty(False)
    """As wide as the text (one line) instead of as wide as the parent."""

    def __init__(self, said: str = "", size: str = "body", tone: str = "ink", **more: Any) -> None:
        self.tone = tone
        more.setdefault("bold", size in {"huge", "title", "head"})
        more.setdefault("halign", "left")
        super().__init__(
            font_name=LETTERS, font_size=sp(SIZES[size]), color=THEME.colour(tone), size_hint_y=None,
            valign="middle", **more,
        )  # fmt: skip
        self.size_hint_x = None if self.fit else 1
        self.fbind("said", self._lay)
        self.fbind("width", self._lay)
        self._laid: tuple[str, float] | None = None
        self.said = said
        self._lay()

    def paint(self, tone: str) -> None:
        """Write in another tone."""
        self.tone, self.color = tone, THEME.colour(tone)

    def _lay(self, *_: Any) -> None:
        width = measured(self.said, self.font_size, self.bold) + dp(2) if self.fit else self.width
        if (width < self.font_size and not self.fit) or self._laid == (self.said, width):
            return
        self._laid = (self.said, width)
        lines = broken(self.said, width, self.font_size, self.bold, int(self.lines_max))
        self.text = "\n".join(lines)
        self.text_size = (width, None)
        self.height = len(lines) * wrap.line_height(LETTERS, self.font_size, self.bold)
        if self.fit:
            self.width = width


def measured(text: str, font_size: float, bold: bool = False) -> float:
    """Return how wide the widest line of ``text`` is, in pixels."""
    measure = wrap.measurer(LETTERS, font_size, bold)
    return max(sum(map(measure, wrap.PIECE.findall(line))) for line in text.split("\n"))


def broken(text: str, width: float, font_size: float, bold: bool = False, most: int = 0) -> list[str]:
    """Return the lines of ``text`` for ``width`` pixels, at most ``most`` of them when that is not 0."""
    measure = wrap.measurer(LETTERS, font_size, bold)
    lines = wrap.lines(text, width - 1, measure)
    if most and len(lines) > most:
        lines = wrap.lines(text, width - 1, measure, is_full=True)
        last = lines[most - 1]
        while last and sum(map(measure, wrap.PIECE.findall(last))) + measure("…") > width - 1:
            last = last[:-1]
        lines = [*lines[: most - 1], last + "…"]
    return lines


def text_height(text: str, width: float, size: str, *, bold: bool = False, most: int = 0) -> float:
    """Return how high ``text`` will stand in ``width`` pixels: what rows of long lists are planned with."""
    font_size = sp(SIZES[size])
    return len(broken(text, width, font_size, bold, most)) * wrap.line_height(LETTERS, font_size, bold)


class Icon(Label):
    """A picture of the icon font."""

    def __init__(self, name: str = "", size: float = 24, tone: str = "ink2", **more: Any) -> None:
        self.name, self.tone = name, tone
        side = sp(size)
        super().__init__(
            text=icons.glyph(name), font_name=ICONS, font_size=side, color=THEME.colour(tone),
            size_hint=(None, None), size=(side * 1.1, side * 1.1), **more,
        )  # fmt: skip

    def draw(self, name: str, tone: str | None = None) -> None:
        """Show another picture, perhaps in another tone."""
        self.name, self.text = name, icons.glyph(name)
        if tone:
            self.tone, self.color = tone, THEME.colour(tone)
