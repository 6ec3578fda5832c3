"""The raster behind the locator: a table of small cells, each wholly in one grid, outside all, or mixed.

A cell that no border touches lies wholly in one face of the map; GEOS is asked once for a whole run of such cells. A
mixed cell keeps its own short list: the polygons concerned, whether each covers the cell's reference point, and the
edges of their borders that touch the cell. Every edge that the straight way from a point to the reference point crosses
leads into the polygon or out of it, so counting the crossings tells whether the point is covered.
Never decides a point itself: `gis.sweep` and `gis.compiled` do.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.plain import SIGN_ERROR, TINY
from gis.referee import Referee

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OUTSIDE: Final = -1
"""Value of the table, and answer: no polygon covers the cell, or the point."""

UNSURE: Final = -2
"""Answer: rounding could turn the result, GEOS must say."""

FIRST_MIXED: Final = -2
"""Value of the table: list number k of mixed cells is written as FIRST_MIXED - k."""

CELLS_PER_EDGE: Final = 32
FEWEST_CELLS: Final = 2**12
MOST_CELLS: Final = 2**23
LONGEST_SIDE: Final = 2**14  # cells in a row or a column, however thin the layer
SMALLEST_CELL: Final = 1e-9  # degrees

# All below is measured in cells, where rounding stays under 1e-11: an edge this near to a cell counts as touching it.
PADDING: Final = 1e-6
LEVEL: Final = 1e-9  # the rise given to a level edge: far less than the padding
MARGIN: Final = 1.5  # cells between the polygons and the edge of the raster; the outermost ring of cells stays empty
REFERENCE: Final = (0.4677, 0.5391)  # place of the reference point in its cell, off the centre and off every diagonal


class Frame(NamedTuple):
    """Where the raster lies: its south-west corner in degrees, cells per degree, number of columns and rows."""

    west: float
    south: float
    per_degree: float
    columns: int
    rows: int


class Raster(NamedTuple):
    """The table and the lists of the mixed cells, as flat arrays that a compiled kernel can walk.

    `table` (rows * columns): index of a polygon, OUTSIDE, or FIRST_MIXED - list.
    List k: `reference[k]` (lon, lat) and the entries first_entry[k] : first_entry[k + 1], in the order of the codes.
    Entry e: `polygon[e]`, `covered[e]` (is the reference point?) and the edges first_edge[e] : first_edge[e + 1].
    Edge i: `edge[i]` (ax, ay, bx, by), turned so that the reference point lies to its left; NaN where that is not sure,
    so that no turn about it is sure.
    """

    frame: Frame
    table: NDArray[np.int32]
    reference: Floats
    first_entry: NDArray[np.int32]
    polygon: NDArray[np.int32]
    covered: NDArray[np.bool_]
    first_edge: NDArray[np.int32]
    edge: Floats


class Edges(NamedTuple):
    """The straight pieces of all borders: (n, 4) ax, ay, bx, by in degrees, and the polygon of each (n,)."""

    ends: Floats
    polygon: Ints


def edges_of(polygons: NDArray[np.object_]) -> Edges:
    """The edges of all rings of polygons and multipolygons; repeated vertices make no edge."""
    parts, whole = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    vertex, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.hstack([vertex[:-1], vertex[1:]])
    real = (ring[:-1] == ring[1:]) & (vertex[:-1] != vertex[1:]).any(axis=1)
    return Edges(ends[real], whole[part[ring[:-1][real]]])


def ranges(start: NDArray[np.integer[Any]], count: NDArray[np.integer[Any]]) -> Ints:
    """start[0], start[0] + 1 … (count[0] numbers), then from start[1], and so on, in one array."""
    before = np.cumsum(count) - count
    numbers: Ints = np.arange(count.sum()) + np.repeat(start - before, count)
    return numbers


def turn(ends: Floats, lon: Floats, lat: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """On which side of each edge (n, 4) a point lies: positive to the left; and whether rounding may turn the sign."""
    ax, ay, bx, by = ends.T
    left, right = (ax - lon) * (by - lat), (ay - lat) * (bx - lon)
    difference = left - right
    # Written as "not above" so that an overflow to NaN counts as unsure.
    return difference, ~(np.abs(difference) > SIGN_ERROR * (np.abs(left) + np.abs(right)) + TINY)


def frame_of(ends: Floats) -> Frame:
    """A frame of about CELLS_PER_EDGE cells per edge around all edges (n, 4)."""
    vertex = ends.reshape(-1, 2) if len(ends) else np.zeros((1, 2))
    corner, opposite = vertex.min(axis=0), vertex.max(axis=0)
    width, height = opposite - corner
    cells = min(max(CELLS_PER_EDGE * len(ends), FEWEST_CELLS), MOST_CELLS)
    size = float(max(np.sqrt(width * height / cells), max(width, height) / LONGEST_SIDE, SMALLEST_CELL))
    west, south = corner - MARGIN * size
    room = int(2 * MARGIN) + 1
    return Frame(float(west), float(south), 1.0 / size, int(width / size) + room, int(height / size) + room)


def touched(frame: Frame, ends: Floats) -> tuple[Ints, Ints]:
    """Every (cell, edge) where the edge touches the cell or comes nearer than PADDING to it, row by row."""
    corner = np.array([frame.west, frame.south] * 2)
    ua, va, ub, vb = ((ends - corner) * frame.per_degree).T
    first_row = np.floor(np.minimum(va, vb) - PADDING).astype(np.int64)
    rows = np.floor(np.maximum(va, vb) + PADDING).astype(np.int64) - first_row + 1
    edge = np.repeat(np.arange(len(ends)), rows)
    row = ranges(first_row, rows)
    rise = np.where(va == vb, LEVEL, vb - va)[edge]
    enter, leave = (np.clip((line - va[edge]) / rise, 0.0, 1.0) for line in (row - PADDING, row + 1 + PADDING))
    u1, u2 = ua[edge] + enter * (ub - ua)[edge], ua[edge] + leave * (ub - ua)[edge]
    first_column = np.floor(np.minimum(u1, u2) - PADDING).astype(np.int64)
    columns = np.floor(np.maximum(u1, u2) + PADDING).astype(np.int64) - first_column + 1
    cell = ranges(row * frame.columns + first_column, columns)
    return cell, np.repeat(edge, columns)


def references(frame: Frame, cell: Ints) -> Floats:
    """The reference point (n, 2) in degrees of each cell."""
    row, column = np.divmod(cell, frame.columns)
    place = np.column_stack([column, row]) + REFERENCE
    return place / frame.per_degree + (frame.west, frame.south)


def _sites(frame: Frame, cell: Ints) -> tuple[Ints, Ints]:
    """The mixed cells, and the first cell of every run of free cells between them, row after row.

    A run may go on from the end of one row to the start of the next: both lie in the empty rim, outside all polygons.
    """
    mixed = np.zeros(frame.rows * frame.columns, dtype=bool)
    mixed[cell] = True
    after_mixed = np.concatenate([[True], mixed[:-1]])
    return np.flatnonzero(mixed), np.flatnonzero(after_mixed & ~mixed)


def build(edges: Edges, order: Ints, referee: Referee) -> Raster:
    """The raster of valid polygons; `order` lists their indices in the order of their codes."""
    frame = frame_of(edges.ends)
    cell, edge = touched(frame, edges.ends)
    mixed, runs = _sites(frame, cell)
    sites = np.concatenate([mixed, runs])
    reference = references(frame, sites)
    # A key stands for (site, rank of the code): sorted keys are the lists, one after the other, in the order of codes.
    n, rank = len(order), np.argsort(order)
    key = np.searchsorted(mixed, cell) * n + rank[edges.polygon[edge]]
    by_key = np.argsort(key, kind="stable")
    key, ends = key[by_key], edges.ends[edge[by_key]]
    hits = referee.covering(*reference.T)
    hit = hits.point * n + rank[hits.polygon]
    entry = np.union1d(key, hit)
    first_entry = np.searchsorted(entry, np.arange(len(sites) + 1) * n).astype(np.int32)
    polygon = order[entry % n].astype(np.int32)
    return Raster(
        frame=frame,
        table=_table(frame, sites, _values(len(mixed), first_entry, polygon)),
        reference=reference,
        first_entry=first_entry,
        polygon=polygon,
        covered=np.isin(entry, hit),
        first_edge=np.append(np.searchsorted(key, entry), len(key)).astype(np.int32),
        edge=_turned(ends, reference[key // n]),
    )


def _values(mixed: int, first_entry: NDArray[np.int32], polygon: NDArray[np.int32]) -> NDArray[np.int32]:
    """What the table says at each site: the only polygon, OUTSIDE, or where its list is."""
    site = np.arange(len(first_entry) - 1)
    entries = np.diff(first_entry)
    first = np.append(polygon, np.int32(OUTSIDE))[first_entry[:-1]]
    listed = (site < mixed) | (entries > 1)
    return np.where(listed, FIRST_MIXED - site, np.where(entries == 1, first, OUTSIDE)).astype(np.int32)


def _table(frame: Frame, sites: Ints, values: NDArray[np.int32]) -> NDArray[np.int32]:
    """The table: the value of each site, repeated up to the next site."""
    along = np.argsort(sites)
    return np.repeat(values[along], np.diff(np.append(sites[along], frame.rows * frame.columns)))


def _turned(ends: Floats, reference: Floats) -> Floats:
    """The edges (n, 4), each turned so that its reference point (n, 2) lies to its left; NaN when that is not sure."""
    difference, unsure = turn(ends, *reference.T)
    turned = np.where((difference < 0.0)[:, None], ends[:, [2, 3, 0, 1]], ends)
    turned[unsure] = np.nan
    return np.ascontiguousarray(turned)
