"""The layer of the grids (网格图层): outlines and fills as meshes, built once, then only moved and stretched.

Job: for each half step of zoom, lots of neighbouring grids with the vertices that can be seen; build a lot when it
first comes into view, a few milliseconds a frame.
Never: compute anything while a finger moves the map over what was drawn before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kivy.graphics import Color, InstructionGroup, Mesh
from kivy.graphics.tesselator import TYPE_POLYGONS, WINDING_ODD, Tesselator
from kivy.metrics import dp

from mobile.widgets.map import paint
from mobile.widgets.map.frame import Box, View, around, meets
from mobile.widgets.map.land import Land, Shape
from mobile.widgets.map.ribbons import Soup, strokes
from mobile.widgets.theme import Colour

LOT_DP = 420.0
UNSEEN_PX = 0.55
"""Vertices nearer than so many dp to their chord are not seen."""
BUDGET_S = 0.008
LEVELS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Fill:
    """How a grid is filled: a colour, and a hatching (see ``paint.hatching``) in another on top of it."""

    colour: Colour
    hatch: int = 0
    ink: Colour = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of the lines, how wide they are (dp), and whether pictures lie below, so that lines need a casing."""

    line: Colour
    strong: Colour
    casing: Colour
    line_dp: float = 1.1
    strong_dp: float = 3.0
    over_tiles: bool = False


@dataclass(slots=True)
class Lot:
    """Neighbouring grids that are drawn together."""

    shapes: list[Shape]
    box: Box
    group: InstructionGroup | None = None


@dataclass(slots=True)
class Level:
    """All lots of one half step of zoom; ``scale`` is in pixels a metre."""

    scale: float
    lots: list[Lot]
    group: InstructionGroup = field(default_factory=InstructionGroup)


class Ground:
    """Draws the land into ``group``, in metres of the plane; the surface moves it by a matrix."""

    def __init__(self) -> None:
        self.group = InstructionGroup()
        self.land: Land | None = None
        self.look: Look | None = None
        self.fills: Mapping[str, Fill] = {}
        self.strong: frozenset[str] = frozenset()
        self._levels: dict[int, Level] = {}
        self._shown: int | None = None
        self.built = 0
        """How many lots were built since the beginning: a test sees that panning builds none twice."""

    def wear(self, land: Land, look: Look, fills: Mapping[str, Fill], strong: frozenset[str]) -> None:
        """Draw this land, these fills (code → fill) and the ``strong`` outlines; what is the same stays as it is."""
        if (land, look, dict(fills), strong) == (self.land, self.look, dict(self.fills), self.strong):
            return
        self.land, self.look, self.fills, self.strong = land, look, fills, strong
        self._levels.clear()
        self._shown = None
        self.group.clear()

    def show(self, view: View) -> bool:
        """Show what ``view`` sees; tell whether something is still to be built."""
        if self.land is None or self.look is None:
            return False
        step = round(2 * math.log2(view.scale))
        level = self._levels.get(step) or self._level(step)
        ends = time.perf_counter() + BUDGET_S
        for lot in level.lots:
            if lot.group is None and meets(lot.box, view.box):
                if time.perf_counter() > ends:
                    return True
                self._build(level, lot)
        if self._shown != step:
            self.group.clear()
            self.group.add(level.group)
            self._shown = step
            self._forget(step)
        return False

    def _level(self, step: int) -> Level:
        scale = 2 ** (step / 2)
        side = dp(LOT_DP) / scale
        lots: dict[tuple[int, int], list[Shape]] = {}
        for shape in self.land.shapes.values() if self.land else ():
            place = (int(shape.middle[0] // side), int(shape.middle[1] // side))
            lots.setdefault(place, []).append(shape)
        made = [Lot(shapes, around([shape.box for shape in shapes])) for shapes in lots.values()]
        self._levels[step] = Level(scale, made)
        return self._levels[step]

    def _forget(self, step: int) -> None:
        for far in sorted(self._levels, key=lambda one: abs(one - step))[LEVELS_KEPT:]:
            del self._levels[far]

    def _build(self, level: Level, lot: Lot) -> None:
        self.built += 1
        pixel = dp(1) / level.scale
        rings = {shape.code: shape.thinned(UNSEEN_PX * pixel) for shape in lot.shapes}
        lot.group = InstructionGroup()
        self._fill(lot, rings, level.scale)
        self._lines(lot, rings, pixel)
        level.group.add(lot.group)

    def _fill(self, lot: Lot, rings: Mapping[str, Any], scale: float) -> None:
        soups: dict[Fill, Soup] = {}
        texel = 1.0 / (dp(paint.HATCH) / scale)
        for shape in lot.shapes:
            if fill := self.fills.get(shape.code):
                soups.setdefault(fill, Soup()).triangles(corners(rings[shape.code]), texel)
        for fill, soup in soups.items():
            self._meshes(lot, soup, fill.colour, None)
            if fill.hatch:
                self._meshes(lot, soup, fill.ink, paint.hatching(fill.hatch))

    def _lines(self, lot: Lot, rings: Mapping[str, Any], pixel: float) -> None:
        look = self.look
        assert look is not None
        weak = [ring for shape in lot.shapes if shape.code not in self.strong for ring in rings[shape.code]]
        bold = [ring for shape in lot.shapes if shape.code in self.strong for ring in rings[shape.code]]
        for some, wide, colour in ((weak, look.line_dp, look.line), (bold, look.strong_dp, look.strong)):
            soup = strokes(some, wide * pixel)  # half of the core, a casing as wide on either side
            if look.over_tiles:
                self._meshes(lot, soup, look.casing, paint.ramp(paint.CASING))
            self._meshes(lot, soup, colour, paint.ramp(paint.CORE))

    @staticmethod
    def _meshes(lot: Lot, soup: Soup, colour: Colour, texture: Any) -> None:
        assert lot.group is not None
        for vertices, indices in soup.meshes:
            if indices:
                lot.group.add(Color(rgba=colour))
                lot.group.add(Mesh(vertices=vertices, indices=indices, mode="triangles", texture=texture))


def corners(rings: Any) -> list[float]:
    """Return the triangles that fill rings (holes left out), six numbers each."""
    cutter = Tesselator()
    for ring in rings:
        cutter.add_contour([part for point in ring for part in point])
    if not cutter.tesselate(WINDING_ODD, TYPE_POLYGONS, 3):
        return []
    return [part for triangle in cutter.vertices for part in triangle]
