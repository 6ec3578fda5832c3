"""Manners: nobody is woken for an ordinary matter, everybody for a burst main."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notices.rules import CN, Manners, after_quiet, bundle_title, deliver_after, from_severities, is_urgent

MANNERS = Manners(time(22), time(7), timedelta(minutes=10), frozenset({"U1", "U2"}), frozenset({"EMERGENCY"}))
moments = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
times = st.times().map(lambda moment: moment.replace(microsecond=0))


def beijing(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CN)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (beijing(2, 21, 59), beijing(2, 21, 59)),
        (beijing(2, 22, 0), beijing(3, 7, 0)),
        (beijing(2, 23, 30), beijing(3, 7, 0)),
        (beijing(3, 0, 0), beijing(3, 7, 0)),
        (beijing(3, 6, 59), beijing(3, 7, 0)),
        (beijing(3, 7, 0), beijing(3, 7, 0)),
        (beijing(3, 12, 0), beijing(3, 12, 0)),
    ],
)
def test_what_falls_into_quiet_hours_waits_until_seven(moment: datetime, expected: datetime) -> None:
    assert after_quiet(moment, time(22), time(7)) == expected


def test_quiet_hours_may_lie_within_one_day_or_not_exist() -> None:
    assert after_quiet(beijing(2, 13), time(12), time(14)) == beijing(2, 14)
    assert after_quiet(beijing(2, 15), time(12), time(14)) == beijing(2, 15)
    assert after_quiet(beijing(2, 15), time(7), time(7)) == beijing(2, 15)


@given(moments, times, times)
def test_nothing_is_delivered_before_its_moment_or_within_quiet_hours_or_a_day_late(
    moment: datetime, begin: time, end: time
) -> None:
    found = after_quiet(moment, begin, end)
    assert moment <= found <= moment + timedelta(days=1)
    assert after_quiet(found, begin, end) == found


@pytest.mark.parametrize(
    ("severity", "urgency", "whistle", "expected"),
    [
        ("info", "U4", "", False),
        ("warn", "U3", "DEMAND", False),
        ("alarm", "", "", True),
        ("info", "U1", "", True),
        ("info", "U2", "", True),
        ("info", "", "EMERGENCY", True),
    ],
)
def test_alarms_urgent_matters_and_emergency_whistles_never_wait(
    severity: str, urgency: str, whistle: str, expected: bool
) -> None:
    assert is_urgent(MANNERS, severity, urgency, whistle) is expected


def test_the_first_goes_out_at_once_and_what_follows_gathers() -> None:
    assert deliver_after(MANNERS, beijing(2, 9), None) == beijing(2, 9)
    assert deliver_after(MANNERS, beijing(2, 9, 4), beijing(2, 9)) == beijing(2, 9, 10)
    assert deliver_after(MANNERS, beijing(2, 9, 30), beijing(2, 9)) == beijing(2, 9, 30)
    assert deliver_after(MANNERS, beijing(2, 21, 55), beijing(2, 21, 52)) == beijing(3, 7)


def test_a_channel_takes_its_severity_and_all_above() -> None:
    assert from_severities("info") == ["info"]
    assert from_severities("alarm") == ["info", "warn", "alarm"]


def test_a_bundle_says_how_many_of_what() -> None:
    assert bundle_title(5, "新任务") == "您有 5 条新任务"
