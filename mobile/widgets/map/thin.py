"""Leaving out vertices nobody would see (抽稀): each is weighed once, every zoom then takes those it needs.

Job: the tolerance of Douglas and Peucker (1973) up to which a vertex is kept, for all tolerances at once.
Never: change a coordinate, or drop a ring below a triangle.
"""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float, float]
ALWAYS = float("inf")


def weights(ring: Sequence[Point]) -> list[float]:
    """Return for each vertex of a closed ring (without the repeated last one) the tolerance below which it is needed.

    Three vertices are always needed. A vertex never weighs more than the one that called for it, so that the vertices
    kept at a tolerance are those of the recursive method.
    """
    count = len(ring)
    found = [0.0] * count
    if count <= 3:
        return [ALWAYS] * count
    far, _ = _farthest_from_point(ring)
    found[0] = found[far] = ALWAYS
    stack = [(0, far, ALWAYS), (far, count, ALWAYS)]
    third = (0.0, -1)
    while stack:
        first, last, limit = stack.pop()
        index, away = _farthest(ring, first, last)
        if index < 0:
            continue
        weight = min(away, limit)
        found[index] = weight
        third = max(third, (weight, index))
        stack.append((first, index, weight))
        stack.append((index, last, weight))
    if third[1] >= 0:
        found[third[1]] = ALWAYS
    return found


def _farthest_from_point(ring: Sequence[Point]) -> tuple[int, float]:
    x, y = ring[0]
    return max(((i, (p[0] - x) ** 2 + (p[1] - y) ** 2) for i, p in enumerate(ring)), key=lambda one: one[1])


def _farthest(ring: Sequence[Point], first: int, last: int) -> tuple[int, float]:
    """Return the vertex between ``first`` and ``last`` that is farthest from their chord, and its distance."""
    ax, ay = ring[first]
    bx, by = ring[last % len(ring)]
    dx, dy = bx - ax, by - ay
    length = (dx * dx + dy * dy) ** 0.5 or 1e-9
    index, most = -1, -1.0
    for i in range(first + 1, last):
        x, y = ring[i]
        away = abs((x - ax) * dy - (y - ay) * dx)
        if away > most:
            index, most = i, away
    return index, most / length


def thinned(ring: Sequence[Point], weighed: Sequence[float], tolerance: float) -> list[Point]:
    """Return the vertices needed at ``tolerance``."""
    return [point for point, weight in zip(ring, weighed, strict=True) if weight > tolerance]
