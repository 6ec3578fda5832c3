"""Many phones in one program (口袋): each with its own store, courier and weather; the program may be killed outright.

python -m bench.pockets PLAN — a JSON file with url, seconds, calm, pause_s, seed and phones [{number, token, folder,
lon, lat, in_front}]. Says READY when all phones are signed in; saves reports, photos and acts until the time is over,
then waits until every outbox is empty and says what it saw. A phone ``in_front`` follows the live stream.
Never measures.
"""

from __future__ import annotations

import io
import json
import random
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from mobile.core.client import Client, NotReached
from mobile.core.clock import Clock, Ticks
from mobile.core.courier import Pace
from mobile.core.field import Field
from mobile.core.shapes import Fix
from mobile.core.store import Store
from mobile.device.desktop import DesktopDevice

PACE = Pace(first=0.5, longest=30.0, longest_in_front=30.0)
SPELLS = (("down", 0.3, 15.0), ("lossy", 0.4, 20.0), ("fair", 0.3, 15.0))
"""Weather: its name, its share, its mean length in seconds."""
LOSS = 0.35
WITH_PHOTO, SELF_HANDLED = 0.25, 0.15
DRAIN_S = 1800.0
REDIALLED_S = 90.0
"""Seconds in which a phone has redialled a stream that was cut."""
READY = "ready"


class Weather:
    """What the network of one phone does by the clock: down, losing answers, fair."""

    def __init__(self, rng: random.Random, *, calm: bool) -> None:
        self.rng, self.calm = rng, calm
        self.spell, self.until = "fair", time.monotonic() + rng.uniform(2, 10)
        self.asked, self.lost = 0, 0

    def now(self) -> str:
        """Return the present spell."""
        if not self.calm and time.monotonic() > self.until:
            names = [name for name, _, _ in SPELLS]
            self.spell = self.rng.choices(names, [share for _, share, _ in SPELLS])[0]
            mean = next(length for name, _, length in SPELLS if name == self.spell)
            self.until = time.monotonic() + self.rng.expovariate(1 / mean)
        return "fair" if self.calm else self.spell


class StormClient(Client):
    """The real client over a line in the weather."""

    weather: Weather

    def _ask(self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> Any:
        spell, rng = self.weather.now(), self.weather.rng
        self.weather.asked += 1
        if spell == "down" or (spell == "lossy" and rng.random() < LOSS / 3):
            raise NotReached("no_network")
        answer = super()._ask(method, url, data, headers)
        if spell == "lossy" and rng.random() < LOSS:
            self.weather.lost += 1
            raise NotReached("timeout")
        return answer


class Pocket:
    """One phone, and the worker who carries it."""

    def __init__(self, plan: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        self.told, self.rng = told, random.Random(f"{plan['seed']}:{told['number']}:{time.time_ns()}")
        folder = Path(told["folder"])
        device = DesktopDevice(folder)
        device.device_id = lambda: f"phone-{told['number']}"  # type: ignore[method-assign]
        store = Store(folder, device.seal, device.unseal)
        client = StormClient(plan["url"], Clock(Ticks(boot=device.boot), store))
        client.weather = Weather(self.rng, calm=True)
        self.field = Field(store, client, device, client.clock, PACE)
        self.log = (folder / "saved.log").open("a", encoding="utf-8")
        self.pause_s = plan["pause_s"]
        self.next_at = time.monotonic() + self.rng.uniform(0, self.pause_s * 2)

    def settle(self) -> None:
        """Sign in with the token of the carrier, and fetch words and forms once."""
        if not self.field.account.token:
            self.field.store.keep("account", {"token": self.told["token"], "person": {"id": "?", "roles": []}})
            me = self.field.client.call("GET", "/me").body
            self.field.store.keep("account", {"token": self.told["token"], "person": me})
        for name in ("catalogue", "forms"):
            self.field.courier.want(name)
        while not self.field.catalogue.form("event", "self_handle"):
            self.field.courier.turn()

    def work(self, number: int) -> None:
        """Save one report, perhaps with photos, perhaps handled at once; write down that it was saved."""
        field, rng = self.field, self.rng
        field.courier.wake()
        is_handled = rng.random() < SELF_HANDLED
        photos = (field.keep_photo(picture(rng)),) if is_handled or rng.random() < WITH_PHOTO else ()
        facts = {"category": "A01" if is_handled else "B03", "text": f"{self.told['number']}-{number}-{rng.random()}"}
        draft = replace(field.new_draft("event", "report", facts), photos=photos)
        at = datetime.now(UTC)
        id = field.report(draft, Fix(self.told["lon"], self.told["lat"], 8.0, at))
        self.note("report", id)
        if is_handled:
            card = field.card("event", id) or {}
            after = field.keep_photo(picture(rng), "after")
            field.act(card, "self_handle", {"result_text": "已清理"}, [after])
            self.note("self_handle", id)

    def note(self, act: str, id: str) -> None:
        """Write down, durably enough for a killed program, what the worker was told is saved."""
        self.log.write(f"{act} {id}\n")
        self.log.flush()

    @property
    def hears(self) -> bool:
        """Tell whether the live stream is open."""
        return self.field.courier._stream.is_live

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waits."""
        view = self.field.outbox
        return not view.unsent and not view.photos_left


def picture(rng: random.Random) -> bytes:
    """A small photo no other phone has."""
    image = Image.new("RGB", (320, 240), (rng.randrange(256), rng.randrange(256), rng.randrange(256)))
    ImageDraw.Draw(image).text((10, 10), f"{rng.random()}", fill=(255, 255, 255))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def run(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Carry the phones until the storm is over and every outbox is empty."""
    pockets = [Pocket(plan, told) for told in plan["phones"]]
    for pocket in pockets:
        pocket.settle()
        pocket.field.client.weather.calm = plan["calm"]
        pocket.field.start()
        if pocket.told["in_front"]:
            pocket.field.to_front()
    print(READY, flush=True)
    over, number = time.monotonic() + plan["seconds"], 0
    while time.monotonic() < over:
        for pocket in pockets:
            if pocket.next_at <= time.monotonic():
                number += 1
                pocket.work(number)
                pocket.next_at = time.monotonic() + pocket.rng.expovariate(1 / pocket.pause_s)
        time.sleep(0.02)
    return drain(pockets)


def drain(pockets: list[Pocket]) -> dict[str, Any]:
    """Let the sun shine and wait until everything has arrived."""
    began = time.monotonic()
    for pocket in pockets:
        pocket.field.client.weather.calm = True
        pocket.field.courier.hurry()
    while time.monotonic() - began < DRAIN_S and not all(pocket.is_empty for pocket in pockets):
        time.sleep(0.2)
    drained, fronts = time.monotonic() - began, [pocket for pocket in pockets if pocket.told["in_front"]]
    while time.monotonic() - began - drained < REDIALLED_S and not all(pocket.hears for pocket in fronts):
        time.sleep(0.2)
    live = sum(pocket.hears for pocket in fronts)
    for pocket in pockets:
        pocket.field.courier._stopping.set()
        pocket.field.to_back()
        pocket.field.courier.wake()
    told, used = [pocket.field.client.weather for pocket in pockets], resource.getrusage(resource.RUSAGE_SELF)
    return {
        "drained_s": drained,
        "in_front": len(fronts),
        "live": live,
        "processor_s": used.ru_utime + used.ru_stime,
        "asked": sum(one.asked for one in told),
        "lost": sum(one.lost for one in told),
        "left": sum(not pocket.is_empty for pocket in pockets),
        "rejected": sum(pocket.field.outbox.rejected for pocket in pockets),
    }


if __name__ == "__main__":
    print(json.dumps(run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
