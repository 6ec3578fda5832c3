"""The working calendar against the State Council notices and against its own laws."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clocks.calendar import CN, WorkCalendar, hours
from tests.server.clocks.known import CALENDAR, HOURS, between, cn, notice_days, vectors

MOMENTS = between("2024-01-01", "2026-06-01")
SPANS = st.timedeltas(timedelta(0), timedelta(hours=80))
DATES = st.dates(date(2024, 1, 1), date(2026, 6, 1))


@pytest.mark.parametrize("row", vectors("workday_vectors.csv"), ids=lambda row: row["start"])
@pytest.mark.parametrize("days", [1, 3, 5, 15])
def test_working_days_follow_the_notices_of_the_state_council(row: dict[str, str], days: int) -> None:
    assert CALENDAR.add_working_days(date.fromisoformat(row["start"]), days).isoformat() == row[f"plus_{days}_wd"]


@pytest.mark.parametrize("row", vectors("workday_vectors.csv"), ids=lambda row: row["start"])
def test_every_start_of_the_vectors_is_a_working_day(row: dict[str, str]) -> None:
    assert CALENDAR.is_workday(date.fromisoformat(row["start"])) == (row["start_is_workday"] == "yes")


def test_a_make_up_sunday_is_worked_and_the_spring_festival_is_not() -> None:
    assert CALENDAR.is_workday(date(2025, 1, 26))
    assert not CALENDAR.is_workday(date(2025, 1, 29))
    assert CALENDAR.workdays_between(date(2025, 1, 1), date(2025, 12, 31)) == 248


def test_working_time_ends_with_the_last_minute_worked_not_when_the_doors_open_again() -> None:
    assert CALENDAR.add_working_time(cn("2025-01-09 08:30"), timedelta(hours=3.5)) == cn("2025-01-09 12:00")


def test_working_time_waits_for_the_doors_over_noon_night_and_holiday() -> None:
    friday_afternoon = cn("2025-01-24 16:30")
    assert CALENDAR.add_working_time(friday_afternoon, timedelta(hours=2)) == cn("2025-01-26 09:30")
    assert CALENDAR.add_working_time(cn("2025-01-27 17:00"), timedelta(hours=1)) == cn("2025-02-05 09:00")
    assert CALENDAR.add_working_time(cn("2025-01-09 11:30"), timedelta(hours=1)) == cn("2025-01-09 15:00")


def test_moments_come_back_in_utc_whatever_zone_they_came_in() -> None:
    there = datetime(2025, 1, 9, 9, 0, tzinfo=CN).astimezone(UTC)
    assert CALENDAR.add_working_time(there, timedelta(hours=1)).tzinfo is UTC
    assert CALENDAR.working_time_between(there, there + timedelta(hours=1)) == timedelta(hours=1)


@given(start=MOMENTS, span=SPANS)
def test_the_working_time_added_is_the_working_time_found_between(start: datetime, span: timedelta) -> None:
    assert CALENDAR.working_time_between(start, CALENDAR.add_working_time(start, span)) == span


@given(start=MOMENTS, one=SPANS, other=SPANS)
def test_working_time_may_be_added_in_two_parts(start: datetime, one: timedelta, other: timedelta) -> None:
    in_parts = CALENDAR.add_working_time(CALENDAR.add_working_time(start, one), other)
    at_once = CALENDAR.add_working_time(start, one + other)
    assert in_parts == at_once


@given(moments=st.tuples(MOMENTS, MOMENTS, MOMENTS).map(sorted))
def test_working_time_between_adds_up_over_a_moment_in_the_middle(moments: list[datetime]) -> None:
    first, middle, last = moments
    between = CALENDAR.working_time_between
    assert between(first, middle) + between(middle, last) == between(first, last)


@given(day=DATES, days=st.integers(1, 30))
def test_the_nth_working_day_is_a_working_day_with_n_minus_one_before_it(day: date, days: int) -> None:
    last = CALENDAR.add_working_days(day, days)
    assert CALENDAR.is_workday(last)
    assert CALENDAR.workdays_between(day + timedelta(days=1), last) == days


def test_no_working_day_added_is_the_day_itself_even_a_holiday() -> None:
    assert CALENDAR.add_working_days(date(2025, 1, 29), 0) == date(2025, 1, 29)
    with pytest.raises(ValueError, match="counted from one"):
        CALENDAR.nth_workday(date(2025, 1, 29), 0)


def test_nothing_was_worked_between_a_moment_and_an_earlier_one() -> None:
    assert CALENDAR.working_time_between(cn("2025-01-10 09:00"), cn("2025-01-09 09:00")) == timedelta(0)


def test_a_year_without_a_notice_is_told_apart() -> None:
    assert CALENDAR.is_known(date(2026, 12, 31))
    assert not CALENDAR.is_known(date(2027, 1, 1))
    assert not CALENDAR.is_known(date(2026, 12, 31), date(2027, 1, 4))
    assert CALENDAR.known_until() == date(2026, 12, 31)


def test_the_calendar_warns_sixty_days_before_it_ends() -> None:
    assert CALENDAR.warns(cn("2026-11-01 12:00")) is None
    sentence = CALENDAR.warns(cn("2026-11-02 00:00"))
    assert sentence is not None
    assert "2026年12月31日" in sentence
    assert "还有59天到期" in sentence
    assert "2027年" in sentence


def test_the_warning_says_when_the_calendar_has_ended_or_never_began() -> None:
    ended = CALENDAR.warns(cn("2027-01-01 00:00"))
    assert ended is not None
    assert "已经到期" in ended
    empty = WorkCalendar((), hours(HOURS), known_years=())
    assert empty.known_until() is None
    assert empty.warns(cn("2025-01-01 00:00")) is not None


def test_a_gap_between_known_years_ends_what_is_known() -> None:
    gapped = WorkCalendar(notice_days(), hours(HOURS), known_years=(2024, 2026))
    assert gapped.known_until() == date(2024, 12, 31)


@pytest.mark.parametrize("texts", [(), ("12:00-08:30",), ("08:30-12:00", "11:00-17:30")])
def test_working_hours_that_overlap_or_turn_back_are_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="working hours"):
        hours(texts)
