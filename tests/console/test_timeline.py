"""What happened to an item, as the case file tells it."""

from __future__ import annotations

from typing import Any

from server.console.timeline import timeline
from tests.server.town import Town


def line(action: str, state: str | None, minute: int = 0, **more: Any) -> dict[str, Any]:
    at = f"2026-11-28T10:{minute:02}:00.5+08:00"
    return {"action": action, "state": state, "at": at, "unit_code": "SYSTEM", "role": "SYS", "reason": None, **more}


def told(town: Town, *lines: dict[str, Any]) -> list[tuple[str, int]]:
    with town.app.test_request_context():
        return [(one["words"], one["times"]) for one in timeline({"timeline": lines})]


def test_an_arrow_is_called_by_where_the_item_stood(town: Town) -> None:
    opened = line("check_in.open", "notified")
    absent, answered = line("check_in.no_show", "no_show", 40), line("check_in.respond", "responded", 2)
    assert told(town, absent, answered, opened)[0] == ("超时未到", 1)
    assert told(town, absent, opened)[0] == ("超时未响应", 1)


def test_what_was_said_several_times_at_once_is_told_once(town: Town) -> None:
    rang = line("clock.rang", None, 9)
    assert told(town, rang, rang, rang, line("clock.rang", None, 3)) == [("时限提醒", 3), ("时限提醒", 1)]


def test_no_code_of_the_journal_stands_in_a_case_file(town: Town) -> None:
    for action in ("supervision.proposed", "check_in.ended", "event.joined", "conflict.settled", "event.unit_left"):
        assert told(town, line(action, None))[0][0].isascii() is False
