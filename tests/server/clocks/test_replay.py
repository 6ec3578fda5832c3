"""The journal alone tells how every clock stands (spec 4 rule 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.clocks.replay import ClockState, replay
from tests.server.clocks.known import CALENDAR, cn

ITEM = "0197a3c0-0000-7000-8000-000000000001"


@dataclass
class Line:
    """A journal line."""

    facts: dict[str, Any]


def told(op: str, at: str, code: str = "HANDLE", unit: str | None = None, **more: Any) -> dict[str, Any]:
    """Return an operation as an act tells it."""
    name = {"item_kind": "event", "item_id": ITEM, "code": code, "unit": unit}
    return {"op": op, **name, "at": cn(at).isoformat(), "provisional": False, "breaches": True, **more}


def started(limit: str, at: str, **more: Any) -> dict[str, Any]:
    """Return the operation of a start; ``due`` is left to be computed."""
    return told("start", at, limit=limit, given=None, due=None, **more)


def played(*operations: dict[str, Any]) -> list[ClockState]:
    """Return the clocks after one line per operation."""
    return replay([Line({"clocks": [operation]}) for operation in operations] + [Line({})], CALENDAR)


def test_a_started_clock_runs_and_is_due_by_its_own_limit() -> None:
    (state,) = played(started("4 WH", "2025-01-09 09:00"))
    assert (state.result, state.due_at, state.stopped_at) == ("running", cn("2025-01-09 15:30"), None)


@pytest.mark.parametrize(("at", "result"), [("2025-01-09 15:30", "met"), ("2025-01-09 15:31", "late")])
def test_the_result_is_judged_again_not_believed(at: str, result: str) -> None:
    (state,) = played(started("4 WH", "2025-01-09 09:00"), told("stop", at, result="met"))
    assert (state.result, state.stopped_at) == (result, cn(at))


@pytest.mark.parametrize(
    ("op", "told_result", "expected"),
    [
        ("stop", "staged", "staged"),
        ("stop", "attempted", "attempted"),
        ("cancel", None, "cancelled"),
        ("waive", None, "waived"),
    ],
)
def test_results_that_are_not_a_matter_of_time_are_kept(op: str, told_result: str | None, expected: str) -> None:
    (state,) = played(started("72 H", "2025-01-09 09:00"), told(op, "2025-01-20 09:00", result=told_result))
    assert state.result == expected


def test_a_breach_stays_until_the_clock_stops_late() -> None:
    opened = [started("2 H", "2025-01-09 09:00"), told("breach", "2025-01-09 11:00")]
    assert played(*opened)[0].result == "breached_open"
    (state,) = played(*opened, told("stop", "2025-01-09 12:00", result="late"))
    assert (state.result, state.breached) == ("late", True)


def test_a_pause_shows_its_projected_due_and_an_early_resumption_the_true_one() -> None:
    opened = [
        started("24 H", "2025-01-09 09:00"),
        told("pause", "2025-01-09 21:00", until=cn("2025-01-19 21:00").isoformat(), due=None),
    ]
    (state,) = played(*opened)
    assert (state.paused, state.due_at) == (True, cn("2025-01-20 09:00"))
    (state,) = played(*opened, told("resume", "2025-01-10 21:00", due=None))
    assert (state.paused, state.due_at) == (False, cn("2025-01-11 09:00"))
    assert state.original_due_at == cn("2025-01-10 09:00")


def test_an_extension_moves_the_due_moment_and_keeps_the_original() -> None:
    new_due = cn("2025-01-20 17:00")
    (state,) = played(started("5 WD", "2025-01-06 09:00"), told("extend", "2025-01-08 09:00", due=new_due.isoformat()))
    assert (state.due_at, state.original_due_at) == (new_due, cn("2025-01-13 24:00"))


def test_a_date_agreed_later_binds_within_the_limit() -> None:
    agreed = cn("2025-01-09 18:00")
    (state,) = played(
        started("given <= 24 H", "2025-01-09 09:00"),
        told("agree", "2025-01-09 10:00", given=agreed.isoformat(), due=None),
    )
    assert state.due_at == agreed


def test_work_done_once_more_is_a_new_clock_of_the_same_name() -> None:
    first, second = played(
        started("4 WD", "2025-01-06 09:00"),
        told("stop", "2025-01-07 09:00", result="met"),
        started("2 WD", "2025-01-08 09:00"),
    )
    assert (first.result, second.result) == ("met", "running")
    assert second.due_at == cn("2025-01-10 24:00")


def test_a_right_of_a_resident_lapses_but_is_never_late() -> None:
    right = started("30 ND roll", "2025-01-06 09:00", breaches=False)
    assert played(right, told("stop", "2025-02-06 00:01", result="met"))[0].result == "met"


def test_departments_have_their_own_clocks() -> None:
    states = played(
        started("10 min", "2025-01-09 09:00", code="RESP", unit="DEP19"),
        started("10 min", "2025-01-09 09:00", code="RESP", unit="DEP28"),
        told("stop", "2025-01-09 09:04", code="RESP", unit="DEP28", result="met"),
    )
    assert [(state.unit, state.result) for state in states] == [("DEP19", "running"), ("DEP28", "met")]


def test_a_due_moment_computed_before_the_notice_was_known_is_taken_as_told() -> None:
    told_due = datetime.fromisoformat("2025-02-03T00:00:00+08:00")
    provisional = told(
        "start", "2025-01-24 09:00", limit="5 WD", given=None, due=told_due.isoformat(), provisional=True
    )
    assert played(provisional)[0].due_at == told_due
    (state,) = played(provisional, told("recount", "2025-01-25 09:00", due=None))
    assert (state.due_at, state.provisional) == (cn("2025-02-07 24:00"), False)


def test_a_journal_that_stops_a_clock_it_never_started_is_incomplete() -> None:
    with pytest.raises(KeyError):
        played(told("stop", "2025-01-09 09:00", result="met"))


def test_moments_in_any_zone_are_the_same_moments() -> None:
    here = played(started("1 WD", "2025-01-09 09:00"))[0]
    operation = started("1 WD", "2025-01-09 09:00")
    operation["at"] = (cn("2025-01-09 09:00").astimezone(tz=None) + timedelta(0)).isoformat()
    assert played(operation)[0].due_at == here.due_at
