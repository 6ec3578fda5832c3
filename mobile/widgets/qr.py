"""A QR code on white (二维码), as large as there is room, whatever theme is worn.

Job: modules as a texture without smoothing, with the quiet zone of four modules (ISO/IEC 18004).
Never: invert or tint: cameras want black on white.
"""

from __future__ import annotations

from typing import Any

import segno
from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from kivy.uix.widget import Widget

QUIET = 4


class QrCode(Widget):
    """The code of ``text``, a square in the middle of the widget."""

    def __init__(self, text: str = "", **more: Any) -> None:
        super().__init__(**more)
        self.text_coded = ""
        with self.canvas:
            self._colour = Color(1, 1, 1, 1)
            self._square = Rectangle()
        self.fbind("pos", self._lay)
        self.fbind("size", self._lay)
        self.tell(text)

    def tell(self, text: str) -> None:
        """Show another text; nothing for an empty one."""
        self.text_coded = text
        self._colour.a = 1 if text else 0
        if text:
            self._square.texture = _texture(text)

    def _lay(self, *_: Any) -> None:
        side = min(self.width, self.height)
        self._square.size = (side, side)
        self._square.pos = (self.x + (self.width - side) / 2, self.y + (self.height - side) / 2)


def _texture(text: str) -> Any:
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=QUIET)]
    texture = Texture.create(size=(len(rows[0]), len(rows)), colorfmt="luminance", mipmap=False)
    texture.mag_filter = texture.min_filter = "nearest"
    cells = b"".join(bytes(0 if cell else 255 for cell in row) for row in reversed(rows))
    texture.blit_buffer(cells, colorfmt="luminance", bufferfmt="ubyte")
    return texture
