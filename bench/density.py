"""Numbers of a map: from tallies against counting the events themselves, the same questions in the same run.

    python -m bench.density [--events 10000000]

Every answer is compared with the raw query's; one difference fails the run. No answer is kept between two questions.
`make bench-density ARGS="--events 10000000"`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

import sqlalchemy as sa
from tqdm import tqdm

from bench import crowd, page
from bench.city import City, city
from bench.readers import Reader, readers
from server.app import create_app
from server.db import CN, db, now
from server.events.models import Event
from server.grids.models import Grid
from server.http import transaction
from server.maps import counts, density, events, forms, memory, tallies
from server.maps.hexagons import warm

ROUNDS, RAW_ROUNDS = 15, 1
LONGEST_MS = 3_000
"""A question that takes so long altogether is not asked again."""
GOAL_MS = 50.0
CHANGES = 5_000

CELLS = ("7 days", "30 days", "30 days to the second", "a year", "30 days, U1 and U2")
"""The questions asked by H3 cell too."""

Found = dict[tuple[int, int], int]
Timings = dict[str, tuple[list[float], int]]


@dataclass(frozen=True)
class Timing:
    """One question of one reader: milliseconds of each answer, by both ways."""

    question: str
    reader: str
    total: int
    ours: Sequence[float]
    raw: Sequence[float]
    agrees: bool


def questions() -> dict[str, dict[str, Any]]:
    """What an officer looks at: the last days, a month, a year, three years; a kind, a state, an urgency, a unit."""
    day = now().astimezone(CN).date()
    back = {days: (day - timedelta(days=days - 1)).isoformat() for days in (7, 30, 365, 1090)}
    moment = (now() - timedelta(days=30)).isoformat()
    return {
        "7 days": {"from": back[7]},
        "30 days": {"from": back[30]},
        "30 days to the second": {"from": moment, "to": now().isoformat()},
        "a year": {"from": back[365]},
        "three years": {"from": back[1090]},
        "30 days, one leaf": {"from": back[30], "category": "B03"},
        "a year, one group": {"from": back[365], "category": "B"},
        "a year, closed": {"from": back[365], "state": ["closed"]},
        "30 days, U1 and U2": {"from": back[30], "urgency": ["U1", "U2"]},
        "a year, one department": {"from": back[365], "unit": "DEP28"},
    }


def raw(ask: dict[str, Any], by: Any) -> Found:
    """Count the events themselves, as a map without tallies does."""
    keys = (Event.grid_id, Event.edition_id)
    query = sa.select(*keys, sa.func.count()).where(events.shown(ask, by)).group_by(*keys)
    return {(grid or 0, edition or 0): n for grid, edition, n in db.session.execute(query)}


def timed(rounds: int, ask: dict[str, Any], by: Any, way: Any) -> tuple[list[float], Found]:
    """Milliseconds of each round, and the answer."""
    spent, found = [], {}
    for _ in range(rounds):
        memory.forget()
        start = time.perf_counter()
        found = way(ask, by)
        spent.append(1000 * (time.perf_counter() - start))
        db.session.rollback()
        if sum(spent) > LONGEST_MS:
            break
    return spent, found


def measure(people: Sequence[Reader]) -> list[Timing]:
    """Ask every question of every reader both ways."""
    asked = [(name, given, reader) for reader in people for name, given in questions().items()]
    found = []
    for name, given, reader in tqdm(asked, desc="questions", leave=False):
        ask = forms.DensityAsk().load(given)
        ours, answer = timed(ROUNDS, ask, reader.actor, counts.by_grid)
        slow, truth = timed(RAW_ROUNDS, ask, reader.actor, raw)
        found.append(Timing(name, reader.name, sum(truth.values()), ours, slow, answer == truth))
    return found


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def whole(people: Sequence[Reader]) -> list[float]:
    """Milliseconds of whole answers of 30 days: counts, areas, residents, classes."""
    ask = forms.DensityAsk().load({})
    return [spent for reader in people for spent in timed(ROUNDS, ask, reader.actor, density.density)[0]]


def hexagons(people: Sequence[Reader]) -> dict[str, tuple[list[float], int]]:
    """Milliseconds of whole answers by H3 cell, and their events; the sum is that of the raw query."""
    found = {}
    asked = {name: given for name, given in questions().items() if name in CELLS}
    for name, given, reader in [(name, given, reader) for name, given in asked.items() for reader in people]:
        ask = forms.DensityAsk().load(given | {"by": "h3"})
        spent, answer = timed(ROUNDS, ask, reader.actor, density.density)
        if answer["total"] != sum(raw(ask, reader.actor).values()):
            raise RuntimeError(f"H3 cells of {reader.name} do not add up")
        found[f"{name}, {reader.name}"] = spent, answer["total"]
    return found


def folding() -> float:
    """Milliseconds to fold CHANGES changes, as the worker does it meanwhile."""
    ids = sa.select(Event.id).order_by(Event.created_at.desc()).limit(CHANGES // 2)
    moved = (
        sa.update(Event).where(Event.id.in_(ids)).values(state=sa.case((Event.state == "void", "closed"), else_="void"))
    )
    with transaction():
        db.session.execute(moved.execution_options(synchronize_session=False))
    start = time.perf_counter()
    with transaction():
        while tallies.fold():
            pass
    return 1000 * (time.perf_counter() - start)


def told(timings: Sequence[Timing]) -> list[tuple[str, ...]]:
    """The rows of the questions."""
    return [
        (
            f"{one.question}, {one.reader}",
            f"{one.total:,}",
            f"{median(one.ours):.1f}",
            f"{quantile(one.ours, 0.95):.1f}",
            f"{median(one.raw):.1f}",
            f"{median(one.raw) / median(one.ours):.0f}",
            "yes" if one.agrees else "**no**",
        )
        for one in timings
    ]


def story(timings: Sequence[Timing], count: int, answers: Sequence[float], cells: Timings, fold_ms: float) -> str:
    """The section of the page."""
    hexed = [
        (name, f"{total:,}", f"{median(spent):.1f}", f"{quantile(spent, 0.95):.1f}")
        for name, (spent, total) in cells.items()
    ]
    every = [spent for one in timings for spent in one.ours]
    late = [f"{one.question} ({one.reader})" for one in timings if quantile(one.ours, 0.95) >= GOAL_MS]
    missed = f"Not within the goal: {'; '.join(late)}." if late else "Every question is within the goal."
    return f"""
{count:,} events of three years in 701 grids; each question up to {ROUNDS} times from tallies, once from the events,
in one process, nothing kept between two answers.

{page.table(("question", "events", "p50 ms", "p95 ms", "raw p50 ms", "times faster", "agrees"), told(timings))}

All questions together: p50 {median(every):.1f} ms, p95 {quantile(every, 0.95):.1f} ms. A whole answer of 30 days with
areas, residents and classes: p50 {median(answers):.1f} ms, p95 {quantile(answers, 0.95):.1f} ms. Folding {CHANGES:,}
changes takes {fold_ms:.0f} ms. Goal: p95 < {GOAL_MS:.0f} ms, every answer exact. {missed}

By H3 cell, whole answers with outlines, areas and classes: from tallies by cell for the district and for townships;
for a grid, a department or a filter the places of the events are read and counted.

{page.table(("H3 cells of resolution 9", "events", "p50 ms", "p95 ms"), hexed)}
"""


def run(town: City) -> tuple[list[Timing], list[float], Timings, float]:
    """Everything that is measured, in one process on the town's database."""
    app = create_app(town.config)
    with app.app_context():
        grids = sorted(db.session.scalars(sa.select(Grid.code)))
        people = readers(sorted({code[:9] for code in grids}), grids)
        warm()  # as the web does
        result = measure(people), whole(people), hexagons(people), folding()
        db.session.remove()
        db.engine.dispose()
    return result


def main() -> int:
    """Measure, compare, publish; 1 when an answer differs or the goal was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="events of three years")
    count = parser.parse_args().events
    with city(20, "web", kept=crowd.full(count)) as town:
        crowd.fill(town, count)
        timings, answers, cells, fold_ms = run(town)
    page.publish(
        f"python -m bench.density --events {count}", "Numbers of a map", story(timings, count, answers, cells, fold_ms)
    )
    every = [spent for one in timings for spent in one.ours]
    return 0 if all(one.agrees for one in timings) and quantile(every, 0.95) < GOAL_MS else 1


if __name__ == "__main__":
    sys.exit(main())
