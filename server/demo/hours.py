"""When things happen (何时发生): days with their weights, hours of the day, and moments within a promise.

Job: plausible moments, working hours and holidays included; exact where a limit is concerned, by the clocks' own rules.
Never: read the server's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from server.clocks import rules
from server.clocks.calendar import WorkCalendar
from server.clocks.rules import Course
from server.db import CN

HOURS = (0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 1, 3, 8, 11, 11, 7, 3, 3, 6, 10, 10, 8, 5, 4, 3, 2, 1, 0.3)
"""Weight of each hour of the day: mornings and afternoons, few at night."""
WEEKDAYS = (1.15, 1.1, 1.05, 1.05, 1.1, 0.75, 0.6)
HOLIDAY = 0.45
SPREAD = 0.18
"""Relative spread of the days about their weight."""
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Times:
    """Moments on one working calendar."""

    calendar: WorkCalendar

    def reports(self, rng: Random, days: Sequence[date], count: int) -> list[datetime]:
        """Return ``count`` moments within ``days`` (Beijing), in order: fewer at weekends and on holidays."""
        weights = [self._weight(rng, day) for day in days]
        chosen = rng.choices(days, weights, k=count)
        return sorted(datetime.combine(day, _time_of_day(rng), CN) for day in chosen)

    def _weight(self, rng: Random, day: date) -> float:
        is_holiday = day.weekday() < 5 and not self.calendar.is_workday(day)
        return WEEKDAYS[day.weekday()] * (HOLIDAY if is_holiday else 1.0) * max(0.3, rng.gauss(1.0, SPREAD))

    def due(self, course: Course) -> datetime:
        """Return when ``course`` is due."""
        return rules.due(course, self.calendar).at

    def at_share(self, course: Course, share: float) -> datetime:
        """Return the moment at which ``share`` of the counted time from start to due is used up; beyond 1 it is late.

        Pauses and extensions are left to the caller: the share is one of the plain course.
        """
        bare = replace(course, pauses=(), extension=None)
        way, end = rules.reckoning(bare, self.calendar), rules.due(bare, self.calendar).at
        span = way.counted(self.calendar, bare.started_at, end)
        return way.forward(self.calendar, bare.started_at, span * share)

    def after_work(self, moment: datetime, minutes: float) -> datetime:
        """Return the moment at which so many minutes of working time have passed."""
        return self.calendar.add_working_time(moment, minutes * MINUTE)

    def by_day(self, moment: datetime, rng: Random) -> datetime:
        """Return ``moment``, moved to a decent hour when it lies in the night."""
        local = moment.astimezone(CN)
        if 7 <= local.hour < 20:
            return moment
        day = local.date() + (DAY if local.hour >= 20 else timedelta(0))
        return datetime.combine(day, time(8), CN) + rng.uniform(0, 90) * MINUTE


def _time_of_day(rng: Random) -> time:
    hour = rng.choices(range(24), HOURS)[0]
    return time(hour, rng.randrange(60), rng.randrange(60))


def days_of(first: date, last: date) -> list[date]:
    """Return the days from ``first`` to ``last``, both included."""
    return [first + DAY * step for step in range((last - first).days + 1)]
