"""What lies with which unit: silent departments, overdue leads; every number is the count of the records behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.db import CN
from server.db import clock as server_clock
from tests.server.town import Town

MARCH = "from=2026-03-01&to=2026-03-31"


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    """An ordinary Monday."""
    server_clock.set(datetime(2026, 3, 2, 9, 0, tzinfo=CN))
    yield
    server_clock.reset()


def rows(town: Town, who: str = "secretary") -> dict[str, dict[str, Any]]:
    """Return the rows by unit."""
    return {one["unit"]: one for one in town.get(who, f"/figures/by-unit?{MARCH}").json["items"]}


def records(town: Town, pile: str, unit: str, who: str = "secretary") -> list[str]:
    """Return the numbers of the records in a pile."""
    found = town.get(who, f"/figures/by-unit/{pile}/records?{MARCH}&unit={unit}").json["items"]
    return [one["no"] for one in found]


def test_a_department_that_let_the_time_to_answer_pass_is_silent(town: Town) -> None:
    town.blown(("DEP26", "DEP28"))
    answered = town.blown(("DEP28",))
    line = next(one for one in answered["check_ins"] if one["unit"]["code"] == "DEP28")
    card = town.get("lamp_desk", f"/check-ins/{line['id']}").json
    town.act("lamp_desk", card, "respond", expected_at="2026-03-02T11:00:00+08:00")
    assert rows(town).get("DEP26") is None
    server_clock.advance(timedelta(days=4))
    found = rows(town)
    assert (found["DEP26"]["called"], found["DEP26"]["silent"]) == (1, 1)
    assert (found["DEP28"]["called"], found["DEP28"]["silent"]) == (2, 1)
    assert len(records(town, "silent", "DEP28")) == 1
    assert len(records(town, "called", "DEP28")) == 2


def test_an_overdue_event_lies_with_the_unit_that_leads_it(town: Town) -> None:
    led = town.dispatched()
    waiting = town.report()
    server_clock.advance(timedelta(days=40))
    found = rows(town)
    assert records(town, "overdue", "DEP28") == [led["no"]]
    assert found["DEP28"]["overdue"] == 1
    assert records(town, "overdue", "441602001") == [waiting["no"]]


def test_nobody_counts_beyond_the_own_scope(town: Town) -> None:
    town.dispatched()
    server_clock.advance(timedelta(days=40))
    assert rows(town, "far_desk") == {}
    assert records(town, "overdue", "DEP28", "far_desk") == []
    assert town.get("mei", f"/figures/by-unit?{MARCH}").status_code == 403


def test_a_pile_that_does_not_exist_is_absent(town: Town) -> None:
    assert town.get("secretary", f"/figures/by-unit/everything/records?{MARCH}").status_code == 404
