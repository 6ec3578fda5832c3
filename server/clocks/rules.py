"""When a promise falls due (到期): the arithmetic of limits, pauses and extensions, and nothing else.

Job: turn a course (start, limit, pauses, extension) into its due moment, the same each time (spec 2.2 and 4).
Never: read a clock, a file or the database; know a kind of item.

The units (spec 4, Civil Code art. 200–204), all in Beijing time, all results aware UTC:

=========  ========================================================================================================
min, H     at once, round the clock; C1–C3 of a letter are such limits, holidays or not
WH         at once when within working hours, else when they open; ends on the last minute worked, not when doors open
WD         the start day is not counted; ends at 24:00 of the last working day. The Civil Code (art. 203) also allows
           the close of business; 24:00 was chosen because phones report at any hour and natural days end then too
ND         the start day is not counted; ends at 24:00 of the last day, with ``roll`` of the next working day
same day   24:00 of the start day; ``same WD``: 24:00 of the start day or, if no working day, of the next one
given      the date a person set; ``given <= limit``: at the latest the limit; ``given else limit``: the limit if none
=========  ========================================================================================================

A pause keeps what is left and counts it again from the resumption: the minutes left (min, H, given), the working time
left (WH), or the days left — the day of the pause is not over, so it is left, and the day of the resumption counts.
A pause begun on the start day, which is not counted, leaves the whole limit: in days it starts on the day of the
resumption. Hence a pause of no length changes nothing, cutting a pause in two changes nothing, none makes a limit end
earlier, and under the same pause nobody who starts later is due earlier.
A pause that begins when the limit is over changes nothing: a breach stays. An extension replaces the due moment by an
agreed one, which later pauses move minute by minute.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil

from server.clocks.calendar import DAY, WorkCalendar, local_day, midnight
from server.policy.limit import Given, Limit, LimitUnit

_INSTANT = timedelta(microseconds=1)
_EPSILON = 1e-9  # keeps 10 × 0.1 days from becoming two


@dataclass(frozen=True, slots=True)
class Pause:
    """A span in which the clock stands still (挂起、中止); while it is open ``end`` is its approved end."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Extension:
    """At ``at`` somebody moved the due moment to ``due_at`` (延期)."""

    at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """All that decides when a clock is due; ``given`` is the date a person set, if the limit asks for one."""

    started_at: datetime
    limit: Limit
    given: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A due moment, aware UTC; provisional (暂算) when it leans on a year whose holidays are not known yet."""

    at: datetime
    provisional: bool = False


class Reckoning(ABC):
    """How a unit counts. ``counted`` and ``forward`` are inverse to one another; here every minute counts."""

    works = False
    """Counts working time only, hence leans on the calendar from its start."""
    rolls = False
    """May end later than its last day, hence leans on the calendar at its end."""

    @abstractmethod
    def first(self, calendar: WorkCalendar, start: datetime) -> datetime:
        """Return the end of the limit begun at ``start``."""

    @abstractmethod
    def onward(self, calendar: WorkCalendar, end: datetime, times: float) -> datetime:
        """Return the end of ``times`` the limit counted on from ``end``, the end of another."""

    def begun(self, start: datetime, pauses: Iterable[Pause]) -> datetime:
        """Return the moment to count from when the limit started at ``start`` and stood still for ``pauses``."""
        return start

    def moved(self, calendar: WorkCalendar, end: datetime, pause: Pause) -> datetime:
        """Return the new end when ``pause`` began before ``end``."""
        return self.forward(calendar, pause.end, self.counted(calendar, pause.start, end))

    def closed(self, calendar: WorkCalendar, end: datetime) -> datetime:
        """Return the due moment that belongs to ``end``: rolled over holidays where the limit says so."""
        return end

    def counted(self, calendar: WorkCalendar, start: datetime, end: datetime) -> timedelta:
        """Return the time between the two that reminders are a fraction of."""
        return end - start

    def forward(self, calendar: WorkCalendar, start: datetime, span: timedelta) -> datetime:
        """Return the earliest moment by which ``span`` has been counted since ``start``."""
        return start + span


@dataclass(frozen=True)
class Elapsed(Reckoning):
    """A span of time."""

    span: timedelta

    def first(self, calendar: WorkCalendar, start: datetime) -> datetime:
        """Return the moment ``span`` later."""
        return self.forward(calendar, start, self.span)

    def onward(self, calendar: WorkCalendar, end: datetime, times: float) -> datetime:
        """Return the moment ``times`` the span later."""
        return self.forward(calendar, end, self.span * times)


class Worked(Elapsed):
    """A span of working time."""

    works = True

    def counted(self, calendar: WorkCalendar, start: datetime, end: datetime) -> timedelta:
        """Return the working time between the two."""
        return calendar.working_time_between(start, end)

    def forward(self, calendar: WorkCalendar, start: datetime, span: timedelta) -> datetime:
        """Return the earliest moment by which ``span`` has been worked."""
        return calendar.add_working_time(start, span)


@dataclass(frozen=True)
class Days(Reckoning):
    """Whole days, to the end of the last; the start day does not count when ``skip`` is one."""

    days: int
    skip: int = 1
    rolls: bool = False

    def first(self, calendar: WorkCalendar, start: datetime) -> datetime:
        """Return 24:00 of the last day, not rolled yet."""
        return end_of(self.nth(calendar, local_day(start) + DAY * self.skip, self.days))

    def begun(self, start: datetime, pauses: Iterable[Pause]) -> datetime:
        """Return the last resumption on the start day or on one that so became the start day."""
        for pause in pauses_since(pauses, start):
            start = pause.end if local_day(pause.start) == local_day(start) else start
        return start

    def onward(self, calendar: WorkCalendar, end: datetime, times: float) -> datetime:
        """Return 24:00 of the last of so many days more, begun days counted whole."""
        days = ceil(self.days * times - _EPSILON)
        return self.closed(calendar, end_of(self.nth(calendar, last_day(end) + DAY, days)))

    def moved(self, calendar: WorkCalendar, end: datetime, pause: Pause) -> datetime:
        """Return 24:00 of the last day when the days left are counted again from the day of the resumption."""
        left = self.count(calendar, local_day(pause.start), last_day(end))
        return end_of(self.nth(calendar, local_day(pause.end), max(left, 1)))

    def closed(self, calendar: WorkCalendar, end: datetime) -> datetime:
        """Return ``end``, moved to the next working day when the limit rolls."""
        last = last_day(end)
        return end + (calendar.nth_workday(last, 1) - last) if self.rolls else end

    def nth(self, calendar: WorkCalendar, day: date, n: int) -> date:
        """Return the ``n``-th counted day from ``day``, itself included if it counts."""
        return day + DAY * (n - 1)

    def count(self, calendar: WorkCalendar, first: date, last: date) -> int:
        """Return how many days count between the two, both included."""
        return (last - first).days + 1


class WorkDays(Days):
    """Whole working days; reminders are a fraction of the working time within them."""

    works = True

    def nth(self, calendar: WorkCalendar, day: date, n: int) -> date:
        """Return the ``n``-th working day from ``day`` on."""
        return calendar.nth_workday(day, n)

    def count(self, calendar: WorkCalendar, first: date, last: date) -> int:
        """Return how many of the days are worked."""
        return calendar.workdays_between(first, last)

    def counted(self, calendar: WorkCalendar, start: datetime, end: datetime) -> timedelta:
        """Return the working time between the two."""
        return calendar.working_time_between(start, end)

    def forward(self, calendar: WorkCalendar, start: datetime, span: timedelta) -> datetime:
        """Return the earliest moment by which ``span`` has been worked."""
        return calendar.add_working_time(start, span)


RECKONINGS: Mapping[LimitUnit, Callable[[Limit], Reckoning]] = {
    LimitUnit.MINUTE: lambda limit: Elapsed(timedelta(minutes=limit.value)),
    LimitUnit.HOUR: lambda limit: Elapsed(timedelta(hours=limit.value)),
    LimitUnit.WORK_HOUR: lambda limit: Worked(timedelta(hours=limit.value)),
    LimitUnit.WORK_DAY: lambda limit: WorkDays(limit.value),
    LimitUnit.NATURAL_DAY: lambda limit: Days(limit.value, rolls=limit.roll),
    LimitUnit.SAME_DAY: lambda limit: Days(1, skip=0),
    LimitUnit.SAME_WORK_DAY: lambda limit: WorkDays(1, skip=0),
}
"""How each unit counts; ``given`` is made of the date itself and ``leaf`` must be looked up before a clock starts."""


def reckoning(course: Course, calendar: WorkCalendar) -> Reckoning:
    """Return how this course counts; ValueError when its limit wants a date that is missing or takes none."""
    limit, given = course.limit, course.given
    counted = RECKONINGS[limit.unit](limit) if limit.unit in RECKONINGS else None
    if given is None:
        if counted is None:
            raise ValueError(f"the limit '{limit}' needs a date or a leaf before a clock can start")
        return counted
    if limit.unit is not LimitUnit.GIVEN and not limit.given:
        raise ValueError(f"the limit '{limit}' does not take a date")
    if given < course.started_at:
        raise ValueError("the date given lies before the start of the clock")
    agreed = Elapsed(given - course.started_at)
    bound = counted and limit.given is Given.WITHIN and counted.first(calendar, course.started_at) < given
    return counted if counted and bound else agreed


def due(course: Course, calendar: WorkCalendar) -> Due:
    """Return when ``course`` is due, with its pauses and its extension (spec 4).

    The clock is met when it stops at that very moment or earlier. ValueError as in :func:`reckoning`.
    """
    way = reckoning(course, calendar)
    since = way.begun(course.started_at, course.pauses)
    end = way.first(calendar, since)
    if course.extension:
        way, since, end = Elapsed(timedelta(0)), course.extension.at, course.extension.due_at
    for pause in pauses_since(course.pauses, since):
        if pause.start < way.closed(calendar, end):
            end = way.moved(calendar, end, pause)
    at = way.closed(calendar, end).astimezone(UTC)
    return Due(at, _leans_on_unknown_days(way, calendar, course.started_at if way.works else end, at))


def _leans_on_unknown_days(way: Reckoning, calendar: WorkCalendar, since: datetime, until: datetime) -> bool:
    return (way.works or way.rolls) and not calendar.is_known(last_day(since), last_day(until))


def pauses_since(pauses: Iterable[Pause], since: datetime) -> Iterator[Pause]:
    """Yield the pauses in order, cut so that none begins before ``since`` and none overlaps the one before."""
    for pause in sorted(pauses, key=lambda pause: pause.start):
        if pause.end > since:
            yield Pause(max(pause.start, since), pause.end)
            since = pause.end


def end_of(day: date) -> datetime:
    """Return 24:00 of ``day`` in Beijing time, aware UTC."""
    return (midnight(day) + DAY).astimezone(UTC)


def last_day(end: datetime) -> date:
    """Return the Beijing date that ends with ``end``: 24:00 belongs to the day before."""
    return local_day(end - _INSTANT)
