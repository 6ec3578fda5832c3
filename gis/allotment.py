"""Allotment (划分): gathers neighbouring cells into connected groups of given sizes, grids into villages and townships.

Plane coordinates in metres. Never draws a border, never knows a code.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gis.metric import Floats

Group = NDArray[np.intp]
_ROUNDS = 8
_TOUCH = 1e-6  # shared border, in the unit of the polygons, above which two cells are neighbours


def neighbours(cells: NDArray[np.object_]) -> coo_matrix:
    """Symmetric (n, n) matrix: length of the border two cells share, in the unit of their coordinates."""
    first, second = shapely.STRtree(cells).query(cells, predicate="intersects")
    apart = first < second
    first, second = first[apart], second[apart]
    shared = shapely.length(shapely.intersection(shapely.boundary(cells[first]), shapely.boundary(cells[second])))
    real = shared > _TOUCH
    first, second, shared = first[real], second[real], shared[real]
    both = np.concatenate([first, second]), np.concatenate([second, first])
    return coo_matrix((np.tile(shared, 2), both), shape=(len(cells), len(cells)))


def gather(sites: Floats, sizes: NDArray[np.intp], borders: coo_matrix, centres: Floats) -> Group:
    """Group (n,) of each site: group g holds about `sizes[g]` sites round `centres[g]` and is connected over `borders`.

    Method: optimal assignment to centres with capacities (a power diagram, Aurenhammer 1998), then each detached piece
    joins the neighbouring group it shares most border with; that may move a size by a few sites.
    """
    seats = np.repeat(np.arange(len(sizes)), sizes)
    cost = ((sites[:, None] - centres[seats][None]) ** 2).sum(axis=2)
    site, seat = linear_sum_assignment(cost)
    group = np.empty(len(sites), dtype=np.intp)
    group[site] = seats[seat]
    return connected(group, borders)


def compact(sites: Floats, sizes: NDArray[np.intp], borders: coo_matrix, rng: np.random.Generator) -> Group:
    """As `gather`, with centres found rather than given: begun at random, then moved to the middle of their group."""
    centres = sites[rng.choice(len(sites), len(sizes), replace=False)]
    group = gather(sites, sizes, borders, centres)
    for _ in range(_ROUNDS):
        centres = np.array([sites[group == g].mean(axis=0) for g in range(len(sizes))])
        group = gather(sites, sizes, borders, centres)
    return group


def connected(group: Group, borders: coo_matrix) -> Group:
    """The groups with every detached piece moved to the neighbouring group it shares most border with."""
    group = group.copy()
    while len(detached := _detached(group, borders)):
        beside = np.isin(borders.row, detached) & ~np.isin(borders.col, detached)
        shared = np.bincount(group[borders.col[beside]], borders.data[beside])
        group[detached] = np.argmax(shared)
    return group


def _detached(group: Group, borders: coo_matrix) -> NDArray[np.intp]:
    """The smallest piece that lies apart from the main body of its group; empty when every group is in one piece."""
    same = group[borders.row] == group[borders.col]
    inner = coo_matrix((borders.data[same], (borders.row[same], borders.col[same])), shape=borders.shape)
    _, piece = connected_components(inner, directed=False)
    size = np.bincount(piece)
    largest = np.zeros(group.max() + 1, dtype=np.intp)
    np.maximum.at(largest, group, size[piece])
    main = {int(g): int(piece[(group == g) & (size[piece] == largest[g])][0]) for g in np.unique(group)}
    apart = np.array([piece[i] != main[int(g)] for i, g in enumerate(group)])
    if not apart.any():
        return np.empty(0, dtype=np.intp)
    smallest = min(set(piece[apart].tolist()), key=lambda p: (size[p], p))
    return np.flatnonzero(piece == smallest)


def shares(total: int, weights: Floats, least: int = 1) -> NDArray[np.intp]:
    """Whole numbers in proportion to `weights` (k,), each at least `least`, of sum `total` (largest remainder)."""
    if total < least * len(weights):
        raise ValueError(f"{total} cannot be shared among {len(weights)} with at least {least} each")
    ideal = (total - least * len(weights)) * weights / weights.sum()
    given = np.floor(ideal).astype(np.intp)
    rest = total - least * len(weights) - int(given.sum())
    given[np.argsort(-(ideal - given), kind="stable")[:rest]] += 1
    return np.asarray(given + least, dtype=np.intp)
