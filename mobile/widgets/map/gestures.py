"""Fingers on the map (手势): one pans and glides on, two pinch, a tap chooses, two taps zoom in, a wheel zooms.

Job: touches → calls of the surface and its view.
Never: draw.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kivy.clock import Clock
from kivy.metrics import dp

if TYPE_CHECKING:
    from mobile.widgets.map.surface import Surface

SLACK_DP = 9.0
"""A finger that moved less has tapped."""
GLIDE_KEEPS = 0.90
"""Share of its speed the map keeps from one frame to the next."""
GLIDE_FROM_DP = 2.0
WHEEL = {"scrolldown": 1.25, "scrollup": 0.8}


class Hands:
    """The fingers that hold a surface."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.touches: list[Any] = []
        self._moved = 0.0
        self._most = 0
        self._speed = (0.0, 0.0)
        self._glide: Any = None

    @property
    def busy(self) -> bool:
        """Tell whether a finger is down or the map still glides."""
        return bool(self.touches) or self._glide is not None

    def down(self, touch: Any) -> bool:
        """A finger came down on the map."""
        self._halt()
        if touch.is_mouse_scrolling:
            self._zoom(WHEEL.get(touch.button, 1.0), *self._at(touch.pos))
            return True
        touch.grab(self.surface)
        if not self.touches:
            self._moved, self._most = 0.0, 0
        self.touches.append(touch)
        self._most = max(self._most, len(self.touches))
        self._speed = (0.0, 0.0)
        return True

    def move(self, touch: Any) -> bool:
        """A finger moved."""
        if touch not in self.touches:
            return False
        if len(self.touches) == 1:
            self._pan(touch.dx, touch.dy)
        elif touch in self.touches[:2]:
            self._pinch(touch)
        return True

    def up(self, touch: Any) -> bool:
        """A finger left."""
        touch.ungrab(self.surface)
        if touch not in self.touches:
            return False
        self.touches.remove(touch)
        if not self.touches:
            self._released(touch)
        return True

    def _released(self, touch: Any) -> None:
        if self._moved < dp(SLACK_DP):
            at = self._at(touch.pos)
            if touch.is_double_tap:
                self._zoom(2.0, *at)
            elif self._most == 1:
                self.surface.tap(*at)
        elif self._most == 1 and math.hypot(*self._speed) > dp(GLIDE_FROM_DP):
            self._glide = Clock.schedule_interval(self._glides, 0)
        self.surface.changed()

    def _at(self, pos: tuple[float, float]) -> tuple[float, float]:
        return pos[0] - self.surface.x, pos[1] - self.surface.y

    def _pan(self, dx: float, dy: float) -> None:
        self._moved += math.hypot(dx, dy)
        self._speed = (0.5 * self._speed[0] + 0.5 * dx, 0.5 * self._speed[1] + 0.5 * dy)
        if self._moved >= dp(SLACK_DP):
            self.surface.view.pan(dx, dy)
            self.surface.changed()

    def _pinch(self, touch: Any) -> None:
        other = self.touches[1] if touch is self.touches[0] else self.touches[0]
        before, now = math.dist(touch.ppos, other.pos), math.dist(touch.pos, other.pos)
        self._moved += math.hypot(touch.dx, touch.dy)
        middle = ((touch.x + other.x) / 2, (touch.y + other.y) / 2)
        self.surface.view.pan(touch.dx / 2, touch.dy / 2)
        if before > dp(10):
            self._zoom(now / before, *self._at(middle))

    def _zoom(self, factor: float, sx: float, sy: float) -> None:
        self.surface.view.zoom_at(factor, sx, sy)
        self.surface.changed()

    def _glides(self, _: float) -> bool:
        self._speed = (self._speed[0] * GLIDE_KEEPS, self._speed[1] * GLIDE_KEEPS)
        if math.hypot(*self._speed) < dp(0.4):
            self._halt()
            return False
        self.surface.view.pan(*self._speed)
        self.surface.changed()
        return True

    def _halt(self) -> None:
        if self._glide:
            self._glide.cancel()
        self._glide = None
