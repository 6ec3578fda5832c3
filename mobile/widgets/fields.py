"""Fields to write in, and the keys of the PIN.

Job: a frame, a word above, room that grows with the text; Chinese input methods work in them.
Never: leave ``input_type`` at Kivy's default: it is Android's raw-key mode, in which no Chinese can be typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.metrics import dp, sp
from kivy.properties import NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.textinput import TextInput

from mobile.widgets.boxes import Column, Painted, Press, Row, Tiles
from mobile.widgets.fonts import LETTERS
from mobile.widgets.text import Icon, Words
from mobile.widgets.theme import SIZES, THEME


class Input(TextInput):
    """Kivy's box to write in, in our letters; it grows from ``lines`` to six lines, then it scrolls."""

    def __init__(self, text: str, hint: str, lines: int, **more: Any) -> None:
        colours = THEME.colours
        more.setdefault("input_type", "text")
        super().__init__(
            text=text, hint_text=hint, multiline=lines > 1, font_name=LETTERS, font_size=sp(SIZES["body"]),
            background_normal="", background_active="", background_color=(0, 0, 0, 0), foreground_color=colours.ink,
            hint_text_color=colours.ink2, cursor_color=colours.main, cursor_width=dp(2), write_tab=False,
            selection_color=(*colours.main[:3], 0.3), padding=[dp(14), dp(13), dp(14), dp(13)], **more,
        )  # fmt: skip
        self.least = lines

    @property
    def wanted(self) -> float:
        """Return how high it should be."""
        least, most = (self.line_height * n + dp(26) for n in (self.least, max(self.least, 6)))
        return float(max(dp(52), min(max(self.minimum_height, least), most)))


class TextBox(Painted, BoxLayout):
    """A framed box to write in. One line ends with the enter key; several grow with the text."""

    def __init__(self, text: str = "", hint: str = "", lines: int = 1, **more: Any) -> None:
        super().__init__(size_hint_y=None)
        self.hint = hint
        self.paint_ground(THEME.colours.sheet, THEME.colours.line, radius=12)
        self.input = Input(text, hint, lines, **more)
        self.add_widget(self.input)
        self.input.fbind("minimum_height", self._grow)
        self.input.fbind("focus", self._mark)
        self._grow()

    @property
    def typed(self) -> str:
        """Return what stands in the box, without blanks around it."""
        return str(self.input.text).strip()

    def _grow(self, *_: Any) -> None:
        self.height = self.input.wanted

    def _mark(self, *_: Any) -> None:
        colours = THEME.colours
        self.repaint(colours.sheet, colours.main if self.input.focus else colours.line)


class Named(Column):
    """A field with its name above and room for what is wrong with it below."""

    def __init__(self, name: str, field: Any, hint: str = "", needed: bool = False) -> None:
        super().__init__(gap=6)
        self.field = field
        self.add_widget(Words(name if needed else f"{name}（可不填）", "body", "ink", bold=True))
        if hint:
            self.add_widget(Words(hint, "small", "ink2"))
        self.add_widget(field)
        self._fault: Row | None = None

    def fault(self, sentence: str) -> None:
        """Say what is wrong, or nothing."""
        if self._fault:
            self.remove_widget(self._fault)
            self._fault = None
        if sentence:
            self._fault = Row(Icon("alert-circle-outline", 20, "red"), Words(sentence, "small", "red"), gap=6)
            self.add_widget(self._fault)


class Key(Press):
    """A key of the keypad."""

    needed = NumericProperty(0)

    def __init__(self, said: str, action: Callable[[], Any], icon: str = "") -> None:
        super().__init__(action=action, size_hint_y=None)
        self.said = said
        self.needed = max(dp(58), sp(50))
        self.paint_ground(THEME.colours.sheet, THEME.colours.line, radius=16)
        face = Icon(icon, 26, "ink") if icon else Words(said, "title", "ink", halign="center")
        face.pos_hint = {"center_y": 0.5}
        if icon:
            face.size_hint_x = 1
        self.add_widget(face)


class PinPad(Column):
    """Twelve keys for a PIN, or with ``shown`` a code, of up to ``longest`` digits; each press calls ``tell``."""

    def __init__(self, tell: Callable[[str], Any], longest: int = 8, *, shown: bool = False) -> None:
        super().__init__(gap=14)
        self.typed, self.shown = "", shown
        self.tell, self.longest = tell, longest
        self.dots = Words(self._dots(), "huge", "ink", halign="center")
        keys = [Key(str(n), lambda n=n: self.press(str(n))) for n in range(1, 10)]
        last = [
            Key("清空", self.clear, "close"),
            Key("0", lambda: self.press("0")),
            Key("删除", self.delete, "backspace-outline"),
        ]
        self.add_widget(self.dots)
        self.add_widget(Tiles(*keys, *last, cols=3, gap=10))

    def press(self, digit: str) -> None:
        """Add a digit."""
        if len(self.typed) < self.longest:
            self._now(self.typed + digit)

    def delete(self) -> None:
        """Take the last digit away."""
        self._now(self.typed[:-1])

    def clear(self) -> None:
        """Begin again."""
        self._now("")

    def _now(self, typed: str) -> None:
        self.typed = typed
        self.dots.said = self._dots()
        self.tell(typed)

    def _dots(self) -> str:
        if self.shown:
            return " ".join(self.typed.ljust(self.longest, "_"))
        return "●" * len(self.typed) + "○" * max(0, 4 - len(self.typed))
