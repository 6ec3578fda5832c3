"""The layer of pictures below the grids (底图图层): tiles laid on the plane once, moved with everything else.

Job: the tiles in view at the nearest zoom; those of another system (GCJ-02) are put where they belong.
Never: fetch: the source gives bytes it has, or None; the map works with none.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import Any, Protocol

from kivy.core.image import Image as CoreImage
from kivy.graphics import Color, InstructionGroup, Rectangle

from gis import crs as systems
from mobile.widgets.map.frame import AROUND_M, Frame, View
from mobile.widgets.theme import THEME

LEAST, MOST = 3, 18
KEPT_MAX = 160
DECODED_AT_ONCE = 3
Place = tuple[int, int, int]


class Source(Protocol):
    """What gives tiles: see ``mobile.core.tiles``."""

    @property
    def crs(self) -> str:
        """Return the system the tiles are drawn in."""

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return a tile when it is there."""


class TileLayer:
    """Draws tiles into ``group``, in metres of the plane."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.group = InstructionGroup()
        self._laid: dict[Place, Rectangle] = {}

    def show(self, view: View, frame: Frame) -> bool:
        """Lay what is seen and there; tell whether more can be laid in the next frame."""
        z = min(max(round(view.zoom), LEAST), MOST)
        decoded = 0
        for place in seen(view, frame, z, self.source.crs):
            if place in self._laid:
                continue
            if decoded >= DECODED_AT_ONCE:
                return True
            content = self.source.tile(*place)
            if content:
                self._lay(place, content, frame)
                decoded += 1
        self._tidy(z)
        return False

    def _lay(self, place: Place, content: bytes, frame: Frame) -> None:
        kind = "jpg" if content[:2] == b"\xff\xd8" else "png"
        try:
            texture = CoreImage(io.BytesIO(content), ext=kind).texture
        except Exception:  # a broken tile must not break the map; Kivy's loaders raise anything
            return
        west, north = corner(*place, frame, self.source.crs)
        side = AROUND_M / (1 << place[0])
        square = Rectangle(texture=texture, pos=(west, north - side), size=(side, side))
        dim = 0.55 if THEME.colours.is_dark else 1.0
        self.group.add(Color(dim, dim, dim, 1))
        self.group.add(square)
        self._laid[place] = square

    def _tidy(self, z: int) -> None:
        """Forget everything when too much is laid: what is seen is laid again at once."""
        if len(self._laid) > KEPT_MAX:
            self.group.clear()
            self._laid = {}


def corner(z: int, x: int, y: int, frame: Frame, crs: str) -> tuple[float, float]:
    """Return the north-western corner of a tile on the plane."""
    lon = x / (1 << z) * 360.0 - 180.0
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / (1 << z)))))
    east, north = systems.convert(lon, lat, crs, "cgcs2000")
    return frame.plane(float(east), float(north))


def seen(view: View, frame: Frame, z: int, crs: str) -> Iterator[Place]:
    """Yield the tiles of a zoom that are in view, the middle first."""
    west, south, east, north = view.box
    places: list[Any] = []
    for x, y in ((west, north), (east, south)):
        lon, lat = systems.convert(*frame.degrees(x, y), "cgcs2000", crs)
        up = math.asinh(math.tan(math.radians(float(lat))))
        places.append(((float(lon) + 180.0) / 360.0 * (1 << z), (1 - up / math.pi) / 2 * (1 << z)))
    (left, top), (right, bottom) = places
    middle = ((left + right) / 2, (top + bottom) / 2)
    found = [(z, x, y) for x in range(int(left), int(right) + 1) for y in range(int(top), int(bottom) + 1)]
    yield from sorted(found, key=lambda one: math.dist((one[1] + 0.5, one[2] + 0.5), middle))


__all__ = ["Source", "TileLayer", "corner", "seen"]
