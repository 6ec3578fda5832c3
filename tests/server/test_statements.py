"""How many statements the busy ways cost: a number that may not grow with what is shown or sent (spec 14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from server.db import new_id
from tests.server.town import Town, report

PLUMBING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "select pg_notify", "SELECT nextval")
"""What does not belong to one request: numbers, for one, are drawn twenty ahead by each connection."""
TILE = "/maps/tiles/14/13407/7080.mvt"
READ = {
    "/events?limit=50": 2,
    "/whistles?limit=50": 3,
    "/check-ins?limit=50": 2,
    "/objections?limit=50": 2,
    "/events/{event}": 8,
    "/whistles/{whistle}": 10,
    "/check-ins/{check_in}": 10,
    "/inbox?limit=50": 3,
    TILE: 3,
    "/figures?from=2026-01-01&to=2026-12-31": 2,
    "/maps/density?from=2026-01-01&to=2026-12-31": 2,
}
"""Path → statements, the token's included."""


@pytest.fixture
def ask(town: Town, statements: list[str]) -> Callable[..., int]:
    """Send a request and return how many statements it took; the second time, when all is known that stays."""

    def count(who: str, method: str, path: Callable[[], str], body: Callable[[], Any] = lambda: None) -> int:
        for _ in range(2):
            given = body()
            town.key(who)
            statements.clear()
            answer = town.call(who, method, path(), given)
            assert answer.status_code in (200, 201), answer.data[:400]
        return len([text for text in statements if not text.startswith(PLUMBING)])

    return count


def test_readings_take_few_statements(town: Town, ask: Callable[..., int]) -> None:
    whistle = town.blown(["DEP28", "DEP37"])
    known = {
        "event": town.handled()["id"],
        "whistle": whistle["id"],
        "check_in": town.get("desk", "/check-ins").json["items"][0]["id"],
    }
    counted = {path: ask("desk", "GET", lambda path=path: path.format(**known)) for path in READ}
    assert counted == READ


def test_lists_of_many_cost_as_many_statements_as_lists_of_few(town: Town, ask: Callable[..., int]) -> None:
    paths = ["/events?limit=50", "/whistles?limit=50", "/check-ins?limit=50"]
    town.blown()
    few = {path: ask("desk", "GET", lambda path=path: path) for path in paths}
    for _ in range(5):
        town.blown(["DEP28", "DEP37"])
    assert {path: ask("desk", "GET", lambda path=path: path) for path in paths} == few


def test_a_report_and_a_batch_of_ten_take_few_statements(ask: Callable[..., int]) -> None:
    def queue() -> dict[str, Any]:
        return {"items": [{"method": "PUT", "path": f"/events/{new_id()}", "body": report()} for _ in range(10)]}

    assert {
        "report": ask("mei", "PUT", lambda: f"/events/{new_id()}", report),
        "sync of 10": ask("mei", "POST", lambda: "/sync", queue),
    } == {"report": 8, "sync of 10": 8}
