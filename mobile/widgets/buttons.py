"""Buttons: the big one at the end of a page, quieter ones, tiles with a picture, chips, choices.

Job: say what happens in a word, with a picture; be big enough for a thumb in a glove.
Never: show the state by colour alone: what is chosen carries a tick.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.metrics import dp, sp
from kivy.properties import NumericProperty

from mobile.widgets.boxes import Column, Press, Row
from mobile.widgets.text import Icon, Words, measured
from mobile.widgets.theme import TARGET_DP, THEME

Action = Callable[[], Any]
LOOKS = {
    "main": ("main", "on_main", None),
    "soft": ("soft", "on_soft", None),
    "plain": ("sheet", "ink", "line"),
    "danger": ("sheet", "red", "red"),
}
"""Look → colour of the ground, of the words, of the border."""


class Push(Press):
    """A word, perhaps with a picture before it, over the whole width; ``look`` is main, soft, plain or danger."""

    def __init__(self, said: str, action: Action, icon: str = "", look: str = "main", **more: Any) -> None:
        super().__init__(action=action, size_hint_y=None, spacing=dp(8), **more)
        self.look = look
        ground, ink, line = LOOKS[look]
        self.paint_ground(THEME.colour(ground), THEME.colour(line) if line else None, radius=16)
        self._words = Words(said, "head" if look == "main" else "body", ink, bold=True, halign="center")
        self._icon = Icon(icon, 24, ink) if icon else None
        for part in (self._icon, self._words):
            if part:
                part.pos_hint = {"center_y": 0.5}
                self.add_widget(part)
        self._words.size_hint_x = None
        self._words.fbind("height", self._grow)
        self.fbind("width", self._centre)
        self._grow()

    def _grow(self, *_: Any) -> None:
        self.height = max(self._words.height + dp(24), dp(56))

    def _centre(self, *_: Any) -> None:
        """Put picture and words together into the middle, the words on more lines when they must be."""
        used = self._icon.width + dp(8) if self._icon else 0
        wide = min(self.width - dp(24) - used, measured(self.said, self._words.font_size, True) + dp(6))
        side = (self.width - used - wide) / 2
        self.padding = [side, dp(12), side, dp(12)]
        self._words.width = wide

    @property
    def said(self) -> str:
        """Return the words."""
        return str(self._words.said)

    def say(self, said: str, icon: str = "") -> None:
        """Carry other words, perhaps another picture."""
        self._words.said = said
        if icon and self._icon:
            self._icon.draw(icon)
        self._centre()


class IconButton(Press):
    """A picture alone, where everybody knows it (back, delete one); ``said`` names it for the voice and the tests."""

    def __init__(self, icon: str, said: str, action: Action, tone: str = "ink", ground: str = "", **more: Any) -> None:
        side = max(dp(TARGET_DP), sp(40))
        super().__init__(action=action, size_hint=(None, None), size=(side, side), **more)
        self.said = said
        self.paint_ground(THEME.colour(ground) if ground else (0, 0, 0, 0), radius=side / dp(1) / 2)
        self.picture = Icon(icon, 26, tone)
        self.picture.size_hint = (1, 1)
        self.add_widget(self.picture)


class Tile(Press):
    """A picture with a word below: one of several to choose from; what is chosen gets a tick and a border."""

    needed = NumericProperty(0)
    """How high it must be."""

    def __init__(self, icon: str, said: str, action: Action, tone: str = "blue", **more: Any) -> None:
        super().__init__(action=action, size_hint_y=None, orientation="vertical", **more)
        self.said, self.icon_name, self.tone = said, icon, tone
        self.padding, self.spacing = [dp(6), dp(10), dp(6), dp(10)], dp(6)
        self.paint_ground(THEME.colours.sheet, THEME.colours.line)
        self.picture = Icon(icon, 34, tone, pos_hint={"center_x": 0.5})
        self.words = Words(said, "small", "ink", halign="center")
        self.add_widget(self.picture)
        self.add_widget(self.words)
        self.fbind("minimum_height", self._grow)
        self.is_chosen = False

    def _grow(self, *_: Any) -> None:
        self.height = self.needed = max(self.minimum_height, sp(84))

    def choose(self, chosen: bool) -> None:
        """Look chosen or not."""
        self.is_chosen = chosen
        colours = THEME.colours
        self.repaint(colours.soft if chosen else colours.sheet, colours.main if chosen else colours.line)
        self.picture.draw("check-circle" if chosen else self.icon_name, "on_soft" if chosen else self.tone)
        self.words.paint("on_soft" if chosen else "ink")


class Choice(Press):
    """One of several answers in words, over the whole width; ``many`` draws boxes instead of rings."""

    def __init__(self, said: str, action: Action, *, many: bool = False, more: str = "", **rest: Any) -> None:
        super().__init__(action=action, size_hint_y=None, spacing=dp(12), padding=[dp(12), dp(10)], **rest)
        self.said, self.many = said, many
        self.paint_ground(THEME.colours.sheet, THEME.colours.line)
        self.mark = Icon("", 26, "ink2", pos_hint={"center_y": 0.5})
        texts = [Words(said, "body")] + ([Words(more, "small", "ink2")] if more else [])
        self.words = texts[0]
        self.texts = Column(*texts, gap=2, pos_hint={"center_y": 0.5})
        self.add_widget(self.mark)
        self.add_widget(self.texts)
        self.texts.fbind("height", self._grow)
        self.choose(False)

    def _grow(self, *_: Any) -> None:
        self.height = max(self.texts.height + dp(20), dp(52))

    def choose(self, chosen: bool) -> None:
        """Look chosen or not."""
        self.is_chosen = chosen
        colours = THEME.colours
        names = (
            ("checkbox-marked-outline", "checkbox-blank-outline")
            if self.many
            else ("radiobox-marked", "checkbox-blank-circle-outline")
        )
        self.mark.draw(names[0] if chosen else names[1], "on_soft" if chosen else "ink2")
        self.repaint(colours.soft if chosen else colours.sheet, colours.main if chosen else colours.line)
        self.words.paint("on_soft" if chosen else "ink")
        for text in list(self.texts.children)[:-1]:
            text.paint("on_soft" if chosen else "ink2")


class Choices(Column):
    """Several answers of which one (or with ``many`` any number) is chosen. ``options`` are (value, words[, more])."""

    def __init__(
        self, options: Sequence[tuple[str, ...]], chosen: Sequence[str] = (), *, many: bool = False,
        action: Callable[[list[str]], Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(gap=8)
        self.many, self.action = many, action
        self.buttons: dict[str, Choice] = {}
        for value, words, *more in options:
            button = Choice(words, lambda value=value: self._press(value), many=many, more=more[0] if more else "")
            self.buttons[value] = button
            self.add_widget(button)
            button.choose(value in chosen)

    @property
    def chosen(self) -> list[str]:
        """Return the values chosen now, in the order shown."""
        return [value for value, button in self.buttons.items() if button.is_chosen]

    def _press(self, pressed: str) -> None:
        for value, button in self.buttons.items():
            if value == pressed:
                button.choose(not button.is_chosen if self.many else True)
            elif not self.many and button.is_chosen:
                button.choose(False)
        if self.action:
            self.action(self.chosen)


class Chip(Press):
    """A short word in a round frame: a filter, a suggestion."""

    def __init__(self, said: str, action: Action, icon: str = "", **more: Any) -> None:
        super().__init__(action=action, size_hint=(None, None), padding=[dp(14), 0], spacing=dp(6), **more)
        self.said = said
        self.paint_ground(THEME.colours.sheet, THEME.colours.line, radius=24)
        self.icon_name, self.picture = icon, Icon(icon, 20, "ink2") if icon else None
        self.tick = Icon("check", 18, "on_main", pos_hint={"center_y": 0.5})
        parts = [self.picture] if self.picture else []
        self.words = Words(said, "small", "ink", fit=True, bold=True)
        for part in (*parts, self.words):
            part.pos_hint = {"center_y": 0.5}
            self.add_widget(part)
        self.height = max(dp(TARGET_DP), self.words.height + dp(16))
        self.is_chosen = False
        self._measure()

    def _measure(self) -> None:
        """Be as wide as what it holds."""
        self.width = dp(28) + sum(part.width + dp(6) for part in self.children) - dp(6)

    def choose(self, chosen: bool) -> None:
        """Look chosen or not."""
        self.is_chosen = chosen
        colours = THEME.colours
        self.repaint(colours.main if chosen else colours.sheet, colours.main if chosen else colours.line)
        self.words.paint("on_main" if chosen else "ink")
        if self.picture:
            self.picture.draw("check" if chosen else self.icon_name, "on_main" if chosen else "ink2")
            return
        if chosen and self.tick.parent is None:
            self.add_widget(self.tick, index=len(self.children))
        elif not chosen and self.tick.parent:
            self.remove_widget(self.tick)
        self._measure()


class OnOff(Press):
    """A setting that is on or off, told in words and by a picture."""

    def __init__(self, said: str, is_on: bool, action: Callable[[bool], Any], more: str = "") -> None:
        super().__init__(size_hint_y=None, spacing=dp(12), padding=[dp(12), dp(10)])
        self.said, self.is_on, self.tell = said, is_on, action
        self.paint_ground(THEME.colours.sheet, THEME.colours.line)
        self.state_words = Words("", "body", "ink", fit=True, bold=True, pos_hint={"center_y": 0.5})
        texts = [Words(said, "body")] + ([Words(more, "small", "ink2")] if more else [])
        self.texts = Column(*texts, gap=2, pos_hint={"center_y": 0.5})
        self.mark = Icon("", 30, "main", pos_hint={"center_y": 0.5})
        for part in (self.texts, self.state_words, self.mark):
            self.add_widget(part)
        self.texts.fbind("height", self._grow)
        self.action = self._turn
        self._show()

    def _grow(self, *_: Any) -> None:
        self.height = max(self.texts.height + dp(20), dp(56))

    def _turn(self) -> None:
        self.is_on = not self.is_on
        self._show()
        self.tell(self.is_on)

    def _show(self) -> None:
        self.state_words.said = "开" if self.is_on else "关"
        self.mark.draw(
            "checkbox-marked-outline" if self.is_on else "checkbox-blank-outline", "main" if self.is_on else "ink2"
        )


def pair(one: Push, other: Push) -> Row | Column:
    """Return two buttons beside each other, or below each other where large letters leave no room."""
    from kivy.metrics import Metrics

    return Column(one, other, gap=10) if Metrics.fontscale > 1.35 else Row(one, other, gap=10)
