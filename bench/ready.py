"""The map page in Debian's Chromium: from the address until the map stands still, grids, events and numbers drawn.

Job: open the page as an officer of the district, new and known to the browser, and read the browser's own clock.
Never: measure tiles (``bench.tiles`` does, which calls this).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bench import page
from bench.city import City

CHROMIUM = "/usr/bin/chromium"
SIZE = {"width": 1440, "height": 900}
ROUNDS = 5
GOAL_S = 2.0
MARKS = """() => new Promise((resolve) => {
  const told = () => {
    const [drawn] = performance.getEntriesByName("map-drawn");
    if (!drawn || !document.documentElement.dataset.mapReady) return setTimeout(told, 20);
    const [way] = performance.getEntriesByType("navigation");
    const parts = [way, ...performance.getEntriesByType("resource")];
    const bytes = parts.reduce((sum, one) => sum + one.transferSize, 0);
    resolve([way.responseStart, way.domContentLoadedEventEnd, drawn.startTime, bytes]);
  };
  told();
})"""


@dataclass(frozen=True)
class Visit:
    """Seconds from the navigation until the first byte, the page, the drawn map; and kilobytes."""

    first_byte: float
    page: float
    drawn: float
    kib: float


def visits(town: City, session: str) -> dict[str, list[Visit]]:
    """Open the map by a browser that never saw it, and again by one that did."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        _visit(signed_in(browser, town, session))  # the server's own first time, and the browser's
        new = [_visit(signed_in(browser, town, session)) for _ in range(ROUNDS)]
        known = signed_in(browser, town, session)
        _visit(known, stays=True)
        again = [_visit(known, stays=True) for _ in range(ROUNDS)]
        browser.close()
    return {"a browser that never saw it": new, "again": again}


def signed_in(browser: Browser, town: City, session: str) -> BrowserContext:
    """Return a new browser in which somebody is signed in by the session."""
    context = browser.new_context(viewport=SIZE, base_url="http://{}:{}".format(*town.address))
    context.add_cookies(
        [{"name": "gridwhistle_session", "value": session, "url": "http://{}:{}".format(*town.address)}]
    )
    return context


def _visit(context: BrowserContext, *, stays: bool = False) -> Visit:
    tab = context.new_page()
    tab.goto("/map")
    first, whole, drawn, size = tab.evaluate(MARKS)
    tab.close()
    if not stays:
        context.close()
    return Visit(first / 1000, whole / 1000, drawn / 1000, size / 1024)


def story(found: dict[str, list[Visit]], count: int) -> str:
    """The section of the page."""
    rows = [
        (
            name,
            f"{median(one.first_byte for one in seen):.2f}",
            f"{median(one.page for one in seen):.2f}",
            f"**{median(one.drawn for one in seen):.2f}**",
            f"{max(one.drawn for one in seen):.2f}",
            f"{median(one.kib for one in seen):.0f}",
        )
        for name, seen in found.items()
    ]
    head = ("/map of the district", "first byte s", "page s", "map drawn s", "slowest s", "KiB")
    return f"""
{count:,} events of three years in 701 grids, the last 30 days shown; {ROUNDS} visits each in headless Chromium of
{SIZE["width"]} × {SIZE["height"]} without a graphics card; browser, web and database share the machine. Drawn:
MapLibre is idle, all tiles and the numbers of the grids are on the screen.

{page.table(head, rows)}

Goal: ready in < {GOAL_S:.0f} s with 1,000,000 events.
"""


def is_fast(found: dict[str, Sequence[Visit]] | dict[str, list[Visit]]) -> bool:
    """Tell whether the goal was met by new and known browsers."""
    return all(median(one.drawn for one in seen) < GOAL_S for seen in found.values())
