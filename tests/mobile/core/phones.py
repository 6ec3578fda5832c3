"""Phones for tests: the real core on a desktop device, against the real application, over a line that can be cut."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from PIL import Image, ImageDraw

from mobile.core.client import Client, NotReached
from mobile.core.clock import Clock, Ticks
from mobile.core.courier import Pace
from mobile.core.field import Field
from mobile.core.shapes import Fix
from mobile.core.store import Store
from mobile.device.desktop import DesktopDevice
from server.db import clock as server_clock
from server.people import codes
from tests.server.town import INSIDE, Town

QUICK = Pace(first=0.001, longest=0.002, longest_in_front=0.002)


@dataclass
class Answered:
    """What `requests` would have handed over."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


@dataclass
class Line:
    """The network: whole, down, or losing a share of what it carries, before or after the server has acted."""

    down: bool = False
    loss: float = 0.0
    rng: random.Random = field(default_factory=lambda: random.Random(3))
    asked: list[tuple[str, str]] = field(default_factory=list)
    instead: Callable[[str, str], Answered | None] = lambda method, path: None

    def carry(self, method: str, path: str, ask: Callable[[], Answered]) -> Answered:
        if self.down:
            raise NotReached("no_network")
        self.asked.append((method, path))
        other = self.instead(method, path)
        if other is not None:
            return other
        if self.rng.random() < self.loss / 2:
            raise NotReached("timeout")
        answer = ask()
        if self.rng.random() < self.loss:
            raise NotReached("timeout")
        return answer

    def writes(self) -> list[tuple[str, str]]:
        return [one for one in self.asked if one[0] != "GET"]


class InProcess(Client):
    """A client whose server is the application in this process."""

    def __init__(self, app: Flask, clock: Clock, line: Line) -> None:
        super().__init__("http://phone", clock)
        self.app, self.line = app, line

    def _ask(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> Any:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path

        def ask() -> Answered:
            answer = self.app.test_client().open(path, method=method, data=data, headers=dict(headers))
            return Answered(answer.status_code, answer.headers, answer.get_data())

        return self.line.carry(method, path, ask)


class PocketDevice(DesktopDevice):
    """A desktop device that was not restarted during the test."""

    def boot(self) -> str:
        return "one boot"


@dataclass
class Phone:
    """A phone and its line."""

    field: Field
    line: Line
    device: DesktopDevice

    def sync(self, turns: int = 40) -> Phone:
        """Let the courier work until nothing waits, or it gives up."""
        for _ in range(turns):
            self.field.courier._not_before = 0.0
            self.field.courier._later.clear()
            self.field.courier.turn()
            view = self.field.outbox
            if not view.unsent and not view.photos_left and not self.field.courier._wants:
                break
        return self

    def refresh(self) -> Phone:
        self.field.sync_now()
        return self.sync()


def ticks(error_s: float = 0.0) -> Ticks:
    """Clocks that follow the server's test clock; the phone's own shows ``error_s`` more."""
    return Ticks(
        wall=lambda: server_clock.now().timestamp() + error_s,
        since_boot=lambda: server_clock.now().timestamp() - 1_700_000_000,
        boot=lambda: "one boot",
    )


def phone(town: Town, who: str, folder: Path, *, error_s: float = 0.0, enrol: bool = True) -> Phone:
    """Return the phone of ``who``, enrolled by a one-time code and up to date."""
    device = PocketDevice(folder)
    store = Store(folder, device.seal, device.unseal)
    clock = Clock(ticks(error_s), store)
    line = Line()
    one = Phone(Field(store, InProcess(town.app, clock, line), device, clock, QUICK), line, device)
    if enrol:
        answer = one.field.enrol(code_for(town, who))
        assert answer.ok, answer
        one.refresh()
    return one


def code_for(town: Town, who: str) -> str:
    from server.db import db

    (code,), _ = codes.made_for([town.persons[who]], town.persons["admin"])
    db.session.commit()
    return code


def here(lon: float = INSIDE[0], lat: float = INSIDE[1], accuracy_m: float | None = 8.0, **more: Any) -> Fix:
    return Fix(lon, lat, accuracy_m, more.pop("at", server_clock.now()), **more)


def picture(number: int = 0, size: tuple[int, int] = (640, 480)) -> bytes:
    """A JPEG that no other number gives."""
    image = Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, number * 53 % 256))
    ImageDraw.Draw(image).text((20, 20), str(number), fill=(255, 255, 255))
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
