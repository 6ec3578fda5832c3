"""The synthetic city (合成城区): townships, villages and exactly n grids drawn inside a coarse outline, by seed.

Job: a partition that obeys spec 14.2 — valid, without gap or overlap, shared borders identical — and looks like one:
small grids in the urban core, large ones in the south. Everything it draws is invented and marked so; only the codes
of townships and villages are real (statistical list of 2020, spec 3.1). Never claims to be a survey.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as package_files

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

from gis.allotment import compact, gather, neighbours, shares
from gis.metric import Floats, Polygons
from gis.tessellation import spread, tessellate

N_GRIDS = 701  # base grids of the district as published (spec 3.1)
SEED = 441602
DECIMALS = 7  # of a degree in files, about 1 cm (spec 14.1 rule 5)

# Illustrative middle of each township, longitude and latitude: chosen for the drawing, not surveyed.
TOWNSHIP_CENTRES: Mapping[str, tuple[float, float]] = {
    "441602001": (114.697, 23.737),
    "441602002": (114.684, 23.746),
    "441602003": (114.712, 23.776),
    "441602004": (114.664, 23.772),
    "441602005": (114.590, 23.685),
    "441602006": (114.738, 23.745),
    "441602100": (114.660, 23.685),
    "441602101": (114.600, 23.610),
}
# 城东街道 is run by a neighbouring authority (spec 3.1), so it is drawn only when asked for.
TOWNSHIPS = tuple(code for code in TOWNSHIP_CENTRES if code != "441602006")
# Where people live: longitude, latitude, reach in km, weight; the rest of the land has weight 1.
_SETTLEMENTS = (
    (114.692, 23.743, 2.3, 40.0),
    (114.712, 23.772, 2.2, 9.0),
    (114.662, 23.766, 2.2, 8.0),
    (114.660, 23.690, 1.6, 4.0),
    (114.598, 23.622, 2.2, 6.0),
)
_KM_PER_DEGREE = 111.2
_VILLAGE_SPREAD = 0.28  # relative spread of the number of grids per village
_FEWEST_GRIDS = 2


@dataclass(frozen=True)
class Areas:
    """Areas of one level: `codes`, `polygons` (EPSG:4490, 7 decimals), `weights` (shares of the people, sum 1)."""

    codes: tuple[str, ...]
    polygons: Polygons
    weights: Floats


@dataclass(frozen=True)
class City:
    """A synthetic city: each grid's code begins with its village's, each village's with its township's."""

    townships: Areas
    villages: Areas
    grids: Areas
    seed: int


@dataclass(frozen=True)
class _Sheet:
    """The drawing paper: metres east and north of a middle. Straight lines of the map stay straight."""

    lon: float
    lat: float

    def _scale(self) -> Floats:
        return 1000 * _KM_PER_DEGREE * np.array([np.cos(np.radians(self.lat)), 1.0])

    def metres(self, lonlat: Floats) -> Floats:
        return np.asarray((lonlat - (self.lon, self.lat)) * self._scale(), dtype=np.float64)

    def degrees(self, points: Floats) -> Floats:
        return np.asarray(np.round(points / self._scale() + (self.lon, self.lat), DECIMALS), dtype=np.float64)


def demo_outline() -> shapely.Polygon:
    """The coarse illustrative outline of the district (EPSG:4490); rounded to 0.01 degree, not a survey."""
    return shapely.Polygon(json.loads(_data("demo_outline.json"))["coordinates"][0])


def village_codes(townships: Sequence[str] = TOWNSHIPS) -> tuple[str, ...]:
    """The twelve-digit codes of the villages and communities (村、社区) of `townships`, in the list's order."""
    rows = csv.DictReader(_data("villages_441602.csv").splitlines())
    return tuple(row["code12"] for row in rows if row["code12"][:9] in townships)


def _data(name: str) -> str:
    return (package_files("gis") / "data" / name).read_text(encoding="utf-8")


def draw_city(
    seed: int = SEED,
    n: int = N_GRIDS,
    townships: Sequence[str] = TOWNSHIPS,
    outline: shapely.Polygon | None = None,
) -> City:
    """A synthetic city of exactly `n` grids inside `outline` (EPSG:4490, the district's when None).

    The same seed draws the same city. Errors: KeyError for a township without a centre, ValueError when `n` is too
    small for the villages.
    """
    outline = demo_outline() if outline is None else outline
    rng = np.random.default_rng(seed)
    sheet = _Sheet(*outline.centroid.coords[0])
    ground = shapely.Polygon(sheet.metres(shapely.get_coordinates(outline.exterior)))
    sites = spread(ground, lambda points: _density(sheet, points), n, rng)
    drawn = tessellate(ground, sites, rng, sheet.degrees)
    villages = [village_codes([township]) for township in townships]
    middles = sheet.metres(np.array([TOWNSHIP_CENTRES[township] for township in townships]))
    home = _homes(sites, middles, neighbours(drawn.cells), [len(group) for group in villages], rng)
    codes = [code for group in villages for code in group]
    grids = _numbered([codes[i] for i in home], drawn.cells, _weights(sheet, drawn.cells))
    return City(_merged(grids, 9), _merged(grids, 12), grids, seed)


def _density(sheet: _Sheet, points: Floats) -> Floats:
    """How thickly people live at plane `points` (k, 2), as a share of the densest place."""
    total = np.ones(len(points))
    for lon, lat, reach, weight in _SETTLEMENTS:
        away = np.hypot(*(points - sheet.metres(np.array([lon, lat]))).T) / 1000
        total += weight * np.exp(-((away / reach) ** 1.5))
    return np.asarray(total / (1 + sum(weight for *_, weight in _SETTLEMENTS)), dtype=np.float64)


def _homes(
    sites: Floats, middles: Floats, borders: coo_matrix, villages: Sequence[int], rng: np.random.Generator
) -> NDArray[np.intp]:
    """Village (n,) of each site; `middles` (t, 2) and `villages` say where each township lies and how many it has."""
    wish = rng.lognormal(0, _VILLAGE_SPREAD, sum(villages))
    first = np.concatenate([[0], np.cumsum(villages)])
    sizes = np.add.reduceat(shares(len(sites), wish, _FEWEST_GRIDS), first[:-1])
    township = gather(sites, sizes, borders, middles)
    home, links = np.empty(len(sites), dtype=np.intp), borders.tocsr()
    for number, start in enumerate(first[:-1]):
        own = np.flatnonzero(township == number)
        wanted = shares(len(own), wish[start : first[number + 1]], _FEWEST_GRIDS)
        home[own] = start + compact(sites[own], wanted, links[own][:, own].tocoo(), rng)
    return home


def _weights(sheet: _Sheet, cells: Polygons) -> Floats:
    people = _density(sheet, sheet.metres(shapely.get_coordinates(shapely.centroid(cells)))) * shapely.area(cells)
    return np.asarray(people / people.sum(), dtype=np.float64)


def _numbered(villages: Sequence[str], cells: Polygons, weights: Floats) -> Areas:
    """The grids in the order of their codes: three digits after the village's, counted from north to south."""
    north = -shapely.get_y(shapely.centroid(cells))
    order = np.lexsort((north, np.array(villages)))
    codes: list[str] = []
    for village in (villages[i] for i in order):
        number = 1 + int(codes[-1][12:]) if codes and codes[-1].startswith(village) else 1
        codes.append(f"{village}{number:03d}")
    return Areas(tuple(codes), cells[order], weights[order])


def _merged(grids: Areas, digits: int) -> Areas:
    """The areas whose code is the first `digits` of their grids' codes."""
    codes = np.array([code[:digits] for code in grids.codes])
    names = np.unique(codes)
    polygons = np.array([shapely.coverage_union_all(grids.polygons[codes == name]) for name in names], dtype=np.object_)
    return Areas(tuple(map(str, names)), polygons, np.array([grids.weights[codes == name].sum() for name in names]))
