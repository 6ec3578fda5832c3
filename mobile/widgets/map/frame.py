"""From degrees to the plane of the map, and from the plane to the screen (投影与视野).

Job: Web Mercator (EPSG:3857) about an origin near by, so that single precision of a graphics chip keeps millimetres; a
view that pans and zooms.
Never: measure: lengths and areas come from ``gis``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

EARTH_M = 6378137.0
AROUND_M = 2 * math.pi * EARTH_M
"""The length of the equator on the plane of EPSG:3857."""
TILE = 256.0
CLOSEST = 20.0
"""The largest zoom: some 0.15 m a pixel."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A plane in metres of EPSG:3857 whose zero lies at ``lon, lat`` (degrees, EPSG:4490)."""

    lon: float
    lat: float

    def plane(self, lon: float, lat: float) -> tuple[float, float]:
        """Return x (east) and y (north) of a point in degrees."""
        return (
            EARTH_M * math.radians(lon - self.lon),
            EARTH_M * (_up(lat) - _up(self.lat)),
        )

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Return longitude and latitude of a point of the plane."""
        up = y / EARTH_M + _up(self.lat)
        return self.lon + math.degrees(x / EARTH_M), math.degrees(2 * math.atan(math.exp(up)) - math.pi / 2)

    def stretch(self, lat: float) -> float:
        """Return how many metres of the plane a metre on the ground takes at ``lat``."""
        return 1.0 / math.cos(math.radians(lat))


def _up(lat: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


Box = tuple[float, float, float, float]
"""West, south, east, north, in metres of the plane."""


def meets(one: Box, other: Box) -> bool:
    """Tell whether two boxes have a point in common."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def around(boxes: list[Box]) -> Box:
    """Return the box about all these boxes, of which there is at least one."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


class View:
    """What of the plane is seen: centre ``x, y`` in metres, ``scale`` in pixels a metre, ``width`` × ``height`` pixels.

    Points of the screen count from the lower left corner of the map. ``unit`` is how many pixels a dp has.
    """

    def __init__(self, unit: float = 1.0) -> None:
        self.unit = unit
        self.x = self.y = 0.0
        self.width = self.height = 100.0
        self.scale = self.least = self._scale(12.0)
        self.most = self._scale(CLOSEST)
        self.limits: Box | None = None

    def _scale(self, zoom: float) -> float:
        return float(TILE * self.unit * 2**zoom / AROUND_M)

    @property
    def zoom(self) -> float:
        """Return the zoom as tiles count it."""
        return math.log2(self.scale * AROUND_M / (TILE * self.unit))

    @property
    def box(self) -> Box:
        """Return the part of the plane that is seen."""
        half, high = self.width / 2 / self.scale, self.height / 2 / self.scale
        return (self.x - half, self.y - high, self.x + half, self.y + high)

    def screen(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the plane stands on the screen."""
        return (x - self.x) * self.scale + self.width / 2, (y - self.y) * self.scale + self.height / 2

    def plane(self, sx: float, sy: float) -> tuple[float, float]:
        """Return the point of the plane at a point of the screen."""
        return (sx - self.width / 2) / self.scale + self.x, (sy - self.height / 2) / self.scale + self.y

    def pan(self, dx: float, dy: float) -> None:
        """Move what is seen by pixels."""
        self.x -= dx / self.scale
        self.y -= dy / self.scale
        self._stay()

    def zoom_at(self, factor: float, sx: float, sy: float) -> None:
        """Zoom by a factor; the point under ``sx, sy`` stays where it is."""
        x, y = self.plane(sx, sy)
        self.scale = min(max(self.scale * factor, self.least), self.most)
        self.x = x - (sx - self.width / 2) / self.scale
        self.y = y - (sy - self.height / 2) / self.scale
        self._stay()

    def look(self, x: float, y: float, zoom: float | None = None) -> None:
        """Put a point of the plane into the middle, perhaps at another zoom."""
        self.x, self.y = x, y
        if zoom is not None:
            self.scale = min(max(self._scale(zoom), self.least), self.most)
        self._stay()

    def fit(self, box: Box, margin: float = 0.12, closest: float = 17.0) -> None:
        """Show a whole box, with some room about it, no closer than the zoom ``closest``."""
        wide, high = max(box[2] - box[0], 1.0), max(box[3] - box[1], 1.0)
        room = 1.0 - 2 * margin
        scale = min(self.width * room / wide, self.height * room / high, self._scale(closest))
        self.scale = min(max(scale, self.least), self.most)
        self.x, self.y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        self._stay()

    def bound(self, box: Box) -> None:
        """Let nobody get lost: the centre stays in ``box``, and the smallest scale shows about all of it."""
        self.limits = box
        wide, high = max(box[2] - box[0], 1.0), max(box[3] - box[1], 1.0)
        self.least = min(0.7 * min(self.width / wide, self.height / high), self._scale(15.0))
        self.scale = min(max(self.scale, self.least), self.most)
        self._stay()

    def _stay(self) -> None:
        if self.limits:
            self.x = min(max(self.x, self.limits[0]), self.limits[2])
            self.y = min(max(self.y, self.limits[1]), self.limits[3])
