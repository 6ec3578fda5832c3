"""The storm: 5,000 phones come back into coverage at once, each with five reports saved; every one counts once.

Each phone dials, sends its outbox in one request and hangs up; one in ten loses the line before it has heard the answer
and sends the same again, as a phone does. What the phones were told is counted against the database, id by id.
`make bench-storm`, or `python -m bench.storm --phones 500`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
import psycopg

from bench import lines, page, reports
from bench.city import City, city
from bench.lines import Address, Answered
from server.embedded.databases import plain

QUEUED = 5
FORGETFUL = 10
"""One phone in so many loses its line before it has the answer."""
PATIENCE_S = 0.5
"""How long such a phone listens."""
GOAL_S = 60.0


@dataclass(slots=True)
class Device:
    """One phone: its request, the ids in it, and what it was told."""

    number: int
    request: bytes
    ids: Sequence[str]
    results: Sequence[int] = ()
    seconds: float = 0.0
    dialled: int = 0


@dataclass(slots=True)
class Storm:
    """All phones, how long until the last was told, and what the database says of their ids."""

    devices: Sequence[Device]
    seconds: float = 0.0
    stored: Mapping[str, int] = field(default_factory=dict)

    def at(self, share: float) -> float:
        """Return the seconds after which `share` of the phones were told."""
        times = sorted(device.seconds for device in self.devices)
        return times[min(len(times) - 1, int(share * len(times)))]

    @property
    def is_exact(self) -> bool:
        """Tell whether every report was acknowledged, and is stored with one line in the journal, and no other is."""
        told = {id for device in self.devices for id in device.ids if set(device.results) <= {200, 201}}
        wanted = {id for device in self.devices for id in device.ids}
        return told == wanted == self.stored.keys() and set(self.stored.values()) == {1}


def prepare(town: City) -> list[Device]:
    """Return the phones with their outboxes."""
    rng, devices = random.Random(5000), []
    for number, carrier in enumerate(town.carriers):
        items = reports.items(rng, carrier, QUEUED)
        request = lines.request("POST", "/sync", carrier.token, {"items": items})
        devices.append(Device(number, request, [item["path"].rpartition("/")[2] for item in items]))
    return devices


async def deliver(device: Device, address: Address, start: float) -> None:
    """Dial and send until every report is acknowledged."""
    is_forgetful = device.number % FORGETFUL == 0
    while not device.results:
        device.dialled += 1
        answer = await _ask(device, address, PATIENCE_S if is_forgetful and device.dialled == 1 else None)
        if answer is not None and answer.status == 200:
            device.results = [one["status"] for one in orjson.loads(answer.body)["results"]]
        elif answer is not None and answer.status != 503:
            raise SystemExit(f"{answer.status}: {answer.body.decode(errors='replace')}")
    device.seconds = time.perf_counter() - start


async def _ask(device: Device, address: Address, patience: float | None) -> Answered | None:
    """Send the request on a fresh line; None when the line was lost, or the phone too impatient."""
    try:
        line = await lines.dial(address)
    except OSError:
        await asyncio.sleep(PATIENCE_S)
        return None
    try:
        return await asyncio.wait_for(line.ask(device.request), patience)
    except (TimeoutError, OSError):
        return None
    finally:
        line.hang_up()


async def rage(devices: Sequence[Device], address: Address) -> float:
    """Let all phones dial at once; return the seconds until the last was told."""
    start = time.perf_counter()
    await asyncio.gather(*(deliver(device, address, start) for device in devices))
    return time.perf_counter() - start


def stored(town: City) -> dict[str, int]:
    """Return for each event in the database how many lines say that it was reported."""
    query = "SELECT e.id::text, count(j.id) FROM events e LEFT JOIN journal j ON j.item_id = e.id AND j.move = 'EV-01'"
    with psycopg.connect(plain(town.config.database_url)) as session:
        return {id: int(lines_) for id, lines_ in session.execute(f"{query} GROUP BY e.id")}


def story(storm: Storm) -> str:
    """Return the section of the page."""
    count = sum(len(device.ids) for device in storm.devices)
    again = sum(device.dialled > 1 for device in storm.devices)
    statuses = Counter(status for device in storm.devices for status in device.results)
    row = (
        f"{len(storm.devices):,} × {QUEUED}",
        f"**{storm.seconds:.1f}**",
        f"{count / storm.seconds:,.0f}",
        f"{storm.at(0.5):.1f}",
        f"{storm.at(0.99):.1f}",
        f"{again:,}",
        f"{statuses[200]:,}",
        "yes" if storm.is_exact else "**no**",
    )
    head = ("phones × reports", "seconds", "reports/s", "half told after s", "99 % after s", "sent again",
            "answered as known", "each exactly once")  # fmt: skip
    return f"""
All phones dial within the same moment, each with its own token and connection; one in {FORGETFUL} hangs up after
{PATIENCE_S} s without its answer and sends the same again. Web, database and phones share the machine; every commit is
on disk before its answer. The ids that phones were told are those in the database, each with one line in the journal.

{page.table(head, [row])}

Goal: exactly once, ≤ {GOAL_S:.0f} s.
"""


def main() -> int:
    """Measure, count, publish; 1 when a report was lost or doubled, or it took too long."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--phones", type=int, default=5000)
    parser.add_argument("--quiet", action="store_true", help="do not write docs/benchmarks.md")
    asked = parser.parse_args()
    lines.allow_files(asked.phones)
    with city(asked.phones, "web") as town:
        storm = Storm(prepare(town))
        storm.seconds = asyncio.run(rage(storm.devices, town.address))
        storm.stored = stored(town)
    tell = page.show if asked.quiet else page.publish
    tell("python -m bench.storm", "The storm", story(storm))
    return 0 if storm.is_exact and storm.seconds <= GOAL_S else 1


if __name__ == "__main__":
    sys.exit(main())
