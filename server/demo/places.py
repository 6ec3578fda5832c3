"""Where things happen (何处发生): hot spots of each kind of problem, and evenly over the grids otherwise.

Job: a point inside a grid for each event; every grid has about as many people, so small grids are busy per km².
Never: a real address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from random import Random

import numpy as np
import shapely
import sqlalchemy as sa

from gis.metric import Polygons
from server import policy
from server.db import db
from server.demo.words import leaves
from server.grids.models import Edition, Grid

M_PER_DEGREE = 111_200.0
HOT_SPOTS_PER_GROUP = 5
"""Kernels per group of categories."""
HOT_SHARE = 0.45
"""Part of the events that happens at a hot spot."""
REACH_M = (90.0, 350.0)
UNEVENNESS = 0.45
"""Spread of how much is reported from a grid, as the sigma of a log-normal distribution."""
TRIES = 40
DECIMALS = 7


@dataclass(frozen=True, slots=True)
class Spot:
    """A point (EPSG:4490) and the code of the grid it lies in."""

    lon: float
    lat: float
    grid: str

    @property
    def township(self) -> str:
        """Return the code of its township."""
        return self.grid[:9]


@dataclass(frozen=True, slots=True)
class Kernel:
    """A hot spot: its middle and how far it reaches, metres."""

    lon: float
    lat: float
    reach_m: float


class Places:
    """The grids of the synthetic city with their hot spots, by seed."""

    def __init__(self, codes: Sequence[str], polygons: Polygons, seed: int) -> None:
        shapely.prepare(polygons)
        self.codes, self._polygons = codes, polygons
        self._tree = shapely.STRtree(polygons)
        rng = Random(f"{seed}/places")
        self._weights = [rng.lognormvariate(0.0, UNEVENNESS) for _ in codes]
        self._pools = {where: self._pool(where) for where in ("", "urban", "rural")}
        self._kernels = {
            group: [self._kernel(rng) for _ in range(HOT_SPOTS_PER_GROUP)] for group in policy.current().groups
        }

    @classmethod
    def read(cls, edition: Edition, seed: int) -> Places:
        """Return the places of a stored edition."""
        query = sa.select(Grid.code, sa.func.ST_AsBinary(Grid.geom)).where(Grid.edition_id == edition.id)
        rows = db.session.execute(query.order_by(Grid.code.collate("C"))).all()
        return cls([row[0] for row in rows], shapely.from_wkb([bytes(row[1]) for row in rows]), seed)

    def _pool(self, where: str) -> list[int]:
        """Return the numbers of the grids that are urban, rural, or all; all where there is none of that kind."""
        units = policy.current().units
        wanted = {"urban": True, "rural": False}.get(where)
        found = [i for i, code in enumerate(self.codes) if wanted in (None, units[code[:9]].built_up)]
        return found or list(range(len(self.codes)))

    def _kernel(self, rng: Random) -> Kernel:
        spot = self._within(self._drawn(rng, ""), rng)
        return Kernel(spot.lon, spot.lat, rng.uniform(*REACH_M))

    def _drawn(self, rng: Random, where: str) -> int:
        pool = self._pools[where]
        return rng.choices(pool, [self._weights[i] for i in pool])[0]

    def draw(self, rng: Random, leaf: str) -> Spot:
        """Return where an event of ``leaf`` happens."""
        if rng.random() < HOT_SHARE:
            kernel = rng.choice(self._kernels[policy.current().categories[leaf].group])
            spot = self.near(rng, kernel.lon, kernel.lat, kernel.reach_m)
            if spot is not None:
                return spot
        return self._within(self._drawn(rng, leaves()[leaf].where), rng)

    def near(self, rng: Random, lon: float, lat: float, reach_m: float) -> Spot | None:
        """Return a place about a point, normally distributed; None when the first few tries lie outside every grid."""
        for _ in range(TRIES):
            north, east = rng.gauss(0, reach_m), rng.gauss(0, reach_m)
            spot = self.at(*shifted(lon, lat, east, north))
            if spot is not None:
                return spot
        return None

    def at(self, lon: float, lat: float) -> Spot | None:
        """Return the spot at a point, None outside every grid; on a border the smallest code wins."""
        found = self._tree.query(shapely.Point(lon, lat), predicate="covered_by")
        return Spot(lon, lat, self.codes[int(np.min(found))]) if len(found) else None

    def within(self, rng: Random, grid: str) -> Spot:
        """Return a place in the grid of this code."""
        return self._within(self.codes.index(grid), rng)

    def _within(self, number: int, rng: Random) -> Spot:
        """Return a place evenly drawn from one grid."""
        polygon = self._polygons[number]
        west, south, east, north = polygon.bounds
        for _ in range(TRIES * TRIES):
            lon, lat = (round(rng.uniform(*span), DECIMALS) for span in ((west, east), (south, north)))
            if shapely.contains_xy(polygon, lon, lat):
                return Spot(lon, lat, self.codes[number])
        raise ArithmeticError(f"grid {self.codes[number]} is too thin to draw from")

    def outside(self, rng: Random, away_m: float) -> tuple[float, float]:
        """Return a point (lon, lat) beyond the border of the city, ``away_m`` metres east of its easternmost place."""
        east = max(polygon.bounds[2] for polygon in self._polygons)
        spot = self._within(self._drawn(rng, ""), rng)
        return shifted(east, spot.lat, away_m, 0.0)


def shifted(lon: float, lat: float, east_m: float, north_m: float) -> tuple[float, float]:
    """Return a point moved by metres, rounded to about 1 cm."""
    east = east_m / (M_PER_DEGREE * cos(radians(lat)))
    return round(lon + east, DECIMALS), round(lat + north_m / M_PER_DEGREE, DECIMALS)
