"""What is known without us: the notices of the State Council as the package chinesecalendar holds them."""

from __future__ import annotations

import csv
from datetime import date, datetime, time
from pathlib import Path

from chinese_calendar import constants
from hypothesis import strategies as st

from server.clocks.calendar import CN, WorkCalendar, hours
from server.policy.model import CalendarDay

HOURS = ("08:30-12:00", "14:30-17:30")
DATA = Path(__file__).parent / "data"
FIRST_YEAR, LAST_YEAR = 2022, 2026


def notice_days(first: int = FIRST_YEAR, last: int = LAST_YEAR) -> list[CalendarDay]:
    """Return the holidays and make-up days of the years."""
    rows = [(day, "off", name) for day, name in constants.holidays.items()]
    rows += [(day, "work", name) for day, name in constants.workdays.items()]
    return [
        CalendarDay(day, kind, name, False, "chinesecalendar")  # type: ignore[arg-type]
        for day, kind, name in rows
        if first <= day.year <= last
    ]


CALENDAR = WorkCalendar(notice_days(), hours(HOURS), known_years=range(FIRST_YEAR, LAST_YEAR + 1))
"""The working calendar of 2022 to 2026."""


def cn(text: str) -> datetime:
    """Return the Beijing time written as ``2025-01-24 23:50`` or, for 24:00, ``2025-01-24 24:00``."""
    day, _, clock = text.partition(" ")
    if clock == "24:00":
        return datetime.combine(date.fromordinal(date.fromisoformat(day).toordinal() + 1), time(), CN)
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), CN)


def between(first: str, last: str) -> st.SearchStrategy[datetime]:
    """Return moments in Beijing time from one day to another."""
    found = st.datetimes(datetime.fromisoformat(first), datetime.fromisoformat(last))
    return found.map(lambda moment: moment.replace(tzinfo=CN))


def vectors(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of test vectors."""
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
