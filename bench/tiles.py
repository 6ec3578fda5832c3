"""Vector tiles over HTTP: ours, kept and drawn anew, against tipg on the same grids of the same database in one run.

    python -m bench.tiles [--events 1000000]

Then the map page in the browser (`bench.ready`), on the same events.

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from statistics import mean, median
from urllib.parse import parse_qs, quote, urlsplit

import sqlalchemy as sa

from bench import crowd, lines, page, ready
from bench.city import City, answering, awaited, city, running
from bench.density import quantile
from bench.front import front
from bench.readers import readers
from server.app import create_app
from server.config import ROOT
from server.db import CN, db, now
from server.grids.models import Grid
from server.maps import ahead
from server.people import sessions, tokens
from server.supervisor import LEASH, PROCESSES

VENV = ROOT / "build" / "tipg"
PINNED = Path(__file__).with_name("tipg.txt")
ZOOMS = {9: 1, 10: 2, 11: 6, 12: 16, 13: 20}
"""Zoom → how many tiles of the city are asked for."""
ROUNDS = 4
UNCACHED_GOAL, CACHED_GOAL, P95_GOAL_MS = 5.0, 30.0, 30.0
KEPT = {
    "outlines": "layers=outlines",
    "grids with numbers": "layers=grids",
    "grids and events": "layers=grids&layers=events",
}
ANEW = {"events": "layers=events", **{name: layers for name, layers in KEPT.items() if name != "outlines"}}
"""What is asked for → the layers of the question."""
MIDDLE = (114.69, 23.74)

Number = tuple[int, int, int]
Address = tuple[str, int]


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


def drive(name: str, address: Address, paths: Sequence[str], proof: str = "", before: Sequence[str] = ()) -> Timing:
    """Ask for all paths over one connection, and so of one process; for those of `before` first, uncounted."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: bench\r\n{proof}\r\n".encode() for path in (*before, *paths)]
    answers = lines.drive(address, requests, 1).answers
    for path, answer in zip((*before, *paths), answers, strict=True):
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {answer.body[:200]!r}")
    counted = answers[len(before) :]
    return Timing(name, [1000 * one.seconds for one in counted], sum(len(one.body) for one in counted))


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
        answering(address)
        yield address
    finally:
        program.terminate()
        program.wait()


def ours(number: Number, layers: str, days: int, ago: int = 0) -> str:
    """The address of our tile over `days` days, the last of them `ago` days before today."""
    last = now().astimezone(CN).date() - timedelta(days=ago)
    first = last - timedelta(days=days - 1)
    return (
        "/api/v1/maps/tiles/{}/{}/{}.mvt".format(*number) + f"?{layers}&from={first}" + (f"&to={last}" if ago else "")
    )


def elsewhere() -> list[Number]:
    """Tiles of one zoom nearer, to speak to the database before what is measured."""
    return [(z + 1, 2 * x, 2 * y) for z, x, y in numbers() if z == max(ZOOMS)]


@contextmanager
def bare(town: City) -> Iterator[tuple[str, int]]:
    """The web's server program with nothing behind it; yields where it listens."""
    config = replace(town.config, port=town.config.port + 9)
    with running(PROCESSES["web"].replace("server.web:app", "bench.bare:app"), config):
        awaited(config)
        yield config.host, config.port


def theirs(number: Number) -> str:
    """The address of the same tile of tipg."""
    return "/collections/public.grids/tiles/WebMercatorQuad/{}/{}/{}?geom-column=geom_3857".format(*number)


def measure(town: City, token: str, session: str) -> list[Timing]:
    """All ways in turn; every question drawn anew is one nobody has asked before."""
    tiles, phone, browser = numbers(), f"Authorization: Bearer {token}\r\n", f"Cookie: {sessions.COOKIE}={session}\r\n"

    def kept(name: str, layers: str, at: Address = town.address, proof: str = phone) -> Timing:
        paths = [ours(one, layers, 30) for _ in range(ROUNDS) for one in tiles]
        return drive(name, at, paths, proof, paths[: len(tiles)])

    def anew(name: str, layers: str, ago: int) -> Timing:
        paths = [ours(one, layers, 30 + n, ago) for n, one in enumerate(tiles * ROUNDS)]
        return drive(name, town.address, paths, phone)

    with bare(town) as floor:
        least = drive("the same server program, nothing behind it", floor, ["/"] * len(tiles) * ROUNDS)
    outlines, near = ([ours(one, "layers=outlines", 30) for one in some] for some in (tiles, elsewhere()))
    first = drive("**outlines, never asked for before**", town.address, outlines, phone, near)
    with tipg(town) as there, front(town) as ahead:
        drive("", there, [theirs(one) for one in tiles])
        return [
            drive("tipg", there, [theirs(one) for _ in range(ROUNDS) for one in tiles]),
            first,
            *(anew(f"**{name}, drawn anew**", layers, n) for n, (name, layers) in enumerate(ANEW.items(), 1)),
            *(kept(f"**{name}, kept**", layers, ahead, browser) for name, layers in KEPT.items()),
            *(kept(f"{name}, kept, without nginx in front", layers) for name, layers in KEPT.items()),
            least,
        ]


def told(timings: Sequence[Timing]) -> list[tuple[str, ...]]:
    """The rows of the ways; the first is what the others are compared with."""
    base, whole = median(timings[0].ms), mean(timings[0].ms)
    return [
        (
            one.name,
            f"{len(one.ms):,}",
            f"{one.size / len(one.ms) / 1024:.1f}",
            f"{median(one.ms):.2f}",
            f"{quantile(one.ms, 0.95):.2f}",
            f"{base / median(one.ms):.1f}",
            f"{whole / mean(one.ms):.1f}",
        )
        for one in timings
    ]


def story(timings: Sequence[Timing], count: int, drawing: str) -> str:
    """The section of the page."""
    floor = median(timings[0].ms) / median(timings[-1].ms)
    return f"""
{count:,} events in 701 grids; {len(numbers())} tiles of zooms {min(ZOOMS)} to {max(ZOOMS)}, each {ROUNDS} times, over
HTTP in clear on one connection, one request at a time; our web process as in production, with sign-in and scope. Drawn
anew: each request is a question nobody asked before, of 30 to 209 days, so that its numbers are counted too; a map asks
one question for all its tiles. Outlines hold what tipg draws; they never change while an edition holds, so the worker
draws all of them when it is published{drawing}, and nobody waits for a drawing.

Kept: as deployed, given again by nginx with `deploy/nginx.conf` to whoever sees the same of the same data, which it
asks the web once in a second per session. Without nginx in front the web process gives them itself, after a look at who
asks and whether anything changed, which serves for a twentieth of a second; the last row is how near to nothing a
request can come that way, the asking program's own time included: {floor:.1f} × tipg.

{page.table(("", "requests", "KiB", "p50 ms", "p95 ms", "× tipg, p50", "× tipg, all tiles"), told(timings))}

Goal: p95 < {P95_GOAL_MS:.0f} ms drawn anew, ≥ {UNCACHED_GOAL:.0f} × tipg; kept ≥ {CACHED_GOAL:.0f} × tipg.
"""


def main() -> int:
    """Measure, compare, publish; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="events of three years")
    count = parser.parse_args().events
    with city(20, "web", "stream", kept=crowd.full(count)) as town:
        crowd.fill(town, count)
        app = create_app(town.config)
        with app.app_context():
            grids = sorted(db.session.scalars(sa.select(Grid.code)))
            centre = readers(sorted({code[:9] for code in grids}), grids)[0]
            session, _ = tokens.issue(centre.actor.person_id, tokens.BROWSER, tokens.SESSION)
            start = time.perf_counter()
            drawn = ahead.draw()  # as the worker does
            drawing = f" ({drawn:,} layers of tiles in {time.perf_counter() - start:.1f} s)" if drawn else ""
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        timings = measure(town, centre.token, session)
        seen = ready.visits(town, session)
    command = f"python -m bench.tiles --events {count}"
    page.publish(command, "Vector tiles", story(timings, count, drawing))
    page.publish(command, "The map page", ready.story(seen, count))
    return 0 if is_fast(timings) and ready.is_fast(seen) else 1


def is_fast(timings: Sequence[Timing]) -> bool:
    """Tell whether the goals were met."""
    tipg, first, *others = timings
    anew, kept = others[: len(ANEW)], others[len(ANEW) :][: len(KEPT)]
    is_drawn_fast = all(quantile(one.ms, 0.95) < P95_GOAL_MS for one in anew)
    is_quick_at_first = _times(tipg, first) >= UNCACHED_GOAL
    return is_drawn_fast and is_quick_at_first and all(_times(tipg, one) >= CACHED_GOAL for one in kept)


def _times(base: Timing, one: Timing) -> float:
    return median(base.ms) / median(one.ms)


if __name__ == "__main__":
    sys.exit(main())
