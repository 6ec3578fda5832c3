"""Choosing a spot (移动图钉): the map moves under the pin; the grid it lies in is said at once, without a network.

Job: a pin whose coordinate system is kept; ``pick(lon, lat, crs)`` gets it.
Never: change the system of what it was given.
"""

from __future__ import annotations

from kivy.metrics import dp

from mobile.page import Page
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column
from mobile.widgets.buttons import Push
from mobile.widgets.map.pin import PinMap


class Spot(Page):
    """The page that calls ``pick`` with the place of the pin."""

    title = "移动图钉"
    has_tabs = False

    def build(self) -> None:
        """Draw the map, the sentence and the button."""
        self.told = Column(gap=0, pad=(12, 10, 12, 10))
        self.map = PinMap(
            self.field.map(), self.aside, self.given.get("start"), self.app.device.last_fix(), lambda *_: self._say()
        )
        self.add_widget(self.told)
        self.add_widget(self.map)
        self.add_widget(
            Column(Push("就是这里", self._done, "check"), pad=(14, 8, 14, 10), size_hint_y=None, height=dp(74))
        )
        self._say()

    def _say(self) -> None:
        """Say where the pin stands."""
        place = self.field.place(None, *self.map.place)
        tone = "green" if place.grid_code else "amber"
        self.told.refill(Note(place.zh, tone, "map-marker", "拖动地图，让图钉尖指着事发的地方"))

    def _done(self) -> None:
        self.given["pick"](*self.map.place)
