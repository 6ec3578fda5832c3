"""Which names stand on the map at a zoom (注记): townships from afar, villages nearer, grids near.

Job: names in view that do not overlap, the important ones first.
Never: more names than an eye can take in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mobile.widgets.map.frame import View
from mobile.widgets.map.land import Land, Shape

Edges = tuple[float, float, float, float]
"""Left, low, right, high, in pixels."""
NAMES_MAX = 30
STEPS = (("township", 12.0), ("village", 14.2), ("grid", 99.0))
"""What is named up to which zoom."""


@dataclass(frozen=True, slots=True)
class Name:
    """Words at a point of the plane."""

    words: str
    x: float
    y: float
    kind: str


class Gazetteer:
    """All names of a land. ``townships`` are code → name."""

    def __init__(self, land: Land, townships: Mapping[str, str]) -> None:
        shapes = list(land.shapes.values())
        self.of = {
            "township": _gathered(shapes, lambda one: townships.get(one.township, ""), "township"),
            "village": _gathered(shapes, lambda one: one.village, "village"),
            "grid": [Name(short(one), *one.middle, "grid") for one in shapes],
        }

    def seen(
        self, view: View, width: Callable[[str, str], float], height: float, taken: Sequence[Edges] = ()
    ) -> list[Name]:
        """Return the names to draw; ``width(words, kind)`` measures one in pixels; ``taken`` boxes stay free."""
        kind = next(kind for kind, most in STEPS if view.zoom < most)
        covered, found = list(taken), []
        for one in self.of[kind]:
            half = width(one.words, kind) / 2
            placed = _placed(view, one, half, height, covered) if one.words else None
            if placed:
                box, name = placed
                covered.append(box)
                found.append(name)
            if len(found) >= NAMES_MAX:
                break
        return found


def _placed(view: View, one: Name, half: float, height: float, covered: Sequence[Edges]) -> tuple[Edges, Name] | None:
    """Return where a name fits: at its place, below or above what stands there; None when nowhere."""
    x, y = view.screen(one.x, one.y)
    for down in (0.0, 1.55, -1.55):
        middle = y - down * height
        box = (x - half, middle - height / 2, x + half, middle + height / 2)
        inside = half < x < view.width - half and height < middle < view.height - height
        if inside and not any(_overlap(box, other) for other in covered):
            return box, Name(one.words, one.x, one.y - down * height / view.scale, one.kind)
    return None


def short(shape: Shape) -> str:
    """Return a grid's name without its village, which the name around it says already."""
    return shape.name.removeprefix(shape.village) or shape.name


def _gathered(shapes: list[Shape], call: Callable[[Shape], str], kind: str) -> list[Name]:
    """Return one name per group of shapes, in the shape nearest to the middle of all; the largest group first."""
    groups: dict[str, list[Shape]] = defaultdict(list)
    for shape in shapes:
        groups[call(shape)].append(shape)
    found = []
    for words, some in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        x = sum(one.middle[0] for one in some) / len(some)
        y = sum(one.middle[1] for one in some) / len(some)
        near = min(some, key=lambda one: (one.middle[0] - x) ** 2 + (one.middle[1] - y) ** 2)
        found.append(Name(words, *near.middle, kind))
    return found


def _overlap(one: Edges, other: Edges) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
