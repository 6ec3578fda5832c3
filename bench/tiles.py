"""Vector tiles over HTTP: ours, kept and drawn anew, against tipg on the same grids of the same database in one run.

    python -m bench.tiles [--events 1000000]

tipg comes from PyPI into a venv of its own below build/, pinned by bench/tipg.txt. Ours draws more: each grid with the
number of events the reader may see, per km² and per thousand residents; tipg draws the table of grids, from the column
that is in web Mercator already. One connection each, one request after the other.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs, quote, urlsplit

import sqlalchemy as sa

from bench import crowd, page
from bench.city import City, city
from bench.density import quantile
from bench.readers import readers
from server.app import create_app
from server.config import ROOT
from server.db import CN, db, now
from server.grids.models import Grid
from server.supervisor import LEASH

VENV = ROOT / "build" / "tipg"
PINNED = Path(__file__).with_name("tipg.txt")
READY = 90.0
ZOOMS = {9: 1, 10: 2, 11: 6, 12: 16, 13: 20}
"""Zoom → how many tiles of the city are asked for."""
ROUNDS = 4
UNCACHED_GOAL, CACHED_GOAL, P95_GOAL_MS = 5.0, 30.0, 30.0
MIDDLE = (114.69, 23.74)

Number = tuple[int, int, int]


@dataclass(frozen=True)
class Timing:
    """One way of serving: milliseconds of each tile, and bytes."""

    name: str
    ms: Sequence[float]
    size: int


def numbers() -> list[Number]:
    """The tiles around the middle of the city, nearest first."""
    found: list[Number] = []
    for z, count in ZOOMS.items():
        y = (1 - math.asinh(math.tan(math.radians(MIDDLE[1]))) / math.pi) / 2 * 2**z
        x = (MIDDLE[0] + 180) / 360 * 2**z
        near = [(int(x) + dx, int(y) + dy) for dx in range(-4, 5) for dy in range(-4, 5)]
        near.sort(key=lambda one: math.hypot(one[0] + 0.5 - x, one[1] + 0.5 - y))
        found += [(z, *one) for one in near[:count]]
    return found


def drive(name: str, address: tuple[str, int], paths: Sequence[str], headers: dict[str, str]) -> Timing:
    """Ask for all paths over one connection."""
    door = HTTPConnection(*address)
    spent, size = [], 0
    for path in paths:
        start = time.perf_counter()
        door.request("GET", path, headers=headers)
        answer = door.getresponse()
        body = answer.read()
        spent.append(1000 * (time.perf_counter() - start))
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
        size += len(body)
    door.close()
    return Timing(name, spent, size)


@contextmanager
def tipg(town: City) -> Iterator[tuple[str, int]]:
    """tipg with one worker on the town's database; yields where it listens."""
    if not (VENV / "bin" / "uvicorn").exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "-q", VENV], check=True)
        subprocess.run([uv, "pip", "install", "-q", "-p", VENV / "bin" / "python", "-r", PINNED], check=True)
    parts = urlsplit(town.config.database_url)
    folder = parse_qs(parts.query)["host"][0]
    url = f"postgresql://{parts.username}@{quote(folder, safe='')}{parts.path}"
    address = ("127.0.0.1", town.config.port + 7)
    environment = {**os.environ, "DATABASE_URL": url, "TIPG_DB_SCHEMAS": '["public"]'}
    words = [*LEASH, VENV / "bin" / "uvicorn", "tipg.main:app", "--port", str(address[1]), "--log-level", "warning"]
    program = subprocess.Popen([str(word) for word in words], env=environment, cwd=VENV)
    try:
        _await(address)
        yield address
    finally:
        program.terminate()
        program.wait()


def _await(address: tuple[str, int]) -> None:
    deadline = time.monotonic() + READY
    while True:
        try:
            door = HTTPConnection(*address)
            door.request("GET", "/healthz")
            door.getresponse().read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def ours(number: Number, layers: str, days: int) -> str:
    """The address of our tile over the last `days` days."""
    first = (now().astimezone(CN).date() - timedelta(days=days - 1)).isoformat()
    return "/api/v1/maps/tiles/{}/{}/{}.mvt".format(*number) + f"?{layers}&from={first}"


def theirs(number: Number) -> str:
    """The address of the same tile of tipg."""
    return "/collections/public.grids/tiles/WebMercatorQuad/{}/{}/{}?geom-column=geom_3857".format(*number)


def measure(town: City, token: str) -> list[Timing]:
    """All ways in turn; every question drawn anew is one nobody has asked before."""
    tiles, key, here = numbers(), {"Authorization": f"Bearer {token}"}, town.address
    fresh = iter(range(30, 1000))
    ask: Callable[[str, str, bool], Timing] = lambda name, layers, kept: drive(  # noqa: E731
        name, here, [ours(one, layers, 30 if kept else next(fresh)) for _ in range(ROUNDS) for one in tiles], key
    )
    with tipg(town) as there:
        drive("", there, [theirs(one) for one in tiles], {})
        drive("", here, [ours(one, "layers=grids&layers=events", 30) for one in tiles] * 3, key)
        return [
            drive("tipg", there, [theirs(one) for _ in range(ROUNDS) for one in tiles], {}),
            ask("**grids with numbers, drawn anew**", "layers=grids", False),
            ask("**grids with numbers, kept**", "layers=grids", True),
            ask("**grids and events, drawn anew**", "layers=grids&layers=events", False),
            ask("**grids and events, kept**", "layers=grids&layers=events", True),
        ]


def story(timings: Sequence[Timing], count: int) -> str:
    """The section of the page."""
    base = median(timings[0].ms)
    rows = [
        (
            one.name,
            f"{len(one.ms):,}",
            f"{one.size / len(one.ms) / 1024:.0f}",
            f"{median(one.ms):.2f}",
            f"{quantile(one.ms, 0.95):.2f}",
            f"{base / median(one.ms):.1f}",
        )
        for one in timings
    ]
    return f"""
{count:,} events in 701 grids; {len(numbers())} tiles of zooms {min(ZOOMS)} to {max(ZOOMS)}, each {ROUNDS} times, over
HTTP on one connection, one request at a time; our web process as in production, with sign-in and scope.

{page.table(("", "requests", "KiB", "p50 ms", "p95 ms", "× tipg"), rows)}

Goal: p95 < {P95_GOAL_MS:.0f} ms drawn anew, ≥ {UNCACHED_GOAL:.0f} × tipg; kept ≥ {CACHED_GOAL:.0f} × tipg.
"""


def main() -> int:
    """Measure, compare, publish; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="events of three years")
    count = parser.parse_args().events
    with city(20, "web", kept=crowd.full(count)) as town:
        crowd.fill(town, count)
        app = create_app(town.config)
        with app.app_context():
            grids = sorted(db.session.scalars(sa.select(Grid.code)))
            token = readers(sorted({code[:9] for code in grids}), grids)[0].token
            db.session.remove()
            db.engine.dispose()
        timings = measure(town, token)
    page.publish(f"python -m bench.tiles --events {count}", "Vector tiles", story(timings, count))
    base = median(timings[0].ms)
    anew, kept = timings[1], timings[2]
    is_fast = base / median(anew.ms) >= UNCACHED_GOAL and base / median(kept.ms) >= CACHED_GOAL
    return 0 if is_fast and quantile(timings[3].ms, 0.95) < P95_GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main())
