"""Fifty duty boards open while 5,000 reports come in at once: how long from a report to every board that shows it.

Each board is what a page does in a browser (``bench.board``). Meanwhile one clerk opens page after page, to know what
those wait who work at a desk.
`make bench-boards`, or `python -m bench.boards --phones 40`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from multiprocessing import get_context
from typing import Any

import psycopg

from bench import lines, page, reports, storm
from bench.board import Board
from bench.city import City, city, staff
from bench.lines import Address
from server import policy
from server.app import create_app
from server.db import db
from server.embedded.databases import plain
from server.http import transaction
from server.people import sessions, tokens

BOARDS, PHONES = 50, 1000
PAGES = ("/board", "/township", "/lists/events?open=true", "/map")
LOOK_S = 0.05
READ_S = 0.25
"""How long the clerk reads a page."""
QUIET_REPORTS, PAUSE_S = 20, 0.5
SETTLED_S = 30.0
"""How long the boards are given after the last report was acknowledged."""
GOAL_S = 1.0
Moments = Sequence[float]


def boards(town: City, count: int) -> list[Board]:
    """Return boards as they hang in a district: every fifth at the centre, the others in the townships in turn."""
    centre = policy.current().settings.district.dispatch_unit
    app = create_app(town.config)
    with app.app_context():
        with psycopg.connect(plain(town.config.database_url)) as session:
            query = "SELECT DISTINCT township_code FROM grids ORDER BY township_code"
            townships = cycle([code for (code,) in session.execute(query)])
        places = [None if n % 5 == 0 else next(townships) for n in range(count)]
        with transaction():
            people = staff([("TWD", place, None) if place else ("CEN", centre, None) for place in places])
            raw = [tokens.issue(person, tokens.BROWSER, tokens.SESSION)[0] for person in people]
        db.engine.dispose()
    return [Board(place, f"{sessions.COOKIE}={key}") for place, key in zip(places, raw, strict=True)]


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run: seconds from a report to each board, whether all ended with the true counts."""

    name: str
    reports: int
    seconds: float
    known: Moments
    lags: Moments
    shown: int
    asked: Moments
    pages: Moments
    is_exact: bool

    def at(self, share: float) -> float:
        """Return the seconds within which `share` of all reports stood on a board."""
        return at(self.lags, share)


def at(sorted_values: Moments, share: float) -> float:
    """Return the value below which `share` of the sorted values lie."""
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def stored(town: City) -> Mapping[str | None, Moments]:
    """Return for each township, and for None the district, the moments at which reports were taken down, in order."""
    query = "SELECT township_code, extract(epoch FROM created_at)::float8 FROM events ORDER BY created_at"
    found: dict[str | None, list[float]] = {None: []}
    with psycopg.connect(plain(town.config.database_url)) as session:
        for township, moment in session.execute(query):
            found[None].append(moment)
            found.setdefault(township, []).append(moment)
    return found


def lags(board: Board, moments: Moments, known: int) -> Iterator[float]:
    """Yield for each report after the first `known` ones how long it took to be counted on the board."""
    done = known
    for when, count in board.shown:
        yield from (when - moment for moment in moments[done:count])
        done = max(done, count)


def told(
    name: str,
    hung: Sequence[Board],
    before: Mapping[str | None, int],
    town: City,
    seconds: float,
    pages: Moments,
    register: Board,
) -> Run:
    """Return what a run came to, read from the database and the boards."""
    taken = stored(town)
    found, exact = [], True
    for board in hung:
        moments = taken.get(board.township, [])
        found += lags(board, moments, before.get(board.township, 0))
        exact = exact and bool(board.shown) and board.shown[-1][1] == len(moments)
    count = len(taken[None]) - before.get(None, 0)
    shown = sum(len(board.shown) - 1 for board in hung)
    asked = sorted(one for board in hung for one in board.took)
    known = sorted(lags(register, taken[None], before.get(None, 0)))
    return Run(name, count, seconds, known, sorted(found), shown, asked, sorted(pages), exact)


async def quietly(town: City, hung: Sequence[Board]) -> None:
    """Report one by one, with a pause between them."""
    rng, line = storm.random.Random(50), await lines.dial(town.address)
    for carrier in islice(cycle(town.carriers), QUIET_REPORTS):
        body = reports.body(rng, carrier)
        answer = await line.ask(lines.request("PUT", f"/events/{reports.new_id()}", carrier.token, body))
        if answer.status != 201:
            raise SystemExit(f"{answer.status}: {answer.body.decode(errors='replace')}")
        await asyncio.sleep(PAUSE_S)
    line.hang_up()


def raging(devices: Sequence[storm.Device], address: Address) -> float:
    """Be the phones, in a process of their own."""
    lines.allow_files(len(devices))
    return asyncio.run(storm.rage(devices, address))


async def settled(town: City, hung: Sequence[Board]) -> None:
    """Wait until every board shows what the database holds, or too long."""
    final = {place: len(moments) for place, moments in stored(town).items()}
    deadline = time.monotonic() + SETTLED_S
    while any(board.shown[-1][1] != final.get(board.township, 0) for board in hung):
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(0.05)


async def known_at_all(town: City, register: Board) -> None:
    """Count for ever what is committed: nobody can know of a report before."""
    session = await psycopg.AsyncConnection.connect(plain(town.config.database_url), autocommit=True)
    async with session:
        while True:
            cursor = await session.execute("SELECT count(*) FROM events")
            row = await cursor.fetchone()
            register.shown.append((time.time(), row[0] if row else 0))
            await asyncio.sleep(LOOK_S)


async def at_a_desk(clerk: Board, address: Address, waited: list[float]) -> None:
    """Open page after page for ever, each on a connection of its own, as after a while of reading."""
    for path in cycle(PAGES):
        line = await lines.dial(address)
        answer = await line.ask(clerk.head(path, "Accept: text/html"))
        line.hang_up()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        waited.append(answer.seconds)
        await asyncio.sleep(READ_S)


async def opened(town: City, hung: Sequence[Board]) -> list[asyncio.Task[None]]:
    """Open the boards and wait until each is shown by the stream; return what follows it."""
    is_open = asyncio.Semaphore(0)
    for board in hung:
        await board.draw(town.address, "/board")
    followers = [asyncio.create_task(board.follow(town, is_open)) for board in hung]
    for _ in hung:
        await is_open.acquire()
    while not all(board.is_shown for board in hung):
        await asyncio.sleep(0.05)
    return followers


async def watched(town: City, hung: Sequence[Board], devices: Sequence[storm.Device]) -> list[Run]:
    """Open the boards, report quietly, then let the storm come."""
    followers = await opened(town, hung)
    runs = []
    ways: Sequence[tuple[str, Any]] = (
        ("one at a time", lambda: quietly(town, hung)),
        (f"storm: {len(devices):,} phones × {storm.QUEUED}", lambda: _storm(town, devices)),
    )
    for name, way in ways:
        before = {place: len(moments) for place, moments in stored(town).items()}
        for board in hung:
            board.shown, board.took = board.shown[-1:], []
        began, waited = time.perf_counter(), list[float]()
        register = Board(None, "")
        looker = asyncio.create_task(known_at_all(town, register))
        clerk = asyncio.create_task(at_a_desk(hung[1], town.address, waited))
        await way()
        seconds = time.perf_counter() - began
        clerk.cancel()
        await settled(town, [*hung, register])
        looker.cancel()
        runs.append(told(name, hung, before, town, seconds, waited, register))
    for follower in followers:
        follower.cancel()
    await asyncio.gather(*followers, return_exceptions=True)
    return runs


async def _storm(town: City, devices: Sequence[storm.Device]) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        await asyncio.get_running_loop().run_in_executor(pool, raging, devices, town.address)


def _row(run: Run) -> tuple[str, ...]:
    return (
        run.name,
        f"{run.reports:,}",
        f"{run.seconds:.1f}",
        f"{at(run.known, 0.5):.2f} / {at(run.known, 0.99):.2f}",
        f"{run.at(0.5):.2f}",
        f"**{run.at(0.99):.2f}**",
        f"{run.lags[-1]:.2f}",
        f"{run.shown:,}",
        f"{len(run.asked):,}",
        f"{1000 * at(run.pages, 0.5):,.0f} / {1000 * at(run.pages, 0.99):,.0f}",
        "yes" if run.is_exact else "**no**",
    )


def story(hung: Sequence[Board], runs: Sequence[Run]) -> str:
    """Return the section of the page."""
    centre = sum(board.township is None for board in hung)
    head = ("reports", "number", "seconds", "committed p50 / p99 s", "on a board p50 s", "p99 s", "max s",
            "times shown", "times asked", "a page p50 / p99 ms", "all boards exact")  # fmt: skip
    return f"""
{len(hung)} boards open ({centre} of the district's centre, the others of the townships), each with its live stream,
shown its part by it and asking when nothing is shown within three seconds, as the page does. From the beginning of the
transaction that takes a report down to the part that counts it on a board, for every report and every board that may
see it; committed: to the moment from which anybody could know of it (looked at every {1000 * LOOK_S:.0f} ms). A page:
a clerk of a township opens the board, the desk, a list and the map in turn, each on a new connection. Web, stream,
worker, database, phones, boards and clerk share the machine.

{page.table(head, [_row(run) for run in runs])}

Goal: every board ends with the true counts; p99 < {GOAL_S:.0f} s, for a page too.
"""


def main() -> int:
    """Measure, publish; 1 when a board shows a wrong count or lags behind."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--boards", type=int, default=BOARDS)
    parser.add_argument("--phones", type=int, default=PHONES, help=f"each with {storm.QUEUED} reports")
    parser.add_argument("--quiet", action="store_true", help="do not write docs/benchmarks.md")
    asked = parser.parse_args()
    lines.allow_files(asked.phones + 4 * asked.boards)
    with city(asked.phones, "web", "stream", "worker") as town:
        hung = boards(town, asked.boards)
        runs = asyncio.run(watched(town, hung, storm.prepare(town)))
    tell = page.show if asked.quiet else page.publish
    tell("python -m bench.boards", "Open boards in a storm", story(hung, runs))
    return 0 if all(run.is_exact and max(run.at(0.99), at(run.pages, 0.99)) < GOAL_S for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
