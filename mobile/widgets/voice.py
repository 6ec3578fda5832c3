"""Voice notes on the screen: the big microphone, and a line that plays one.

Job: show whether it listens, how loud, how long still; a note with its length, to be played or thrown away.
Never: record or play (the device does), or keep a note (the core does).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Ellipse, Rectangle
from kivy.metrics import dp, sp

from mobile.widgets.boxes import Column, Press
from mobile.widgets.buttons import IconButton
from mobile.widgets.text import Icon, Words
from mobile.widgets.theme import THEME

Action = Callable[[], Any]
HOLDS_S = 0.6
"""A finger that stays longer speaks while it holds; a shorter one begins, and ends by a second touch."""


def clock(seconds: float) -> str:
    """Return a length as people read it on a recorder: 0:07."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"


class Mic(Press):
    """The microphone. Touched it calls ``begin``; touched again, or let go after a while, ``end``.

    ``listen`` shows how long it has been listening and how loud it is; ``rest`` that it does not.
    """

    def __init__(self, begin: Action, end: Action, begun: Callable[[], bool]) -> None:
        super().__init__(size_hint_y=None, spacing=dp(14), padding=[dp(16), dp(12), dp(16), dp(14)])
        self.begin, self.end, self.begun = begin, end, begun
        self.paint_ground(THEME.colours.soft, THEME.colours.main, radius=18)
        self.picture = Icon("microphone", 36, "on_soft", pos_hint={"center_y": 0.5})
        self.words, self.more = Words("", "head", "on_soft", bold=True), Words("", "small", "on_soft")
        self.texts = Column(self.words, self.more, gap=2, pos_hint={"center_y": 0.5})
        self.add_widget(self.picture)
        self.add_widget(self.texts)
        self.share, self.loudness = 0.0, 0.0
        self._was_begun, self._pressed_at = False, 0.0
        with self.canvas.before:
            self._ring_colour, self._ring = Color(rgba=(0, 0, 0, 0)), Ellipse()
        with self.canvas:
            self._bar_colour, self._bar = Color(rgba=(0, 0, 0, 0)), Rectangle()
        for name in ("pos", "size"):
            self.fbind(name, self._draw)
        self.texts.fbind("height", self._grow)
        self.rest()

    @property
    def said(self) -> str:
        """Return what it offers."""
        return str(self.words.said)

    def _grow(self, *_: Any) -> None:
        self.height = max(self.texts.height + dp(28), dp(76))

    def rest(self, said: str = "录一段语音", more: str = "点一下说，再点一下停") -> None:
        """Offer to begin."""
        self._dress("microphone", said, more, "soft", "on_soft")
        self.share = self.loudness = 0.0
        self._draw()

    def listen(self, seconds: float, most_s: float, loudness: float) -> None:
        """Show that it listens."""
        left = most_s - seconds
        more = f"还能说 {round(left)} 秒" if left <= 10 else f"最长 {clock(most_s)}"
        self._dress("stop-circle", f"正在录音 {clock(seconds)}", f"{more}，点一下结束", "red", "on_main")
        self.share, self.loudness = min(1.0, seconds / most_s), loudness
        self._draw()

    def _dress(self, icon: str, said: str, more: str, ground: str, ink: str) -> None:
        self.words.said, self.more.said = said, more
        self.repaint(THEME.colour(ground), THEME.colour("main" if ground == "soft" else ground))
        self.picture.draw(icon, ink)
        for words in (self.words, self.more):
            words.paint(ink)

    def _draw(self, *_: Any) -> None:
        """Draw a ring about the picture, the wider the louder, and along the lower edge how much time is gone."""
        ink = THEME.colour("on_main")[:3]
        side = self.picture.width * (1.0 + 0.6 * min(1.0, self.loudness))
        self._ring_colour.rgba = (*ink, 0.28 if self.loudness else 0)
        self._ring.pos = (self.picture.center_x - side / 2, self.picture.center_y - side / 2)
        self._ring.size = (side, side)
        self._bar_colour.rgba = (*ink, 0.9 if self.share else 0)
        self._bar.pos = (self.x + dp(16), self.y + dp(6))
        self._bar.size = ((self.width - dp(32)) * self.share, dp(4))

    def on_press(self) -> None:
        """Begin under the finger."""
        self._pressed_at, self._was_begun = Clock.get_time(), self.begun()
        if not self._was_begun:
            self.begin()

    def on_release(self) -> None:
        """End what was begun before, or what a finger held."""
        is_held = Clock.get_time() - self._pressed_at >= HOLDS_S
        if self._was_begun or (self.begun() and is_held):
            self.end()


class VoiceLine(Press):
    """A note: pressed it plays or stops; ``drop`` offers to throw it away. Without ``play`` it has not come yet."""

    def __init__(
        self, seconds: float, play: Callable[[VoiceLine], Any] | None, drop: Action | None = None, note: str = ""
    ) -> None:
        padding = [dp(14), dp(8), dp(8), dp(8)]
        super().__init__(size_hint_y=None, spacing=dp(10), padding=padding, action=self._play if play else None)
        self.play = play
        self.seconds, self.note = seconds, note
        self.paint_ground(THEME.colours.sheet, THEME.colours.line, radius=14)
        self.picture = Icon("play", 30, "blue" if play else "ink2", pos_hint={"center_y": 0.5})
        self.words = Words("", "body", "ink", bold=True)
        self.add_widget(self.picture)
        self.words.pos_hint = {"center_y": 0.5}
        self.add_widget(self.words)
        if drop:
            self.add_widget(IconButton("delete-outline", "删除这段语音", drop, "red", pos_hint={"center_y": 0.5}))
        self.words.fbind("height", self._grow)
        self.sound(playing=False)
        self._grow()

    @property
    def said(self) -> str:
        """Return what it says."""
        return str(self.words.said)

    def _grow(self, *_: Any) -> None:
        self.height = max(self.words.height + dp(20), sp(40) + dp(16), dp(60))

    def _play(self) -> None:
        if self.play:
            self.play(self)

    def sound(self, *, playing: bool) -> None:
        """Show whether it is playing."""
        length = f" {clock(self.seconds)}" if self.seconds else ""
        self.picture.draw("cloud-off-outline" if self.note else "stop-circle" if playing else "play")
        self.words.said = self.note or (f"正在播放{length}" if playing else f"听语音{length}")
