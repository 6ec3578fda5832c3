"""Photos on the screen: thumbnails, one over the whole width, and two laid over each other to compare.

Job: draw JPEG bytes; say in words which photo it is; drag a line over before and after.
Never: keep or fetch photos (the core does).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from kivy.core.image import Image as CoreImage
from kivy.graphics import Color, Line, Rectangle, StencilPop, StencilPush, StencilUnUse, StencilUse
from kivy.metrics import dp, sp
from kivy.uix.image import Image
from kivy.uix.widget import Widget

from mobile.core.shapes import Trouble
from mobile.widgets.boxes import Column, Press
from mobile.widgets.text import Icon, Words
from mobile.widgets.theme import THEME

KINDS = {"before": "处置前", "after": "处置后", "scene": "现场", "check": "核查"}
"""What the kinds of photos are called below a thumbnail."""


def texture(content: bytes | None) -> Any:
    """Return a texture of a JPEG, or None when there is none or it cannot be read."""
    if not content:
        return None
    try:
        return CoreImage(io.BytesIO(content), ext="jpg").texture
    except Exception as problem:  # Kivy raises whatever its image library does
        if isinstance(problem, Trouble):
            raise
        return None


class Thumb(Press):
    """A thumbnail with the word for what it shows below; pressed, it opens."""

    def __init__(self, content: bytes | None, said: str, action: Callable[[], Any], side: float = 96) -> None:
        super().__init__(
            action=action, orientation="vertical", size_hint=(None, None), padding=[dp(3)] * 4, spacing=dp(2)
        )
        self.said = said
        self.paint_ground(THEME.colours.sheet, THEME.colours.line, radius=10)
        found = texture(content)
        words = Words(said, "tiny", "ink", halign="center")
        if found:
            self.add_widget(Image(texture=found, fit_mode="cover"))
        else:
            blank = Icon("image-outline", 34, "ink2")
            blank.size_hint = (1, 1)
            self.add_widget(blank)
        self.add_widget(words)
        self.size = (max(dp(side), sp(74)), max(dp(side), sp(74)) + words.height + dp(4))


class Shown(Widget):
    """A photo as wide as the page, as high as it must be."""

    def __init__(self, content: bytes | None) -> None:
        super().__init__(size_hint_y=None)
        self.texture = texture(content)
        with self.canvas:
            Color(rgba=(1, 1, 1, 1) if self.texture else THEME.colour("line"))
            self._drawn = Rectangle(texture=self.texture)
        self.fbind("width", self._lay)
        self.fbind("pos", self._lay)

    def _lay(self, *_: Any) -> None:
        ratio = self.texture.height / self.texture.width if self.texture else 0.6
        self.height = self.width * min(ratio, 1.4)
        self._drawn.pos, self._drawn.size = self.pos, self.size


class Compare(Widget):
    """Two photos over each other with a line between them that a finger moves: left before, right after."""

    def __init__(self, before: bytes | None, after: bytes | None) -> None:
        super().__init__(size_hint_y=None)
        self.said = "处置前后对比"
        self.share = 0.5
        self.textures = (texture(before), texture(after))
        self.fbind("size", self._lay)
        self.fbind("pos", self._lay)

    def _lay(self, *_: Any) -> None:
        first = self.textures[0] or self.textures[1]
        self.height = self.width * min(first.height / first.width if first else 0.7, 1.3)
        self._draw()

    def _draw(self) -> None:
        line = self.x + self.width * self.share
        self.canvas.clear()
        with self.canvas:
            Color(rgba=(1, 1, 1, 1))
            Rectangle(texture=self.textures[1], pos=self.pos, size=self.size)
            StencilPush()
            Rectangle(pos=self.pos, size=(line - self.x, self.height))
            StencilUse()
            Color(rgba=(1, 1, 1, 1))
            Rectangle(texture=self.textures[0], pos=self.pos, size=self.size)
            StencilUnUse()
            Rectangle(pos=self.pos, size=(line - self.x, self.height))
            StencilPop()
            Color(rgba=(0, 0, 0, 0.7))
            Line(points=[line, self.y, line, self.top], width=dp(2.4))
            Color(rgba=(1, 1, 1, 1))
            Line(points=[line, self.y, line, self.top], width=dp(1.2))
            Line(circle=(line, self.center_y, dp(15)), width=dp(2))

    def on_touch_down(self, touch: Any) -> bool:
        """Take a finger that comes down on the photo."""
        if not self.collide_point(*touch.pos):
            return False
        touch.grab(self)
        return self.on_touch_move(touch)

    def on_touch_move(self, touch: Any) -> bool:
        """Move the line to the finger."""
        if touch.grab_current is not self and self not in [one() for one in touch.grab_list]:
            return False
        self.share = min(1.0, max(0.0, (touch.x - self.x) / self.width))
        self._draw()
        return True


def compared(before: bytes | None, after: bytes | None) -> Column:
    """Return the comparison with its explanation."""
    return Column(Compare(before, after), Words("左边处置前，右边处置后；左右拖动中线对比", "small", "ink2"), gap=6)
