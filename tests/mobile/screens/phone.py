"""One phone: device, core and app, with a hand on it."""

# ruff: noqa: I001
from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.mobile.screens.driver import Driver  # first: it chooses how Kivy draws

from mobile.app import FieldApp
from mobile.core.client import Client, Reply
from mobile.core.clock import Clock, Ticks
from mobile.core.courier import Pace
from mobile.core.field import Field
from mobile.core.store import Store
from mobile.device.desktop import DesktopDevice, fix
from tests.mobile.screens.district import middle, photo_bytes
from tests.mobile.screens.town import Town

QUICK = Pace(first=0.02, longest=0.05, longest_in_front=0.05, refresh=3600.0)
NOWHERE = "http://127.0.0.1:9"
"""Nobody listens there: the live stream finds nothing, and nothing else goes over a socket."""


def passed(town: Town) -> float:
    """Seconds since the town came to be: its moment goes on as time does."""
    return time.monotonic() - town.began


class TownClient(Client):
    """Speaks to a town in this process instead of to a server."""

    town: Town

    def send(self, method: str, path: str, body: Any = None, **how: Any) -> Reply:
        """Ask the town."""
        if method == "PUT" and ("/photos/" in path or "/voices/" in path) and not self.town.is_down:
            self.town.receive(path, how.get("data") or b"")
        reply = self.town.answer(method, path, body, (how.get("headers") or {}).get("If-None-Match"))
        self.clock.measured(self.town.now + timedelta(seconds=passed(self.town)))
        return reply


class Phone(Driver):
    """The hand on an open app; ``town`` is its server, ``field`` its core, ``device`` the desktop's stand-in."""

    def __init__(self, app: FieldApp, town: Town) -> None:
        self.town, self.field, self.device = town, app.field, app.device
        super().__init__(app)

    def offline(self) -> None:
        """Lose the network and let the phone notice."""
        self.town.is_down = True
        self.field.sync_now()
        self.wait(lambda: self.field.outbox.link == "offline", "offline")

    def online(self) -> None:
        """Find the network again."""
        self.town.is_down = False
        self.field.sync_now()

    def sent(self) -> None:
        """Wait until nothing waits to be sent."""
        self.wait(lambda: not self.field.outbox.unsent and not self.field.outbox.photos_left, "everything sent")
        self.settle()


def phone_of(
    town: Town, folder: Path, *, enrolled: bool = True, at: tuple[float, float] | None = None, link: str | None = None
) -> Phone:
    """Open the app on a fresh phone that stands ``at`` a place (default: in the person's grid), perhaps by a link."""
    device = DesktopDevice(folder)
    device.link = link
    device.camera = [photo_bytes("before")]
    lon, lat = at or middle(0, 0)
    device.place(fix(lon, lat, at=town.now))
    store = Store(folder, device.seal, device.unseal)
    clock = Clock(
        Ticks(wall=lambda: town.now.timestamp() + passed(town), since_boot=lambda: 1000.0 + passed(town)), store
    )
    client = TownClient(NOWHERE, clock)
    client.town = town
    field = Field(store, client, device, clock, QUICK)
    if enrolled:
        field.enrol("ABCD2345")
        field.set_pin("2580")
        for what in ("refresh", "map"):
            field.courier._fetcher.fetch(what)
    return Phone(FieldApp(field), town)
