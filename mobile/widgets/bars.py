"""The frame of every page: title above, the strip that says what is unsent, tabs below.

Job: back, title, own place for a button; duty sign, unsent count and last success, always in sight; five tabs.
Never: know what a page is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.metrics import dp, sp
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from mobile.widgets.boxes import Column, Painted, Press, Row
from mobile.widgets.buttons import IconButton
from mobile.widgets.text import Icon, Words
from mobile.widgets.theme import THEME


class TopBar(Painted, Row):
    """Back (when there is a way back), the title, and up to two buttons on the right."""

    def __init__(self, title: str, back: Callable[[], Any] | None = None, *right: Press) -> None:
        super().__init__(gap=4, pad=(4 if back else 12, 4, 8, 4))
        self.paint_ground(THEME.colours.bar, radius=0)
        if back:
            self.add_widget(IconButton("arrow-left", "返回", back, "on_bar"))
        else:
            self.add_widget(Widget(size_hint=(None, None), size=(0, max(dp(48), sp(40)))))
        self.title = Words(title, "title", "on_bar")
        self.add_widget(self.title)
        for button in right:
            self.add_widget(button)


class Strip(Press):
    """One line under the title: on duty or not, what is unsent, when something last arrived. Pressed: the outbox."""

    def __init__(self, action: Callable[[], Any]) -> None:
        super().__init__(action=action, size_hint_y=None, padding=[dp(14), dp(8), dp(14), dp(8)], spacing=dp(8))
        self.said = "待发送"
        self.paint_ground(THEME.colours.sheet, radius=0)
        self.picture = Icon("cloud-check-outline", 22, "green", pos_hint={"center_y": 0.5})
        self.words = Words("", "small", "ink", pos_hint={"center_y": 0.5})
        self.duty_picture = Icon("account-off-outline", 20, "grey", pos_hint={"center_y": 0.5})
        self.duty_words = Words("", "tiny", "grey", fit=True, bold=True, pos_hint={"center_y": 0.5})
        for part in (self.picture, self.words, self.duty_picture, self.duty_words):
            self.add_widget(part)
        self.words.fbind("height", self._grow)
        self._grow()

    def _grow(self, *_: Any) -> None:
        self.height = max(dp(48), self.words.height + dp(14))

    def tell(self, sentence: str, tone: str, icon: str, on_duty: bool | None) -> None:
        """Say how the outbox stands and whether the bearer is on duty (None: this person has no duty to go on)."""
        self.words.said = sentence
        self.picture.draw(icon, tone)
        self.duty_words.said = "" if on_duty is None else "在岗" if on_duty else "未上岗"
        tone = "green" if on_duty else "grey"
        self.duty_words.paint(tone)
        self.duty_picture.draw(
            "" if on_duty is None else "account-check-outline" if on_duty else "account-off-outline", tone
        )


class Tab(Press):
    """One of the tabs: picture and word; the chosen one stands on a ground of its own and is written bold."""

    def __init__(self, icon: str, said: str, action: Callable[[], Any]) -> None:
        super().__init__(action=action, orientation="vertical", padding=[0, dp(6), 0, dp(6)], spacing=dp(1))
        self.said = said
        self.paint_ground((0, 0, 0, 0), radius=14)
        self.picture = Icon(icon, 27, "ink2", pos_hint={"center_x": 0.5})
        self.words = Words(said, "tiny", "ink2", halign="center")
        self.add_widget(self.picture)
        self.add_widget(self.words)
        self.count = 0

    def choose(self, chosen: bool) -> None:
        """Look chosen or not."""
        colours = THEME.colours
        self.repaint(colours.soft if chosen else (0, 0, 0, 0))
        self.words.bold = chosen
        self.words.paint("on_soft" if chosen else "ink2")
        self.picture.draw(self.picture.name, "on_soft" if chosen else "ink2")

    def tell(self, count: int) -> None:
        """Carry a number beside the word: unread messages."""
        self.count = count
        self.words.said = f"{self.said} {min(count, 99)}" if count else self.said


class Tabs(Painted, BoxLayout):
    """The tabs at the bottom. ``tabs`` are (name, picture, word)."""

    def __init__(self, tabs: Sequence[tuple[str, str, str]], go: Callable[[str], Any]) -> None:
        super().__init__(size_hint_y=None, height=sp(50) + dp(20), padding=[dp(4), dp(4)], spacing=dp(2))
        self.paint_ground(THEME.colours.sheet, THEME.colours.line, radius=0)
        self.tabs = {name: Tab(icon, said, lambda name=name: go(name)) for name, icon, said in tabs}
        for tab in self.tabs.values():
            self.add_widget(tab)

    def choose(self, chosen: str) -> None:
        """Light the tab called ``chosen``; none when there is no such tab."""
        for name, tab in self.tabs.items():
            tab.choose(name == chosen)


class Note(Press):
    """A sentence that matters: picture, words and perhaps advice, on a ground of its tone; with an action it opens."""

    def __init__(
        self,
        sentence: str,
        tone: str = "blue",
        icon: str = "information-outline",
        advice: str = "",
        action: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__(action=action, size_hint_y=None, padding=[dp(12), dp(12)], spacing=dp(10))
        self.said = f"{sentence}\n{advice}" if advice else sentence
        self.paint_ground(THEME.colours.ground(tone), THEME.colour(tone), radius=12)
        words = [Words(sentence, "body", tone, bold=bool(advice))] + ([Words(advice, "small", "ink")] if advice else [])
        texts = Column(*words, gap=4, pos_hint={"center_y": 0.5})
        parts = [Icon(icon, 24, tone, pos_hint={"center_y": 0.5}), texts]
        for part in (*parts, *([Icon("chevron-right", 24, tone, pos_hint={"center_y": 0.5})] if action else [])):
            self.add_widget(part)
        texts.fbind("height", lambda *_: setattr(self, "height", max(texts.height + dp(24), dp(52))))
        self.height = dp(52)

    def on_state(self, _: Any, state: str) -> None:
        """Darken only where there is something to open."""
        if self.action:
            super().on_state(_, state)
