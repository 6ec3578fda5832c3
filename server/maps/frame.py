"""The frame of a tile (瓦片范围): its edges in EPSG:3857, as numbers and as SQL.

Never: know what is drawn in it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import sqlalchemy as sa

RADIUS = 6_378_137.0
"""Metres of the sphere of EPSG:3857."""
EXTENT = 4096
"""Units of a tile's side."""
WORLD = 20_037_508.342789244
"""Metres from the middle of the EPSG:3857 world to its edge."""


class Frame(NamedTuple):
    """One tile."""

    z: int
    x: int
    y: int

    @property
    def side(self) -> float:
        """Return the length of the tile's side in metres of EPSG:3857."""
        return 2 * WORLD / 2.0**self.z

    @property
    def corner(self) -> tuple[float, float]:
        """Return the lower left corner."""
        return self.x * self.side - WORLD, WORLD - (self.y + 1) * self.side

    def bounds(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """Return west, south, east and north of the tile and its margin (metres of EPSG:3857)."""
        west, south = self.corner
        return west - margin, south - margin, west + self.side + margin, south + self.side + margin

    def holds(self, x: float, y: float, margin: float = 0.0) -> bool:
        """Tell whether a point lies in the tile, or in its margin (metres of EPSG:3857)."""
        west, south, east, north = self.bounds(margin)
        return west <= x < east and south <= y < north

    @property
    def envelope(self) -> Any:
        """Return the tile's area as SQL."""
        return sa.func.ST_TileEnvelope(self.z, self.x, self.y)

    def wider(self, units: int) -> Any:
        """Return the tile's area with a margin of ``units`` on each side, as SQL."""
        return sa.func.ST_TileEnvelope(self.z, self.x, self.y, sa.text(f"margin => {units / EXTENT}"))

    def around(self, metres: float) -> Any:
        """Return the tile's area with a margin in metres of EPSG:3857, as SQL."""
        return sa.func.ST_Expand(self.envelope, metres)

    def degrees(self, units: int) -> Any:
        """Return the same in EPSG:4490."""
        west, south, east, north = self.bounds(self.side * units / EXTENT)
        return sa.func.ST_MakeEnvelope(*_lonlat(west, south), *_lonlat(east, north), 4490)


def _lonlat(x: float, y: float) -> tuple[float, float]:
    return math.degrees(x / RADIUS), math.degrees(2 * math.atan(math.exp(y / RADIUS)) - math.pi / 2)


def placed(lon: float, lat: float) -> tuple[float, float]:
    """Return where a point of EPSG:4490 (degrees) is in EPSG:3857."""
    return math.radians(lon) * RADIUS, math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) * RADIUS


def projected(point: Any) -> Any:
    """Return a point of EPSG:4490 in EPSG:3857 as SQL.

    By the formula itself: the database's projections take a tenth of a second to begin with on each connection.
    """
    x = sa.func.radians(sa.func.ST_X(point)) * RADIUS
    y = sa.func.ln(sa.func.tan(sa.func.pi() / 4 + sa.func.radians(sa.func.ST_Y(point)) / 2)) * RADIUS
    return sa.func.ST_SetSRID(sa.func.ST_MakePoint(x, y), 3857)


ANY = Frame(*(sa.bindparam(name, type_=sa.Integer) for name in "zxy"))  # type: ignore[arg-type]
"""The tile that a statement made once is given."""
