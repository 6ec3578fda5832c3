"""Every page of the console on a slow office PC: how long until it can be used, for each reader who has it.

Job: walk each reader's menu in a browser slowed down, read the browser's own clock and count the server's statements.
Never: measure the map until it stands still (``bench.ready`` does) or pages in a storm (``bench.boards``).
`make bench-pages`, or `python -m bench.pages --events 1000000`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench import crowd, owed, page
from bench.city import City, city
from bench.readers import Reader, readers
from bench.ready import CHROMIUM, signed_in
from server.app import create_app
from server.console import navigation
from server.db import db
from server.events.models import Event
from server.grids.models import Grid
from server.http import transaction
from server.people import tokens

ROUNDS = 3
LAMP = "B03"
"""A leaf whose events anybody who sees them may open without a purpose."""
SLOWER = 4
"""Times slower than this machine's processor: as Lighthouse makes one machine stand for a weak one."""
NETWORK = {"offline": False, "latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}
"""An office's line: 10 Mbit/s, 40 ms there and back."""
GOAL_S = 1.0
USABLE = """() => new Promise((resolve) => {
  const told = () => {
    const [way] = performance.getEntriesByType("navigation");
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    if (!way.loadEventEnd || !paint) return setTimeout(told, 20);
    const size = [way, ...performance.getEntriesByType("resource")].reduce((sum, one) => sum + one.transferSize, 0);
    resolve([way.responseStart, paint.startTime, way.loadEventEnd, size]);
  };
  told();
})"""
"""Usable: everything of the page is there and its programs have run (they are deferred: before the load event)."""


@dataclass(frozen=True)
class Visit:
    """Milliseconds from the navigation to the first byte, the first words, the usable page; and bytes."""

    first_byte: float
    words: float
    usable: float
    size: float


@dataclass(frozen=True)
class Seen:
    """A page of a reader: visited by a browser that never saw the console, and by one that did."""

    reader: str
    path: str
    new: Visit
    again: Sequence[Visit]


def walk(town: City, people: Sequence[tuple[Reader, str, Sequence[str]]]) -> list[Seen]:
    """Open each page of each reader: once anew, then again and again."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        found = []
        for reader, session, paths in people:
            for path in paths:
                with signed_in(browser, town, session) as fresh:
                    new = _visit(fresh, path)
                    again = [_visit(fresh, path) for _ in range(ROUNDS)]
                found.append(Seen(reader.name, path, new, again))
        browser.close()
    return found


def _visit(browser: BrowserContext, path: str) -> Visit:
    tab = browser.new_page()
    _slow(browser, tab)
    answer = tab.goto(path)
    if answer is None or answer.status != 200:
        raise SystemExit(f"{path}: {answer and answer.status}")
    visit = Visit(*tab.evaluate(USABLE))
    tab.close()
    return visit


def _slow(browser: BrowserContext, tab: Page) -> None:
    line = browser.new_cdp_session(tab)
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", NETWORK)


def people(town: City) -> list[tuple[Reader, str, Sequence[str]]]:
    """Return readers with a session and the pages of their menu, a case file among them."""
    app = create_app(town.config)
    with app.app_context():
        grids = sorted(db.session.scalars(sa.select(Grid.code)))
        found = readers(sorted({code[:9] for code in grids}), grids)
        a_lamp = sa.select(Event.id).where(Event.category == LAMP, Event.closed_at.is_(None)).limit(1)
        case = f"/cases/event/{db.session.scalar(a_lamp)}"
        told = []
        with transaction():
            for reader in found:
                session, _ = tokens.issue(reader.actor.person_id, tokens.BROWSER, tokens.SESSION)
                paths = [way.path for way in navigation.ways(reader.actor)]
                if reader is found[0]:  # the district sees every event
                    paths.append(case)
                told.append((reader, session, paths))
        db.engine.dispose()
    return told


def _row(one: Seen) -> tuple[str, ...]:
    return (
        f"{one.reader}: {one.path if '/cases/' not in one.path else 'a case file'}",
        f"{median(visit.first_byte for visit in one.again):.0f}",
        f"{median(visit.words for visit in one.again):.0f}",
        f"**{_again(one):.0f}**",
        f"{max(visit.usable for visit in one.again):.0f}",
        f"{one.new.usable:.0f}",
        f"{one.new.size / 1024:.0f}",
    )


def story(seen: Sequence[Seen], count: int) -> str:
    """Return the section of the page."""
    head = (
        "page",
        "first byte ms",
        "first words ms",
        "usable ms",
        "slowest ms",
        "first time ever ms",
        "KiB first time",
    )
    return f"""
{count:,} events of three years, one in fifty of them open; every page of the menu, by reader. Headless Chromium of
1440 × 900 slowed down {SLOWER} times, on a line of 10 Mbit/s and 40 ms; browser, web and database share the machine.
Usable: all parts of the page are there and its programs have run; median of {ROUNDS} visits by a browser that knows the
console, and one visit by a browser that never saw it. The map is usable before it is drawn: see "The map page".

{page.table(head, [_row(one) for one in seen])}

Goal: usable within {GOAL_S:.0f} s on a slow office PC.
"""


def _again(one: Seen) -> float:
    return median(visit.usable for visit in one.again)


def main() -> int:
    """Measure, publish; 1 when a page is slower than the goal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="events of three years")
    parser.add_argument("--quiet", action="store_true", help="do not write docs/benchmarks.md")
    asked = parser.parse_args()
    with city(20, "web", "stream", kept=crowd.full(asked.events)) as town:
        crowd.fill(town, asked.events)
        owed.fill(town)
        seen = walk(town, people(town))
    tell = page.show if asked.quiet else page.publish
    tell(f"python -m bench.pages --events {asked.events}", "Pages on a slow office PC", story(seen, asked.events))
    return 0 if all(_again(one) < 1000 * GOAL_S for one in seen) else 1


if __name__ == "__main__":
    sys.exit(main())
