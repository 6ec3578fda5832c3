"""Natural-looking borders (自然走向的边界): turns straight shared edges into winding ones without ever crossing them.

Each edge may wander only inside its own rhombus, which lies in the two triangles the edge forms with the sites it
separates; those of different edges never overlap, so the lines never cross. A smooth displacement of the whole plane
then bends many edges together, as rivers and ridges do. Plane coordinates in metres throughout. Never reads or writes a
file, never decides which cells are neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.metric import Floats

# Spacing of the two sites in metres → part of the room an edge may use: streets run straighter than field borders.
_SPACING_M = (200.0, 1500.0)
_FREEDOM = (0.35, 0.9)
# The middle of an edge moves at most this part of its length, however much room there is.
_STEEPEST = 0.5
# Least sway from the middle at each halving, as a part of the room then left.
_SWAY = 0.12
# Edges shorter than this are halved fewer times, so that vertices are not closer than a survey would put them.
_SHORT_M = 70.0
_HALVINGS = {"short": 2, "long": 3}
_ROUNDINGS = 2
# Wave length and amplitude in metres; amplitude × 2π ÷ length stays far below 1, so the plane never folds.
_WAVES = ((7000.0, 330.0), (2600.0, 85.0), (900.0, 22.0))
_MODES = 5
_CALM_M = 2200.0


@dataclass(frozen=True)
class Edges:
    """Straight edges between cells, in metres: `start`, `end` (m, 2); `spacing` (m,) of the two sites they separate;
    `room` (m,), how far the middle may move to either side without leaving the two cells."""

    start: Floats
    end: Floats
    spacing: Floats
    room: Floats

    def take(self, which: NDArray[np.bool_]) -> Edges:
        """The edges where the mask `which` (m,) is true."""
        return Edges(self.start[which], self.end[which], self.spacing[which], self.room[which])


def winding(edges: Edges, rng: np.random.Generator, roughness: float = 1.0) -> list[Floats]:
    """One polyline per edge, (k, 2) metres each, with the ends of the edge unchanged.

    Method: recursive subdivision of the rhombus ("noisy edges"), then corner cutting; `roughness` 0: straight.
    """
    short = np.hypot(*(edges.end - edges.start).T) < _SHORT_M
    lines: list[Floats] = [np.empty((0, 2))] * len(short)
    for which, halvings in ((short, _HALVINGS["short"]), (~short, _HALVINGS["long"])):
        drawn = _rounded(_wander(_rhombi(edges.take(which), roughness), halvings, rng), _ROUNDINGS)
        for place, line in zip(np.flatnonzero(which), drawn, strict=True):
            lines[place] = line
    return lines


def _rhombi(edges: Edges, roughness: float) -> Floats:
    """(m, 4, 2): start, left corner, end, right corner of the room each edge may use."""
    along = edges.end - edges.start
    length = np.hypot(*along.T)
    normal = np.column_stack([-along[:, 1], along[:, 0]]) / length[:, None]
    freedom = roughness * np.interp(edges.spacing, _SPACING_M, _FREEDOM)
    reach = (np.minimum(edges.room, _STEEPEST * length) * freedom)[:, None] * normal
    middle = (edges.start + edges.end) / 2
    return np.stack([edges.start, middle + reach, edges.end, middle - reach], axis=1)


def _wander(rhombi: Floats, halvings: int, rng: np.random.Generator) -> Floats:
    """(m, 2**halvings + 1, 2): points inside the rhombi, each halving putting one point into every quadrilateral."""
    edges, quads = len(rhombi), rhombi[:, None]
    for _ in range(halvings):
        start, left, end, right = np.moveaxis(quads, 2, 0)
        along, across = rng.uniform(0.38, 0.62, (2, edges, quads.shape[1], 1))
        across = across + np.where(across < 0.5, -_SWAY, _SWAY)
        near, far = start + along * (right - start), left + along * (end - left)
        one, two = start + across * (left - start), right + across * (end - right)
        middle = near + across * (far - near)
        halves = [np.stack(half, axis=2) for half in ((start, one, middle, near), (middle, far, end, two))]
        quads = np.stack(halves, axis=2).reshape(edges, 2 * quads.shape[1], 4, 2)
    return np.concatenate([quads[:, :, 0], quads[:, -1:, 2]], axis=1)


def _rounded(lines: Floats, times: int) -> Floats:
    """The polylines (m, k, 2) with their corners cut `times` over (Chaikin 1974), ends kept."""
    for _ in range(times):
        first, second = lines[:, :-1], lines[:, 1:]
        cut = np.stack([0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second], axis=2)
        inner = cut.reshape(len(lines), 2 * first.shape[1], 2)[:, 1:-1]
        lines = np.concatenate([lines[:, :1], inner, lines[:, -1:]], axis=1)
    return lines


@dataclass(frozen=True)
class Bend:
    """A smooth random displacement of the plane, drawn once and the same for every point asked."""

    waves: tuple[tuple[float, Floats, Floats], ...]  # amplitude, wave vectors (modes, 2), phases (modes, 2)

    @classmethod
    def draw(cls, rng: np.random.Generator, strength: float = 1.0) -> Bend:
        """A bend whose shifts reach about `strength` × 0.5 km; strength 0 moves nothing."""
        waves = []
        for length, amplitude in _WAVES:
            heading = rng.uniform(0, 2 * np.pi, _MODES)
            vectors = 2 * np.pi / length * np.column_stack([np.cos(heading), np.sin(heading)])
            waves.append((strength * amplitude / _MODES**0.5, vectors, rng.uniform(0, 2 * np.pi, (_MODES, 2))))
        return cls(tuple(waves))

    def apply(self, points: Floats, to_outline_m: Floats) -> Floats:
        """`points` (n, 2) moved; less the nearer they lie to the outline (`to_outline_m`, (n,)), not at all on it."""
        calm = np.clip(to_outline_m / _CALM_M, 0, 1)
        shift = np.zeros_like(points)
        for amplitude, vectors, phases in self.waves:
            shift += amplitude * np.sin((points @ vectors.T)[:, :, None] + phases[None]).sum(axis=1)
        return np.asarray(points + (calm * calm * (3 - 2 * calm))[:, None] * shift, dtype=np.float64)
