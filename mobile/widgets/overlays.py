"""What lies over a page: a short note that goes by itself, and a question that wants an answer.

Job: say that something was saved, or ask before something that cannot be undone.
Never: hide that something went wrong: notes of trouble stay until they are pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.metrics import dp
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from mobile.widgets.boxes import Press, Scroll, Sheet
from mobile.widgets.buttons import Push
from mobile.widgets.text import Icon, Words
from mobile.widgets.theme import THEME

STAYS_S = 4.0


class Toast(Press):
    """A sentence below the title, away from the buttons; it goes after four seconds, trouble only when pressed."""

    def __init__(self, sentence: str, tone: str, icon: str, close: Callable[[], Any]) -> None:
        super().__init__(action=close, size_hint=(None, None), padding=[dp(16), dp(14)], spacing=dp(10))
        self.said = sentence
        colours = THEME.colours
        self.paint_ground(colours.ground(tone), THEME.colour(tone))
        self.words = Words(sentence, "body", tone, bold=True, pos_hint={"center_y": 0.5})
        self.add_widget(Icon(icon, 26, tone, pos_hint={"center_y": 0.5}))
        self.add_widget(self.words)
        self.words.fbind("height", lambda *_: setattr(self, "height", self.words.height + dp(30)))
        self.height = dp(60)


class Question(AnchorLayout):
    """A sheet in the middle over a dark veil: a title, perhaps widgets, and buttons. It takes every touch."""

    def __init__(
        self, title: str, contents: Sequence[Widget], buttons: Sequence[Push], close: Callable[[], Any]
    ) -> None:
        super().__init__(padding=dp(18))
        self.said, self.close = title, close
        with self.canvas.before:
            Color(rgba=(0, 0, 0, 0.62))
            self._veil = Rectangle()
        self.fbind("size", self._cover)
        self.fbind("pos", self._cover)
        sheet = Sheet(Words(title, "head"), *contents, *buttons, gap=12, pad=18)
        self.scroll = Scroll(sheet)
        self.scroll.size_hint_y = None
        self.sheet = sheet
        sheet.fbind("height", self._cover)
        self.add_widget(self.scroll)

    def _cover(self, *_: Any) -> None:
        self._veil.pos, self._veil.size = self.pos, self.size
        self.scroll.height = min(self.sheet.height, self.height - dp(36))

    def on_touch_down(self, touch: Any) -> bool:
        """Let nothing through to the page below."""
        super().on_touch_down(touch)
        return True


class Layers(FloatLayout):
    """The whole window: a page below, then at most one question, then at most one toast."""

    def __init__(self, ground: Widget) -> None:
        super().__init__()
        self.toast: Toast | None = None
        self.question: Question | None = None
        self._end: Any = None
        self.add_widget(ground)
        self.fbind("size", self._lay)

    def tell(self, sentence: str, tone: str, icon: str) -> None:
        """Show a toast instead of the one that is there."""
        self.hush()
        self.toast = Toast(sentence, tone, icon, self.hush)
        self.toast.fbind("height", self._lay)
        self.add_widget(self.toast)
        self._lay()
        if tone != "red":
            self._end = Clock.schedule_once(lambda _: self.hush(), STAYS_S)

    def hush(self) -> None:
        """Take the toast away."""
        if self._end:
            self._end.cancel()
        if self.toast:
            self.remove_widget(self.toast)
        self.toast = self._end = None

    def ask(self, title: str, contents: Sequence[Widget], buttons: Sequence[Push]) -> None:
        """Show a question; its buttons should call ``answered``."""
        self.answered()
        self.hush()
        self.question = Question(title, contents, buttons, self.answered)
        self.add_widget(self.question)

    def answered(self) -> None:
        """Take the question away."""
        if self.question:
            self.remove_widget(self.question)
        self.question = None

    def _lay(self, *_: Any) -> None:
        if self.toast:
            self.toast.width = self.width - dp(24)
            self.toast.pos = (self.x + dp(12), self.top - dp(62) - self.toast.height)
