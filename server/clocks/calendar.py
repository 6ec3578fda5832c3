"""The working calendar (工作日历): which days and hours are working time, and how far that is known.

Job: step over days and hours with holidays and make-up working days (调休) as data (spec 2.2 and 4).
Never: guess a holiday in silence (a year without a State Council notice is told apart), read a file or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from server.policy.model import CalendarDay, Policy

CN = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
_FRIDAY = 4
_NOTHING = timedelta(0)

Hours = tuple[tuple[time, time], ...]


def hours(texts: Iterable[str]) -> Hours:
    """Return the working hours written as ``08:30-12:00``; ValueError when they overlap or are not in rising order."""
    pairs = [text.split("-") for text in texts]
    spans = tuple((time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())) for opens, closes in pairs)
    marks = [mark for span in spans for mark in span]
    if not spans or any(later <= earlier for earlier, later in pairwise(marks)):
        raise ValueError(f"working hours must rise within one day: {spans}")
    return spans


def local_day(moment: datetime) -> date:
    """Return the calendar date of ``moment`` (aware) in Beijing time."""
    return moment.astimezone(CN).date()


def midnight(day: date) -> datetime:
    """Return 00:00 of ``day`` in Beijing time."""
    return datetime.combine(day, time(), CN)


class WorkCalendar:
    """Working days and hours of one district.

    ``days`` names the days that are not what their weekday says; ``working_hours`` come from :func:`hours`;
    ``known_years`` are the years whose State Council notice is loaded.
    """

    def __init__(self, days: Iterable[CalendarDay], working_hours: Hours, *, known_years: Iterable[int]) -> None:
        """Keep what is given."""
        self._works = {row.day: row.kind == "work" for row in days}
        self._hours = working_hours
        self._known = frozenset(known_years)
        lengths = (_since_midnight(closes) - _since_midnight(opens) for opens, closes in working_hours)
        self._full = sum(lengths, _NOTHING)

    @classmethod
    def of(cls, policy: Policy) -> Self:
        """Return the calendar that ``policy`` describes."""
        known = (year.year for year in policy.years.values() if year.status == "published")
        return cls(policy.calendar.values(), hours(policy.settings.work.hours), known_years=known)

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on ``day``; in an unknown year by its weekday alone, see :meth:`is_known`."""
        works = self._works.get(day)
        return day.weekday() <= _FRIDAY if works is None else works

    def is_known(self, first: date, last: date | None = None) -> bool:
        """Tell whether the notices of all years from ``first`` to ``last`` (default: the same day) are loaded."""
        return all(year in self._known for year in range(first.year, (last or first).year + 1))

    def known_until(self) -> date | None:
        """Return the last day of the last year that is known without a gap, None when no year is known."""
        if not self._known:
            return None
        year = min(self._known)
        while year + 1 in self._known:
            year += 1
        return date(year, 12, 31)

    def warns(self, moment: datetime, days: int = 60) -> str | None:
        """Return a Chinese sentence for the administrator when the calendar ends within ``days``, else None."""
        last = self.known_until()
        if last is None:
            return "工作日历没有任何年份的国务院放假通知：所有工作日时限均为暂算。"
        left = (last - local_day(moment)).days
        if left >= days:
            return None
        state = f"还有{left}天到期" if left >= 0 else "已经到期"
        return (
            f"工作日历只到{last:%Y年%m月%d日}，{state}：请载入{last.year + 1}年国务院办公厅节假日安排通知，"
            "此前跨入该年的工作日时限均为暂算，载入后重新计算。"
        )

    def nth_workday(self, day: date, n: int) -> date:
        """Return the ``n``-th working day (n ≥ 1) counted from ``day``, itself included when it is one."""
        if n < 1:
            raise ValueError("working days are counted from one")
        while True:
            n -= self.is_workday(day)
            if not n:
                return day
            day += DAY

    def add_working_days(self, day: date, n: int) -> date:
        """Return the ``n``-th working day after ``day``, which is not counted (spec 4 rule 2); n = 0 gives ``day``."""
        return self.nth_workday(day + DAY, n) if n else day

    def workdays_between(self, first: date, last: date) -> int:
        """Return how many working days lie between the two dates, both included."""
        return sum(self.is_workday(first + DAY * step) for step in range((last - first).days + 1))

    def add_working_time(self, moment: datetime, span: timedelta) -> datetime:
        """Return the earliest moment (aware UTC) at which ``span`` of working time has passed since ``moment``."""
        if span <= _NOTHING:
            return moment.astimezone(UTC)
        for opens, closes in self._windows(moment.astimezone(CN)):
            if closes - opens >= span:
                return (opens + span).astimezone(UTC)
            span -= closes - opens
        raise AssertionError("working time never ends")

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time from ``start`` to ``end`` (aware); nothing when ``end`` is not later."""
        start, end = start.astimezone(CN), end.astimezone(CN)
        first, last = start.date(), end.date()
        if first >= last:
            return self._worked(first, start, end)
        between = self.workdays_between(first + DAY, last - DAY)
        ends = self._worked(first, start, midnight(first + DAY)) + self._worked(last, midnight(last), end)
        return ends + self._full * between

    def _worked(self, day: date, start: datetime, end: datetime) -> timedelta:
        spans = ((max(opens, start), min(closes, end)) for opens, closes in self._windows_of(day))
        return sum((closes - opens for opens, closes in spans if closes > opens), _NOTHING)

    def _windows(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the working spans after ``since``, the first one cut."""
        day = since.date()
        while True:
            for opens, closes in self._windows_of(day):
                if closes > since:
                    yield max(opens, since), closes
            day += DAY

    def _windows_of(self, day: date) -> Sequence[tuple[datetime, datetime]]:
        if not self.is_workday(day):
            return ()
        return [(datetime.combine(day, opens, CN), datetime.combine(day, closes, CN)) for opens, closes in self._hours]


def _since_midnight(mark: time) -> timedelta:
    return timedelta(hours=mark.hour, minutes=mark.minute, seconds=mark.second)
