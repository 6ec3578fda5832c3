"""Reports into the register: one by one and in batches, beside a bare insert of the same rows by pgbench.

Phones keep their connections and send the next report as soon as the last is answered; web, database and phones share
the machine. Every answer must be 201, and the database must hold exactly what was answered. `make bench-report`, or
`python -m bench.report --reports 2000`.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg

from bench import floor, lines, page, reports
from bench.city import Carrier, City, city
from bench.floor import Floor
from bench.lines import Tally
from bench.spent import Spent, spent
from server.db import new_id
from server.embedded.databases import plain

PHONES = 200
LINES = 8
"""Phones that speak at the same moment."""
BATCH = 50
WARM = 200
"""Reports before the measurement: prepared statements, plans, caches."""
SECONDS = 5
"""How long pgbench inserts."""
GOAL_SINGLE, GOAL_BATCHED, GOAL_MS = 400, 2500, 100.0


@dataclass(frozen=True, slots=True)
class Run:
    """A way to send reports: how many a request carries, what came of it, who worked, what pgbench makes of as many."""

    name: str
    size: int
    goal: int
    tally: Tally
    bare: Floor
    reported: int
    work: Spent

    @property
    def per_second(self) -> float:
        """Reports acknowledged in a second."""
        return self.reported / self.tally.seconds


def single(rng: random.Random, carrier: Carrier) -> bytes:
    """Return the request of one report."""
    return lines.request("PUT", f"/events/{new_id()}", carrier.token, reports.body(rng, carrier))


def batch(rng: random.Random, carrier: Carrier) -> bytes:
    """Return the request of a phone that sends what it saved."""
    return lines.request("POST", "/sync", carrier.token, {"items": reports.items(rng, carrier, BATCH)})


def created(tally: Tally, size: int) -> int:
    """Return how many reports were answered as created."""
    if size == 1:
        return sum(answer.status == 201 for answer in tally.answers)
    results = (orjson.loads(answer.body)["results"] for answer in tally.answers if answer.status == 200)
    return sum(one["status"] == 201 for found in results for one in found)


def held(town: City) -> int:
    """Return how many events the database holds."""
    with psycopg.connect(plain(town.config.database_url)) as session:
        row = session.execute("SELECT count(*) FROM events").fetchone()
    assert row is not None
    return int(row[0])


def send(town: City, requests: Iterable[bytes], size: int) -> tuple[Tally, int]:
    """Send `requests` of `size` reports; return what came of them, and how many reports more the database holds."""
    before = held(town)
    tally = lines.drive(town.address, requests, LINES)
    return tally, held(town) - before


def measure(town: City, name: str, make: Any, size: int, goal: int, count: int) -> Run:
    """Send `count` reports, `size` per request, then let pgbench insert their like."""
    rng = random.Random(size)
    carriers = [town.carriers[n % len(town.carriers)] for n in range((WARM + count) // size)]
    requests = [make(rng, carrier) for carrier in carriers]
    warm = WARM // size
    send(town, requests[:warm], size)
    before = spent(town)
    tally, stored = send(town, requests[warm:], size)
    work = spent(town).since(before)
    reported = created(tally, size)
    if reported != stored or reported != (len(requests) - warm) * size:
        raise SystemExit(f"{name}: {reported} reports were acknowledged, {stored} are stored, {count} were sent")
    bare = floor.measure(town, rows=size, clients=LINES, seconds=SECONDS)
    return Run(name, size, goal, tally, bare, reported, work)


WORK = ("processor time of a report, ms", "web", "database", "phones", "cores at work")
HEAD = ("reports", "sent", "reports/s", "p50 ms", "p99 ms", "bare rows/s", "bare ms", "of bare", "goal/s")


def story(runs: Iterable[Run]) -> str:
    """Return the section of the page."""
    return f"""
{LINES} phones at a time, 701 grids, two web processes of eight threads; every commit is on disk before its answer. A
report is located, numbered, given a clock and a custodian, written into the journal, searched for duplicates and
answered with its card; each answer was counted and is in the database once. Bare rows: pgbench inserts the same rows of
the same {len(floor.FRESH)} tables, as many per transaction, over as many connections, without anybody having asked.
Milliseconds are those of a request.

{page.table(HEAD, [row(run) for run in runs])}

Goal: p99 < {GOAL_MS:.0f} ms for a single report.

{page.table(WORK, [work(run) for run in runs])}
"""


def work(run: Run) -> tuple[str, ...]:
    """Return who worked how long for a report of one run."""
    each = (f"{1000 * seconds / run.reported:.2f}" for seconds in run.work)
    return (run.name, *each, f"{sum(run.work) / run.tally.seconds:.1f}")


def row(run: Run) -> tuple[str, ...]:
    """Return the line of one run."""
    return (
        run.name,
        f"{run.reported:,}",
        f"**{run.per_second:,.0f}**",
        f"{run.tally.quantile(0.5):.1f}",
        f"{run.tally.quantile(0.99):.1f}",
        f"{run.bare.per_second:,.0f}",
        f"{run.bare.mean_ms:.1f}",
        f"{100 * run.per_second / run.bare.per_second:.0f} %",
        f"≥ {run.goal:,}",
    )


def main() -> int:
    """Measure, compare, publish; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reports", type=int, default=6000, help="reports one by one; five times as many in batches")
    parser.add_argument("--quiet", action="store_true", help="do not write docs/benchmarks.md")
    asked = parser.parse_args()
    with city(PHONES, "web") as town:
        runs = (
            measure(town, "one by one", single, 1, GOAL_SINGLE, asked.reports),
            measure(town, f"{BATCH} per /sync", batch, BATCH, GOAL_BATCHED, 5 * asked.reports),
        )
    tell = page.show if asked.quiet else page.publish
    tell("python -m bench.report", "Reports into the register", story(runs))
    is_quick = runs[0].tally.quantile(0.99) < GOAL_MS
    return 0 if is_quick and all(run.per_second >= run.goal for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
