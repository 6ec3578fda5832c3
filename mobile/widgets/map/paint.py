"""Textures of the map (纹理): edges of strokes that are smooth, hatchings that tell classes apart without their colour.

Job: small pictures made once in memory.
Never: load a file.
"""

from __future__ import annotations

from functools import cache
from typing import Any

CASING, CORE = 1.0, 0.5
"""Share of a stroke's width that its pale casing and its core take."""
RAMP = 32
HATCH = 16


@cache
def ramp(share: float) -> Any:
    """Return a texture one pixel wide whose middle ``share`` is opaque and whose edges are smooth."""
    from kivy.graphics.texture import Texture

    texture = Texture.create(size=(1, RAMP), colorfmt="rgba", mipmap=False)
    rows = bytearray()
    for row in range(RAMP):
        away = abs(row + 0.5 - RAMP / 2) / (RAMP / 2)
        alpha = min(max((share - away) * 5 + 0.5 * share, 0.0), 1.0)
        rows += bytes((255, 255, 255, int(255 * alpha)))
    texture.blit_buffer(bytes(rows), colorfmt="rgba", bufferfmt="ubyte")
    texture.mag_filter = texture.min_filter = "linear"
    texture.wrap = "clamp_to_edge"
    return texture


def _dots(x: int, y: int) -> bool:
    return (x % 8 in (1, 2)) and (y % 8 in (1, 2))


def _wide(x: int, y: int) -> bool:
    return (x + y) % 16 in (0, 1)


def _close(x: int, y: int) -> bool:
    return (x + y) % 8 in (0, 1)


def _crossed(x: int, y: int) -> bool:
    return (x + y) % 8 in (0, 1) or (x - y) % 8 in (0, 1)


HATCHINGS = (None, _dots, _wide, _close, _crossed)
"""From the lowest class to the highest."""


@cache
def hatching(kind: int) -> Any:
    """Return the repeating texture of a class: plain, dots, wide lines, close lines, crossed lines."""
    from kivy.graphics.texture import Texture

    inked = HATCHINGS[min(kind, len(HATCHINGS) - 1)]
    texture = Texture.create(size=(HATCH, HATCH), colorfmt="rgba", mipmap=False)
    cells = bytearray()
    for y in range(HATCH):
        for x in range(HATCH):
            cells += bytes((255, 255, 255, 255 if inked and inked(x, y) else 0))
    texture.blit_buffer(bytes(cells), colorfmt="rgba", bufferfmt="ubyte")
    texture.wrap = "repeat"
    texture.mag_filter = texture.min_filter = "linear"
    return texture
