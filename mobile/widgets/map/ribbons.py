"""Lines as triangles (描边): strokes of any width as one mesh, since graphics chips draw lines of one pixel at best.

Job: vertices (x, y, u, v) and indices; v runs from 0 to 1 across the stroke, so that a ramp of alpha smooths its edges.
Never: draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

Point = tuple[float, float]
SPIKE = 2.0
"""A corner reaches at most so many half widths out."""
INDEX_MAX = 65_000
"""A mesh of Kivy counts its vertices with 16 bits."""


class Soup:
    """Triangles of one or more meshes of at most 65,000 vertices each. ``meshes`` are (vertices, indices)."""

    def __init__(self) -> None:
        self.meshes: list[tuple[list[float], list[int]]] = []
        self._room(INDEX_MAX + 1)

    def _room(self, wanted: int) -> tuple[list[float], list[int], int]:
        if not self.meshes or len(self.meshes[-1][0]) // 4 + wanted > INDEX_MAX:
            self.meshes.append(([], []))
        vertices, indices = self.meshes[-1]
        return vertices, indices, len(vertices) // 4

    def ribbon(self, ring: Sequence[Point], half: float) -> None:
        """Add the stroke about a closed ring, ``half`` wide on either side."""
        count = len(ring)
        if count < 2:
            return
        vertices, indices, base = self._room(2 * count)
        before = _normal(ring[-1], ring[0])
        for i, point in enumerate(ring):
            after = _normal(point, ring[(i + 1) % count])
            dx, dy = _corner(before, after, half)
            vertices += (point[0] + dx, point[1] + dy, 0.5, 0.0, point[0] - dx, point[1] - dy, 0.5, 1.0)
            a, b = base + 2 * i, base + 2 * ((i + 1) % count)
            indices += (a, a + 1, b, a + 1, b + 1, b)
            before = after

    def way(self, points: Sequence[Point], half: float) -> None:
        """Add the stroke along an open line, ``half`` wide on either side."""
        count = len(points)
        if count < 2:
            return
        vertices, indices, base = self._room(2 * count)
        normals = [_normal(a, b) for a, b in pairwise(points)]
        for i, (x, y) in enumerate(points):
            before, after = normals[max(i - 1, 0)], normals[min(i, count - 2)]
            dx, dy = _corner(before, after, half)
            vertices += (x + dx, y + dy, 0.5, 0.0, x - dx, y - dy, 0.5, 1.0)
            if i:
                a, b = base + 2 * i - 2, base + 2 * i
                indices += (a, a + 1, b, a + 1, b + 1, b)

    def triangles(self, corners: Sequence[float], texel: float = 1.0) -> None:
        """Add filled triangles, six numbers each; a texture repeats every ``1 / texel`` metres."""
        vertices, indices, base = self._room(len(corners) // 2)
        for i in range(0, len(corners), 2):
            x, y = corners[i], corners[i + 1]
            vertices += (x, y, x * texel, y * texel)
        indices += range(base, base + len(corners) // 2)


def _normal(a: Point, b: Point) -> Point:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = (dx * dx + dy * dy) ** 0.5
    return (-dy / length, dx / length) if length else (0.0, 0.0)


def _corner(before: Point, after: Point, half: float) -> Point:
    x, y = before[0] + after[0], before[1] + after[1]
    square = x * x + y * y
    if square < 1e-12:
        return after[0] * half, after[1] * half
    reach = min(2.0 / square, SPIKE / square**0.5)
    return x * reach * half, y * reach * half


def strokes(rings: Iterable[Sequence[Point]], half: float) -> Soup:
    """Return the strokes about closed rings."""
    soup = Soup()
    for ring in rings:
        soup.ribbon(ring, half)
    return soup
