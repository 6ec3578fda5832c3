"""When promises fall due: every unit, every vector, and the laws of pausing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.clocks.rules import Course, Due, Extension, Pause, due
from server.policy.limit import Limit
from tests.server.clocks.known import CALENDAR, between, cn, vectors

TEXTS = "10 min, 24 H, 2 WH, 4 WH, 13 WH, 1 WD, 3 WD, 15 WD, 15 ND, 15 ND roll, 60 ND roll, same day, same WD"
LIMITS = st.sampled_from(TEXTS.split(", ")).map(Limit.parse)
MOMENTS = between("2024-01-01", "2025-09-01")
SHORT = st.timedeltas(timedelta(0), timedelta(days=9))


def end(limit: str, start: str, **more: object) -> Due:
    """Return when ``limit`` begun at ``start`` is due."""
    return due(Course(cn(start), Limit.parse(limit), **more), CALENDAR)  # type: ignore[arg-type]


def paused(limit: Limit, start: datetime, *pauses: Pause) -> datetime:
    """Return when ``limit`` is due with ``pauses``."""
    return due(Course(start, limit, pauses=pauses), CALENDAR).at


# --- the vectors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", vectors("workday_vectors.csv"), ids=lambda row: row["start"])
@pytest.mark.parametrize(
    ("limit", "column"),
    [
        ("1 WD", "plus_1_wd"),
        ("3 WD", "plus_3_wd"),
        ("5 WD", "plus_5_wd"),
        ("15 WD", "plus_15_wd"),
        ("15 ND", "plus_15_nd"),
        ("15 ND roll", "plus_15_nd_rolled"),
        ("60 ND", "plus_60_nd"),
        ("60 ND roll", "plus_60_nd_rolled"),
        ("90 ND roll", "plus_90_nd_rolled"),
    ],
)
def test_days_end_at_midnight_of_the_day_the_notices_give(row: dict[str, str], limit: str, column: str) -> None:
    assert end(limit, f"{row['start']} 09:30") == Due(cn(f"{row[column]} 24:00"))


@pytest.mark.parametrize("row", vectors("letter_123_vectors.csv"), ids=lambda row: row["received_at"])
@pytest.mark.parametrize(
    ("limit", "column"), [("24 H", "contact_due"), ("48 H", "meet_due"), ("72 H", "close_or_stage_due")]
)
def test_a_letter_is_answered_in_one_two_three_days_holiday_or_not(
    row: dict[str, str], limit: str, column: str
) -> None:
    course = Course(datetime.fromisoformat(row["received_at"]), Limit.parse(limit))
    assert due(course, CALENDAR) == Due(datetime.fromisoformat(row[column]))


def test_an_objection_to_an_item_received_on_24_january_2025_may_be_filed_until_7_february() -> None:
    assert end("5 WD", "2025-01-24 15:00").at == cn("2025-02-07 24:00")


# --- the units -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "start", "expected"),
    [
        ("10 min", "2025-01-29 03:00", "2025-01-29 03:10"),
        ("2 WH", "2025-01-09 09:30", "2025-01-09 11:30"),
        ("2 WH", "2025-01-09 11:00", "2025-01-09 15:30"),
        ("2 WH", "2025-01-09 16:30", "2025-01-10 09:30"),
        ("2 WH", "2025-01-29 03:00", "2025-02-05 10:30"),
        ("4 WH", "2025-01-09 08:00", "2025-01-09 15:00"),
        ("1 WD", "2025-01-24 23:59", "2025-01-26 24:00"),
        ("1 WD", "2025-01-25 10:00", "2025-01-26 24:00"),
        ("1 ND", "2025-01-24 00:00", "2025-01-25 24:00"),
        ("same day", "2025-01-29 23:59", "2025-01-29 24:00"),
        ("same WD", "2025-01-29 23:59", "2025-02-05 24:00"),
        ("same WD", "2025-01-09 10:00", "2025-01-09 24:00"),
    ],
)
def test_each_unit_counts_its_own_way(limit: str, start: str, expected: str) -> None:
    assert end(limit, start).at == cn(expected)


def test_a_due_moment_is_aware_utc() -> None:
    assert end("1 WD", "2025-01-09 10:00").at.utcoffset() == timedelta(0)
    assert end("4 WH", "2025-01-09 10:00").at.tzinfo is UTC


def test_a_date_given_replaces_or_bounds_the_limit_as_the_promise_says() -> None:
    start, tomorrow, next_week = "2025-01-09 10:00", cn("2025-01-10 09:00"), cn("2025-01-16 09:00")
    assert end("given", start, given=tomorrow).at == tomorrow
    assert end("given else 5 WD", start, given=next_week).at == next_week
    assert end("given else 5 WD", start).at == cn("2025-01-16 24:00")
    assert end("given <= 24 H", start, given=tomorrow).at == tomorrow
    assert end("given <= 24 H", start, given=next_week).at == cn("2025-01-10 10:00")
    assert end("given <= 24 H", start).at == cn("2025-01-10 10:00")


@pytest.mark.parametrize(
    ("limit", "date_given"),
    [("given", None), ("leaf", None), ("4 WH", "2025-01-10 10:00"), ("given", "2025-01-08 10:00")],
)
def test_a_limit_that_lacks_its_date_or_takes_none_starts_no_clock(limit: str, date_given: str | None) -> None:
    with pytest.raises(ValueError, match=r"date|leaf"):
        end(limit, "2025-01-09 10:00", given=date_given and cn(date_given))


def test_an_unknown_year_makes_working_time_provisional_and_nothing_else() -> None:
    for limit in ("5 WD", "13 WH", "15 ND roll"):
        assert end(limit, "2026-12-30 17:00").provisional, limit
    for limit in ("24 H", "15 ND", "same day", "1 WD", "1 WH"):
        assert not end(limit, "2026-12-30 10:00").provisional, limit
    assert not end("15 ND roll", "2026-12-10 10:00").provisional


# --- pauses --------------------------------------------------------------------------------------------------------


def test_a_pause_keeps_the_minutes_left() -> None:
    pause = Pause(cn("2025-01-09 12:00"), cn("2025-01-11 12:00"))
    assert paused(Limit.parse("24 H"), cn("2025-01-09 10:00"), pause) == cn("2025-01-12 10:00")


def test_a_pause_keeps_the_working_time_left() -> None:
    pause = Pause(cn("2025-01-09 10:00"), cn("2025-01-13 14:30"))
    assert paused(Limit.parse("4 WH"), cn("2025-01-09 09:00"), pause) == cn("2025-01-13 17:30")


def test_a_pause_keeps_the_working_days_left_its_own_day_too() -> None:
    start, limit = cn("2025-01-06 10:00"), Limit.parse("5 WD")
    assert paused(limit, start) == cn("2025-01-13 24:00")
    one_day_on = Pause(cn("2025-01-08 10:00"), cn("2025-01-09 09:00"))
    assert paused(limit, start, one_day_on) == cn("2025-01-14 24:00")
    same_day = Pause(cn("2025-01-08 10:00"), cn("2025-01-08 17:00"))
    assert paused(limit, start, same_day) == cn("2025-01-13 24:00")
    over_the_weekend = Pause(cn("2025-01-11 00:00"), cn("2025-01-13 00:00"))
    assert paused(limit, start, over_the_weekend) == cn("2025-01-13 24:00")


def test_paused_on_the_start_day_a_limit_in_days_starts_on_the_day_of_the_resumption() -> None:
    start, limit = cn("2025-01-08 10:00"), Limit.parse("1 WD")
    to_saturday = Pause(cn("2025-01-08 11:00"), cn("2025-01-11 09:00"))
    over_saturday = Pause(cn("2025-01-11 09:00"), cn("2025-01-12 09:00"))
    assert paused(limit, start, to_saturday) == paused(limit, cn("2025-01-11 09:00")) == cn("2025-01-13 24:00")
    assert paused(limit, start, to_saturday, over_saturday) == cn("2025-01-13 24:00")


def test_a_pause_after_the_breach_does_not_heal_it() -> None:
    start, limit = cn("2025-01-09 10:00"), Limit.parse("24 H")
    at_due = Pause(cn("2025-01-10 10:00"), cn("2025-01-12 10:00"))
    assert paused(limit, start, at_due) == cn("2025-01-10 10:00")


@given(limit=LIMITS, start=MOMENTS, offset=SHORT)
def test_a_pause_of_no_length_changes_nothing(limit: Limit, start: datetime, offset: timedelta) -> None:
    assert paused(limit, start, Pause(start + offset, start + offset)) == paused(limit, start)


@given(limit=LIMITS, start=MOMENTS, offset=SHORT, one=SHORT, other=SHORT)
def test_cutting_a_pause_in_two_changes_nothing(
    limit: Limit, start: datetime, offset: timedelta, one: timedelta, other: timedelta
) -> None:
    begins, cut, ends = start + offset, start + offset + one, start + offset + one + other
    assert paused(limit, start, Pause(begins, cut), Pause(cut, ends)) == paused(limit, start, Pause(begins, ends))


@given(limit=LIMITS, start=MOMENTS, steps=st.tuples(SHORT, SHORT, SHORT, SHORT))
def test_no_pause_makes_a_limit_end_earlier(limit: Limit, start: datetime, steps: tuple[timedelta, ...]) -> None:
    offset, length, gap, again = steps
    first = Pause(start + offset, start + offset + length)
    second = Pause(first.end + gap, first.end + gap + again)
    assert paused(limit, start) <= paused(limit, start, first) <= paused(limit, start, first, second)


@given(limit=LIMITS, start=MOMENTS, later=SHORT, offset=SHORT, length=SHORT)
def test_who_starts_later_is_not_due_earlier(
    limit: Limit, start: datetime, later: timedelta, offset: timedelta, length: timedelta
) -> None:
    pause = Pause(start + offset, start + offset + length)
    assert paused(limit, start, pause) <= paused(limit, start + later, pause)


@given(limit=LIMITS, start=MOMENTS, offset=SHORT, length=SHORT)
def test_a_limit_paused_in_time_is_not_due_before_the_pause_is_over(
    limit: Limit, start: datetime, offset: timedelta, length: timedelta
) -> None:
    pause = Pause(start + offset, start + offset + length)
    assume(pause.start < paused(limit, start))
    assert pause.end < paused(limit, start, pause) or length == timedelta(0)


def test_pauses_may_come_in_any_order() -> None:
    early = Pause(cn("2025-01-06 12:00"), cn("2025-01-07 12:00"))
    late = Pause(cn("2025-01-08 12:00"), cn("2025-01-09 12:00"))
    start, limit = cn("2025-01-06 10:00"), Limit.parse("48 H")
    assert paused(limit, start, late, early) == paused(limit, start, early, late) == cn("2025-01-10 10:00")


# --- extensions ----------------------------------------------------------------------------------------------------


def test_an_extension_sets_the_due_moment_and_later_pauses_move_it_minute_by_minute() -> None:
    extension = Extension(cn("2025-01-09 10:00"), cn("2025-01-20 24:00"))
    before = Pause(cn("2025-01-07 10:00"), cn("2025-01-08 10:00"))
    after = Pause(cn("2025-01-10 10:00"), cn("2025-01-11 11:00"))
    assert end("5 WD", "2025-01-06 10:00", extension=extension, pauses=(before,)).at == cn("2025-01-20 24:00")
    assert end("5 WD", "2025-01-06 10:00", extension=extension, pauses=(before, after)).at == cn("2025-01-22 01:00")


def test_a_rolled_limit_paused_in_the_holiday_stays_rolled() -> None:
    """15 ND from 2 Feb 2024 end on Saturday 17 Feb, rolled to Sunday 18 Feb, a make-up day; paused on the 17th."""
    pause = Pause(cn("2024-02-17 10:00"), cn("2024-02-17 20:00"))
    assert end("15 ND roll", "2024-02-02 10:00", pauses=(pause,)).at == cn("2024-02-18 24:00")
    assert date(2024, 2, 18).weekday() == 6
