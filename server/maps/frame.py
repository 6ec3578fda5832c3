"""The frame of a tile (瓦片范围): its edges in EPSG:3857, as numbers and as SQL.

Never: know what is drawn in it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

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
        return sa.func.ST_Transform(self.wider(units), 4490)


ANY = Frame(*(sa.bindparam(name, type_=sa.Integer) for name in "zxy"))  # type: ignore[arg-type]
"""The tile that a statement made once is given."""
