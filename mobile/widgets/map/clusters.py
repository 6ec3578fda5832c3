"""What stands on the map, gathered where it would overlap (聚合): one mark for neighbours, with their number.

Job: marks on the plane → those drawn at a scale.
Never: hide the worst: a heap looks like the most urgent of its marks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing at a place of the plane. ``style`` names how it looks; the higher its ``rank`` the more it matters."""

    id: str
    x: float
    y: float
    style: str
    rank: int
    said: str
    thing: Any = None


@dataclass(frozen=True, slots=True)
class Heap:
    """Marks drawn as one, at the place of their middle."""

    x: float
    y: float
    marks: tuple[Mark, ...]

    @property
    def first(self) -> Mark:
        """Return the mark that matters most."""
        return max(self.marks, key=lambda mark: mark.rank)


def heaps(marks: Iterable[Mark], side: float) -> list[Heap]:
    """Return the marks gathered where they are nearer than ``side`` metres; the worst come last and lie on top."""
    cells: dict[tuple[int, int], list[list[Mark]]] = {}
    for mark in sorted(marks, key=lambda one: -one.rank):
        column, row = int(mark.x // side), int(mark.y // side)
        near = [some for x in (-1, 0, 1) for y in (-1, 0, 1) for some in cells.get((column + x, row + y), ())]
        best = min(near, key=lambda some: _apart(some[0], mark), default=None)
        if best is not None and _apart(best[0], mark) < side * side:
            best.append(mark)
        else:
            cells.setdefault((column, row), []).append([mark])
    made = [_heap(some) for listed in cells.values() for some in listed]
    return sorted(made, key=lambda heap: heap.first.rank)


def _apart(one: Mark, other: Mark) -> float:
    return (one.x - other.x) ** 2 + (one.y - other.y) ** 2


def _heap(some: list[Mark]) -> Heap:
    """Return a heap at the place of its worst mark, which was put in first."""
    return Heap(some[0].x, some[0].y, tuple(some))
