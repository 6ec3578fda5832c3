"""Reading the raster with a kernel compiled by numba: the same answers as `gis.sweep`, several times as fast.

Importing this module needs numba, the optional extra `fast`. Never asks GEOS: a point about which rounding could decide
is answered UNSURE.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from gis.plain import SIGN_ERROR, TINY
from gis.raster import FIRST_MIXED, OUTSIDE, UNSURE, Floats, Raster

F = TypeVar("F", bound=Callable[..., Any])

CHUNK: Final = 2**12
"""Points read from the table before the mixed cells among them are walked."""


def compiled(function: F) -> F:
    """The function as machine code, kept on disk for the next start where the disk may be written."""
    try:
        return cast(F, numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return cast(F, numba.njit(nogil=True)(function))


@compiled
def _turn(ax: float, ay: float, bx: float, by: float, lon: float, lat: float) -> float:
    """Positive with the point to the left of a → b, negative to the right, 0 when rounding could turn the sign."""
    left, right = (ax - lon) * (by - lat), (ay - lat) * (bx - lon)
    difference = left - right
    return difference if abs(difference) > SIGN_ERROR * (abs(left) + abs(right)) + TINY else 0.0


@compiled
def _covers(raster: Raster, entry: int, site: int, lon: float, lat: float) -> int:
    """1 when the polygon of the entry covers the point, 0 when not, UNSURE when rounding could turn the answer."""
    covered = raster.covered[entry]
    reference_lon, reference_lat = raster.reference[site, 0], raster.reference[site, 1]
    for i in range(raster.first_edge[entry], raster.first_edge[entry + 1]):
        ax, ay, bx, by = raster.edge[i, 0], raster.edge[i, 1], raster.edge[i, 2], raster.edge[i, 3]
        side = _turn(ax, ay, bx, by, lon, lat)
        if side == 0.0:
            return UNSURE
        if side < 0.0:
            a = _turn(lon, lat, reference_lon, reference_lat, ax, ay)
            b = _turn(lon, lat, reference_lon, reference_lat, bx, by)
            if a == 0.0 or b == 0.0:
                return UNSURE
            covered ^= (a > 0.0) != (b > 0.0)
    return int(covered)


@compiled
def _first(raster: Raster, site: int, lon: float, lat: float) -> int:
    """The first polygon on the list of the site that covers the point, OUTSIDE or UNSURE."""
    for entry in range(raster.first_entry[site], raster.first_entry[site + 1]):
        covered = _covers(raster, entry, site, lon, lat)
        if covered != 0:
            return int(raster.polygon[entry]) if covered == 1 else UNSURE
    return OUTSIDE


@compiled
def _read(raster: Raster, lon: Floats, lat: Floats, cell: NDArray[np.int32]) -> None:
    """Writes the cell of each point into `cell`; points off the raster, and NaN, fall into its empty rim."""
    west, south, per_degree, columns, rows = raster.frame
    east, north = columns - 1.0, rows - 1.0
    for i in range(len(lon)):
        column, row = (lon[i] - west) * per_degree, (lat[i] - south) * per_degree
        column = column if column > 0.0 else 0.0  # NaN, too
        row = row if row > 0.0 else 0.0
        column = column if column < east else east
        row = row if row < north else north
        cell[i] = np.int32(row) * np.int32(columns) + np.int32(column)


@compiled
def locate(raster: Raster, lon: Floats, lat: Floats, out: NDArray[np.int32]) -> int:
    """Writes for each point (n,) its polygon, OUTSIDE or UNSURE into `out` (n,); returns how many are UNSURE."""
    unsure = 0
    cell, mixed = np.empty(CHUNK, dtype=np.int32), np.empty(CHUNK + 1, dtype=np.int64)
    for start in range(0, len(lon), CHUNK):
        size = min(CHUNK, len(lon) - start)
        _read(raster, lon[start : start + size], lat[start : start + size], cell)
        found = 0
        for i in range(size):
            value = raster.table[cell[i]]
            out[start + i] = value
            mixed[found] = start + i  # no branch: overwritten unless the cell is mixed
            found += value <= FIRST_MIXED
        for i in mixed[:found]:
            out[i] = _first(raster, FIRST_MIXED - out[i], lon[i], lat[i])
            unsure += out[i] == UNSURE
    return unsure
