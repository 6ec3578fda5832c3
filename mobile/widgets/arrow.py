"""Which way and how far (方向): an arrow from here to there, north up, with the distance in words.

Job: bearing and distance on the ellipsoid's sphere of ``gis.plain``; eight directions as one says them.
Never: pretend to be a compass: the arrow stands as on a map, north is up, and says so.
"""

from __future__ import annotations

import math
from typing import Any, Final

from kivy.graphics import Color, Ellipse, Line, PopMatrix, PushMatrix, Rotate, Triangle
from kivy.metrics import dp, sp
from kivy.uix.widget import Widget

from gis import plain
from mobile.widgets.theme import THEME

Degrees = tuple[float, float]
WINDS: Final = ("正北", "东北", "正东", "东南", "正南", "西南", "正西", "西北")


def bearing(here: Degrees, there: Degrees) -> float:
    """Return the direction from here to there in degrees, 0 north, 90 east; both (lon, lat) of one system."""
    east = (there[0] - here[0]) * math.cos(math.radians((here[1] + there[1]) / 2))
    return math.degrees(math.atan2(east, there[1] - here[1])) % 360.0


def wind(degrees: float) -> str:
    """Return a direction as one says it."""
    return WINDS[round(degrees / 45.0) % 8]


def far(metres: float) -> str:
    """Return a distance as one says it."""
    return f"{metres:.0f} 米" if metres < 1000 else f"{metres / 1000:.1f} 公里"


def words(here: Degrees, there: Degrees) -> str:
    """Return where a place lies, such as 东北 340 米."""
    return f"{wind(bearing(here, there))} {far(plain.distance_m(here, there))}"


class Arrow(Widget):
    """A round field with an arrow; ``point`` turns it, None hides it."""

    def __init__(self, side: float = 84.0, **more: Any) -> None:
        super().__init__(size_hint=(None, None), size=(sp(side), sp(side)), **more)
        self._degrees: float | None = None
        self.fbind("pos", self._paint)
        self._paint()

    def point(self, degrees: float | None) -> None:
        """Point to so many degrees east of north."""
        self._degrees = degrees
        self._paint()

    def _paint(self, *_: Any) -> None:
        side, colours = self.width, THEME.colours
        x, y, r = self.x + side / 2, self.y + side / 2, side / 2
        self.canvas.clear()
        with self.canvas:
            Color(rgba=colours.soft)
            Ellipse(pos=self.pos, size=self.size)
            Color(rgba=colours.main)
            Line(circle=(x, y, r - dp(1)), width=dp(1.2))
            Line(points=(x, y + r - dp(2), x, y + r - dp(9)), width=dp(1.6))
            if self._degrees is not None:
                PushMatrix()
                Rotate(angle=-self._degrees, origin=(x, y))
                Triangle(points=(x, y + r * 0.66, x - r * 0.42, y - r * 0.5, x, y - r * 0.22))
                Triangle(points=(x, y + r * 0.66, x + r * 0.42, y - r * 0.5, x, y - r * 0.22))
                PopMatrix()
