"""When a running clock rings, and what colour its lamp has."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clocks.rules import Course, Extension, Pause
from server.clocks.rungs import Schedule
from server.policy.limit import Limit
from server.policy.model import Ladder, Rung
from tests.server.clocks.known import CALENDAR, between, cn

FACTORS = (0.5, 0.8, 1.0, 2.0, 4.0)
LAMPS = ("green", "yellow", "red", "red", "red")


def rung(factor: float, lamp: str) -> Rung:
    """Return a rung that does nothing in particular."""
    return Rung(factor, ("remind",), ("DPH",), lamp, "提醒", "test")  # type: ignore[arg-type]


def ladder(repeat: str = "24 H") -> Ladder:
    """Return the ladder of spec 4 rule 6 and spec 8 ER13."""
    rungs = tuple(map(rung, FACTORS, LAMPS))
    return Ladder(code="ordinary", rungs=rungs, repeat=Limit.parse(repeat), repeat_rung=rung(0.0, "red"))


def schedule(limit: str, start: str, **more: object) -> Schedule:
    """Return the schedule of a clock on the calendar of the notices."""
    return Schedule(Course(cn(start), Limit.parse(limit), **more), ladder(), CALENDAR)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("limit", "start", "expected"),
    [
        ("10 min", "2025-01-29 03:00", ["03:05", "03:08", "03:10", "03:20", "03:40"]),
        ("2 H", "2025-01-09 10:00", ["11:00", "11:36", "12:00", "14:00", "18:00"]),
    ],
)
def test_round_the_clock_limits_ring_at_fractions_of_all_time(limit: str, start: str, expected: list[str]) -> None:
    moments = [moment.at for moment in schedule(limit, start).moments()]
    assert moments == [cn(f"{start[:10]} {clock}") for clock in expected]


def test_a_silent_department_is_escalated_at_twice_and_four_times_the_working_hours() -> None:
    moments = [moment.at for moment in schedule("4 WH", "2025-01-09 08:30").moments()]
    expected = ["2025-01-09 10:30", "2025-01-09 11:42", "2025-01-09 15:00", "2025-01-10 10:00", "2025-01-13 11:30"]
    assert moments == [cn(text) for text in expected]


def test_working_days_remind_by_working_time_and_escalate_by_days() -> None:
    moments = [moment.at for moment in schedule("1 WD", "2025-01-09 10:00").moments()]
    assert moments[0] == cn("2025-01-10 09:15")  # half of 5 h and 6.5 h
    assert moments[2:] == [cn("2025-01-10 24:00"), cn("2025-01-13 24:00"), cn("2025-01-15 24:00")]


def test_twice_the_same_day_is_the_next_day() -> None:
    moments = [moment.at for moment in schedule("same day", "2025-01-09 12:00").moments()]
    assert moments[0] == cn("2025-01-09 18:00")
    assert moments[2:] == [cn("2025-01-09 24:00"), cn("2025-01-10 24:00"), cn("2025-01-12 24:00")]


def test_twice_fifteen_natural_days_are_thirty_each_rolled() -> None:
    moments = [moment.at for moment in schedule("15 ND roll", "2024-02-02 09:00").moments()]
    assert moments[2] == cn("2024-02-18 24:00")
    assert moments[3] == cn("2024-03-04 24:00")


def test_after_the_last_rung_the_clock_rings_on_every_day() -> None:
    course = schedule("10 min", "2025-01-09 10:00")
    last = cn("2025-01-09 10:40")
    assert [course.moment(index).at for index in (5, 6, 7)] == [last + timedelta(days=n) for n in (1, 2, 3)]
    assert course.moment(5).rung == ladder().repeat_rung
    assert course.after(cn("2025-01-12 00:00")).index == 7


def test_the_first_moment_after_another_is_found() -> None:
    course = schedule("10 min", "2025-01-09 10:00")
    assert course.after(cn("2025-01-09 09:00")).index == 0
    assert course.after(cn("2025-01-09 10:05")).index == 1
    assert course.after(cn("2025-01-09 10:12")).index == 3


def test_the_lamp_turns_yellow_and_red_with_the_rungs() -> None:
    course = schedule("10 min", "2025-01-09 10:00")
    lamps = [course.lamp(cn(f"2025-01-09 10:{minute}")) for minute in ("00", "05", "08", "10", "50")]
    assert lamps == ["green", "green", "yellow", "red", "red"]


def test_a_pause_moves_the_reminders_that_were_still_to_come() -> None:
    pause = Pause(cn("2025-01-09 11:12"), cn("2025-01-10 11:12"))
    moments = [moment.at for moment in schedule("2 H", "2025-01-09 10:00", pauses=(pause,)).moments()]
    expected = ["2025-01-09 11:00", "2025-01-10 11:36", "2025-01-10 12:00", "2025-01-10 14:00", "2025-01-10 18:00"]
    assert moments == [cn(text) for text in expected]


def test_a_pause_after_the_breach_moves_the_escalation_but_not_the_breach() -> None:
    pause = Pause(cn("2025-01-09 13:00"), cn("2025-01-10 13:00"))
    moments = [moment.at for moment in schedule("2 H", "2025-01-09 10:00", pauses=(pause,)).moments()]
    assert moments[2:4] == [cn("2025-01-09 12:00"), cn("2025-01-10 14:00")]


def test_an_extended_clock_reminds_before_its_new_due_moment() -> None:
    extension = Extension(cn("2025-01-09 11:40"), cn("2025-01-09 14:00"))
    moments = [moment.at for moment in schedule("2 H", "2025-01-09 10:00", extension=extension).moments()]
    expected = ["2025-01-09 12:00", "2025-01-09 13:12", "2025-01-09 14:00", "2025-01-09 16:00", "2025-01-09 20:00"]
    assert moments == [cn(text) for text in expected]


@given(
    limit=st.sampled_from(["10 min", "24 H", "2 WH", "13 WH", "1 WD", "5 WD", "15 ND", "15 ND roll", "same day"]),
    start=between("2024-01-01", "2025-09-01"),
    offset=st.timedeltas(timedelta(0), timedelta(days=9)),
    length=st.timedeltas(timedelta(0), timedelta(days=9)),
)
def test_moments_rise_the_third_is_due_and_no_rung_lies_in_a_pause(
    limit: str, start: datetime, offset: timedelta, length: timedelta
) -> None:
    pause = Pause(start + offset, start + offset + length)
    course = Schedule(Course(start, Limit.parse(limit), pauses=(pause,)), ladder(), CALENDAR)
    moments = [course.moment(index).at for index in range(7)]
    assert moments == sorted(moments)
    assert moments[2] == course.due.at
    assert start <= moments[0]
    assert not any(pause.start < at < pause.end for at in moments[:5])
