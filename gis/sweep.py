"""Reading the raster with numpy: many points at a time, one chunk after the other.

The kernel without a compiler; `gis.compiled` gives the same answers faster. Never asks GEOS: a point about which
rounding could decide is answered UNSURE.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gis.raster import FIRST_MIXED, OUTSIDE, UNSURE, Floats, Ints, Raster, ranges, turn
from gis.referee import Pairs

CHUNK: Final = 2**15
"""Points worked on together: their intermediate arrays stay in the processor's cache."""


class Verdicts(NamedTuple):
    """For each point of mixed cells and each polygon of its cell: the point's number, the polygon, covered?, sure?

    Sorted by point, then by code.
    """

    point: Ints
    polygon: NDArray[np.int32]
    covered: NDArray[np.bool_]
    unsure: NDArray[np.bool_]


def chunks(count: int) -> Iterator[slice]:
    """Slices of at most CHUNK points, one after the other; a single empty one for no points."""
    return (slice(start, min(start + CHUNK, count)) for start in range(0, max(count, 1), CHUNK))


def read(raster: Raster, lon: Floats, lat: Floats) -> NDArray[np.int32]:
    """What the table says at each point (n,); points off the raster, and NaN, fall into its empty rim."""
    west, south, per_degree, columns, rows = raster.frame
    with np.errstate(over="ignore"):  # to infinity, and so into the rim
        column = np.fmin(np.fmax((lon - west) * per_degree, 0.0), columns - 1.0)
        row = np.fmin(np.fmax((lat - south) * per_degree, 0.0), rows - 1.0)
    value: NDArray[np.int32] = raster.table[row.astype(np.int32) * np.int32(columns) + column.astype(np.int32)]
    return value


def judge(raster: Raster, value: NDArray[np.int32], lon: Floats, lat: Floats) -> Verdicts:
    """The verdicts on points (n,) of mixed cells, `value` being what the table says of them."""
    site = FIRST_MIXED - value.astype(np.int64)
    entries = raster.first_entry[site + 1] - raster.first_entry[site]
    point = np.repeat(np.arange(len(site)), entries)
    entry = ranges(raster.first_entry[site], entries)
    edges = raster.first_edge[entry + 1] - raster.first_edge[entry]
    edge, pair = ranges(raster.first_edge[entry], edges), np.repeat(np.arange(len(entry)), edges)
    crossed, doubtful = _crossed(raster, edge, site[point[pair]], lon[point[pair]], lat[point[pair]])
    odd = np.bincount(pair[crossed], minlength=len(entry)) % 2 == 1
    unsure = np.bincount(pair[doubtful], minlength=len(entry)) > 0
    return Verdicts(point, raster.polygon[entry], raster.covered[entry] ^ odd, unsure)


def _crossed(
    raster: Raster, edge: Ints, site: Ints, lon: Floats, lat: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Does the way from each point to its reference point cross the edge? And could rounding turn the answer?"""
    ends = raster.edge[edge]
    difference, unsure = turn(ends, lon, lat)
    crossed = difference < 0.0
    # The ends of the edge must lie on two sides of the way as well; asked only where it matters.
    some = np.flatnonzero(crossed & ~unsure)
    way = np.column_stack([lon[some], lat[some], raster.reference[site[some]]])
    turn_a, unsure_a = turn(way, ends[some, 0], ends[some, 1])
    turn_b, unsure_b = turn(way, ends[some, 2], ends[some, 3])
    crossed[some] = (turn_a > 0.0) != (turn_b > 0.0)
    unsure[some] = unsure_a | unsure_b
    return crossed, unsure


def locate(raster: Raster, lon: Floats, lat: Floats, out: NDArray[np.int32]) -> int:
    """Writes for each point (n,) its polygon, OUTSIDE or UNSURE into `out` (n,); returns how many are UNSURE."""
    unsure = 0
    for chunk in chunks(len(lon)):
        value = read(raster, lon[chunk], lat[chunk])
        mixed = np.flatnonzero(value <= FIRST_MIXED)
        verdicts = judge(raster, value[mixed], lon[chunk][mixed], lat[chunk][mixed])
        value[mixed] = _first(verdicts, len(mixed))
        out[chunk] = value
        unsure += int(np.count_nonzero(value[mixed] == UNSURE))
    return unsure


def _first(verdicts: Verdicts, count: int) -> NDArray[np.int32]:
    """The first polygon that covers each of `count` points; UNSURE as soon as one verdict on it is."""
    answer = np.full(count, OUTSIDE, dtype=np.int32)
    covered = np.flatnonzero(verdicts.covered)[::-1]  # backwards: of several, the first is written last
    answer[verdicts.point[covered]] = verdicts.polygon[covered]
    answer[verdicts.point[verdicts.unsure]] = UNSURE
    return answer


def hits(raster: Raster, lon: Floats, lat: Floats) -> tuple[Pairs, Ints]:
    """Every (point, polygon) where the polygon covers the point (n,), and the numbers of the points that are unsure.

    Unsure points appear in no pair. Sorted by point, then by code.
    """
    parts = [_hits(raster, chunk.start, lon[chunk], lat[chunk]) for chunk in chunks(len(lon))]
    point, polygon, unsure = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Pairs(point, polygon), unsure


def _hits(raster: Raster, start: int, lon: Floats, lat: Floats) -> tuple[Ints, Ints, Ints]:
    """Of one chunk, whose first point has the number `start`: points, their polygons, and the unsure points."""
    value = read(raster, lon, lat)
    whole, mixed = np.flatnonzero(value >= 0), np.flatnonzero(value <= FIRST_MIXED)
    verdicts = judge(raster, value[mixed], lon[mixed], lat[mixed])
    unsure = np.unique(verdicts.point[verdicts.unsure])
    good = verdicts.covered & ~np.isin(verdicts.point, unsure)
    point = np.concatenate([whole, mixed[verdicts.point[good]]])
    polygon = np.concatenate([value[whole], verdicts.polygon[good]])
    by_point = np.argsort(point, kind="stable")
    return start + point[by_point], polygon[by_point], start + mixed[unsure]
