"""What keeps its size while the map is zoomed (图标与注记): marks of things, names of places.

Job: draw a badge or a name about its own zero; move many of them when the view moves.
Never: tell a state by colour alone: each badge has a shape and a picture of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, InstructionGroup, Line, Mesh, PopMatrix, PushMatrix, Rectangle, Translate
from kivy.metrics import dp, sp

from mobile.widgets import icons
from mobile.widgets.fonts import ICONS, LETTERS
from mobile.widgets.map.frame import View
from mobile.widgets.theme import THEME, Colour

CORNERS: Final = {
    "circle": (28, 0.0),
    "triangle": (3, 90.0),
    "diamond": (4, 90.0),
    "square": (4, 45.0),
    "hexagon": (6, 0.0),
    "pentagon": (5, 90.0),
    "octagon": (8, 22.5),
}
"""Shape → how many corners, and at which angle the first one stands."""
SWELL: Final = {"triangle": 1.3, "diamond": 1.18, "square": 1.12, "pentagon": 1.14}
"""Shapes that need to be larger to hold the same picture."""


@dataclass(frozen=True, slots=True)
class Badge:
    """How a kind of mark looks: shape, tone of the theme, picture."""

    shape: str
    tone: str
    icon: str


class Sprite:
    """Something drawn about its own zero, standing at a point of the plane."""

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y
        self.group = InstructionGroup()
        self._at = Translate(0, 0)
        self.inside = InstructionGroup()
        for one in (PushMatrix(), self._at, self.inside, PopMatrix()):
            self.group.add(one)

    def move(self, view: View, left: float, low: float) -> None:
        """Stand where the view has it; ``left, low`` is the corner of the map in the window."""
        sx, sy = view.screen(self.x, self.y)
        self._at.x, self._at.y = round(left + sx), round(low + sy)


def polygon(shape: str, radius: float) -> list[float]:
    """Return the corners of a badge about zero as a flat list."""
    count, turn = CORNERS[shape]
    radius *= SWELL.get(shape, 1.0)
    angles = (math.radians(turn + 360.0 * n / count) for n in range(count))
    return [part for angle in angles for part in (radius * math.cos(angle), radius * math.sin(angle))]


def _disc(shape: str, radius: float, colour: Colour) -> list[Any]:
    flat = polygon(shape, radius)
    vertices = [part for i in range(0, len(flat), 2) for part in (flat[i], flat[i + 1], 0.0, 0.0)]
    return [Color(rgba=colour), Mesh(vertices=vertices, indices=list(range(len(flat) // 2)), mode="triangle_fan")]


def badge(at: Badge, x: float, y: float, count: int = 1) -> Sprite:
    """Return a mark: its shape in its tone with a pale edge and its picture, or the number of a heap."""
    colours = THEME.colours
    sprite = Sprite(x, y)
    radius = sp(14) if count == 1 else sp(17)
    paper = colours.sheet
    parts = [*_disc(at.shape, radius + dp(2.5), paper), *_disc(at.shape, radius, THEME.colour(at.tone))]
    edge = polygon(at.shape, radius + dp(2.5))
    parts += [Color(rgba=THEME.colour(at.tone)), Line(points=edge, width=dp(0.7), close=True)]
    words = icons.glyph(at.icon) if count == 1 else str(min(count, 99)) + ("+" if count > 99 else "")
    texture = face(words, ICONS if count == 1 else LETTERS, sp(18 if count == 1 else 16 if count < 100 else 13))
    low = -dp(1.5) * (at.shape == "triangle")
    parts += [
        Color(rgba=paper),
        Rectangle(texture=texture, size=texture.size, pos=(-texture.width / 2, low - texture.height / 2)),
    ]
    for part in parts:
        sprite.inside.add(part)
    return sprite


@lru_cache(maxsize=400)
def face(words: str, font: str, size: float, halo: Colour | None = None) -> Any:
    """Return the texture of some words in white, or with a halo in their own colour (then draw it in white)."""
    more: dict[str, Any] = {"outline_width": max(2, int(dp(1.6))), "outline_color": halo[:3]} if halo else {}
    label = CoreLabel(text=words, font_name=font, font_size=size, bold=font == LETTERS, color=(1, 1, 1, 1), **more)
    label.refresh()
    return label.texture


@lru_cache(maxsize=400)
def name_face(words: str, size: float, ink: Colour, halo: Colour) -> Any:
    """Return the texture of a name with a halo around it, so that it is read over any ground."""
    more: dict[str, Any] = {"outline_width": max(2, int(dp(1.8))), "outline_color": halo[:3]}
    label = CoreLabel(text=words, font_name=LETTERS, font_size=size, bold=True, color=ink, halign="center", **more)
    label.refresh()
    return label.texture


def name(words: str, x: float, y: float, size: float, ink: Colour, halo: Colour) -> Sprite:
    """Return a name standing with its middle at a point."""
    sprite = Sprite(x, y)
    texture = name_face(words, size, ink, halo)
    sprite.inside.add(Color(1, 1, 1, 1))
    sprite.inside.add(Rectangle(texture=texture, size=texture.size, pos=(-texture.width / 2, -texture.height / 2)))
    return sprite


class Sprites:
    """A layer of sprites in ``group``."""

    def __init__(self) -> None:
        self.group = InstructionGroup()
        self.all: list[Sprite] = []

    def show(self, sprites: Sequence[Sprite]) -> None:
        """Show these instead."""
        self.group.clear()
        self.all = list(sprites)
        for sprite in self.all:
            self.group.add(sprite.group)

    def move(self, view: View, left: float, low: float) -> None:
        """Move all with the view."""
        for sprite in self.all:
            sprite.move(view, left, low)
