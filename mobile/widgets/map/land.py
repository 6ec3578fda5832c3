"""The grids made ready to be drawn (图形准备): on the plane, weighed for thinning, with a place for the name.

Job: turn the outlines of the facade into shapes, once per edition; find the shape under a finger.
Never: decide in which grid an event lies: that is ``Field.place``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from gis import plain
from mobile.core.shapes import Outline
from mobile.widgets.map import thin
from mobile.widgets.map.frame import Box, Frame, around

Point = tuple[float, float]
NOWHERE = (114.64, 23.69)
"""The middle of Yuancheng: where a map without any grid begins."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A grid on the plane. ``rings`` are without the repeated last vertex, ``weights`` as ``thin`` gives them."""

    code: str
    name: str
    village: str
    township: str
    box: Box
    middle: Point
    rings: tuple[tuple[Point, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    outline: Outline

    def thinned(self, tolerance: float) -> list[list[Point]]:
        """Return the rings as they are drawn when ``tolerance`` metres cannot be seen."""
        return [thin.thinned(ring, weighed, tolerance) for ring, weighed in zip(self.rings, self.weights, strict=True)]


class Land:
    """All shapes of an edition."""

    def __init__(self, outlines: Sequence[Outline]) -> None:
        west, south, east, north = around([one.box for one in outlines]) if outlines else (*NOWHERE, *NOWHERE)
        self.frame = Frame((west + east) / 2, (south + north) / 2)
        self.shapes = {one.code: self._shape(one) for one in outlines}
        boxes = [shape.box for shape in self.shapes.values()]
        self.box: Box = around(boxes) if boxes else (-8000.0, -8000.0, 8000.0, 8000.0)

    def _shape(self, one: Outline) -> Shape:
        plane = self.frame.plane
        rings = tuple(
            tuple(plane(position[0], position[1]) for position in ring[:-1])
            for polygon in one.polygons
            for ring in polygon
        )
        west, south = plane(one.box[0], one.box[1])
        east, north = plane(one.box[2], one.box[3])
        village = one.name.partition("第")[0]
        return Shape(
            one.code, one.name, village, one.township_code or "", (west, south, east, north), middle(rings[0]), rings,
            tuple(tuple(thin.weights(ring)) for ring in rings), one,
        )  # fmt: skip

    def at(self, lon: float, lat: float) -> Shape | None:
        """Return the shape under a point in degrees (EPSG:4490); None outside."""
        for shape in self.shapes.values():
            west, south, east, north = shape.outline.box
            inside = west <= lon <= east and south <= lat <= north
            if inside and any(plain.contains(polygon, lon, lat) for polygon in shape.outline.polygons):
                return shape
        return None

    def about(self, codes: Iterable[str]) -> Box | None:
        """Return the box about these grids; None when none of them is known."""
        boxes = [self.shapes[code].box for code in codes if code in self.shapes]
        return around(boxes) if boxes else None


def middle(ring: Sequence[Point]) -> Point:
    """Return a point well inside a ring for its name: the middle of the widest stretch on one of some level lines."""
    low, high = min(p[1] for p in ring), max(p[1] for p in ring)
    best = (-1.0, 0.0, 0.0)
    for share in (0.5, 0.42, 0.58, 0.34, 0.66):
        y = low + (high - low) * share
        crossings = sorted(
            a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
            for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)
            if (a[1] > y) != (b[1] > y)
        )
        for left, right in zip(crossings[::2], crossings[1::2], strict=False):
            best = max(best, (right - left, (left + right) / 2, y))
    return best[1], best[2]


_made: dict[tuple[str | None, int], Land] = {}
_lock = Lock()


def land_of(edition: str | None, outlines: Sequence[Outline]) -> Land:
    """Return the land of an edition, made once: some tenths of a second for 701 grids, so call it aside."""
    key = (edition, len(outlines))
    with _lock:
        if key not in _made:
            _made.clear()
            _made[key] = Land(outlines)
        return _made[key]


def ready(edition: str | None, outlines: Sequence[Outline]) -> Land | None:
    """Return the land of an edition when it was made already."""
    return _made.get((edition, len(outlines)))
