"""When a running clock speaks up: the moments of its ladder (催办阶梯) and the colour of its lamp.

Job: turn a course and a ladder into moments, the same each time (spec 4 rule 6, spec 8 ER13).
Never: do what a rung says, read a clock or the database.

A rung below 1 lies where that fraction of the counted time between start and due has passed: working time for limits
in working hours and days, every minute for the others, pauses left out. The rung 1 is the due moment. A rung f above 1
lies where f − 1 times the limit, counted on from the due moment, is over: 2 WH at factor 2 is 4 WH after the start,
1 WD at factor 2 is the end of the second working day. After the last rung the ladder's ``repeat`` goes on for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from server.clocks import rules
from server.clocks.calendar import WorkCalendar
from server.clocks.rules import Course, Due
from server.policy.model import Ladder, Rung

DUE = 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """The ``index``-th time a clock rings, counted from 0 (beyond the ladder's rungs a repetition); aware UTC."""

    index: int
    rung: Rung
    at: datetime


class Schedule:
    """All moments of one clock; cheap to make, each moment is computed when asked."""

    def __init__(self, course: Course, ladder: Ladder, calendar: WorkCalendar) -> None:
        """Compute the due moment; ValueError as in :func:`server.clocks.rules.reckoning`."""
        self.course, self.ladder, self.calendar = course, ladder, calendar
        self.due: Due = rules.due(course, calendar)
        self._way = rules.reckoning(course, calendar)

    def moments(self) -> list[Moment]:
        """Return the moments of the ladder's rungs, in order, without repetitions."""
        return [self.moment(index) for index in range(len(self.ladder.rungs))]

    def moment(self, index: int) -> Moment:
        """Return the ``index``-th moment."""
        beyond = index - len(self.ladder.rungs)
        if beyond >= 0:
            return Moment(index, self.ladder.repeat_rung, self._repeated(beyond + 1).astimezone(UTC))
        rung = self.ladder.rungs[index]
        return Moment(index, rung, self._at(rung.factor).astimezone(UTC))

    def after(self, moment: datetime) -> Moment:
        """Return the first moment later than ``moment``."""
        return next(found for found in map(self.moment, count()) if found.at > moment)

    def lamp(self, moment: datetime) -> str:
        """Return the colour at ``moment``: that of the last rung reached, green before the first."""
        reached = [found.rung.lamp for found in self.moments() if found.at <= moment]
        return reached[-1] if reached else "green"

    def _at(self, factor: float) -> datetime:
        if factor == DUE:
            return self.due.at
        return self._before_due(factor) if factor < DUE else self._overdue(factor)

    def _before_due(self, fraction: float) -> datetime:
        """Walk from the start to the due moment, stepping over the pauses, until the fraction is used up."""
        stretches = self._stretches()
        left = sum((self._way.counted(self.calendar, *stretch) for stretch in stretches), timedelta(0)) * fraction
        for start, end in stretches:
            here = self._way.counted(self.calendar, start, end)
            if here >= left:
                return self._way.forward(self.calendar, start, left)
            left -= here
        return self.due.at

    def _stretches(self) -> list[tuple[datetime, datetime]]:
        """Return the spans between start and due in which the clock runs."""
        found, since = [], self.course.started_at
        for pause in rules.pauses_since(self.course.pauses, since):
            if pause.start < self.due.at:
                found.append((since, pause.start))
                since = pause.end
        return [*found, (since, self.due.at)]

    def _overdue(self, factor: float) -> datetime:
        end = self._way.onward(self.calendar, self.due.at, factor - DUE)
        for pause in rules.pauses_since(self.course.pauses, self.due.at):
            if pause.start < end:
                end = self._way.moved(self.calendar, end, pause)
        return end

    def _repeated(self, times: int) -> datetime:
        last = self.moment(len(self.ladder.rungs) - 1).at
        repeat = self.ladder.repeat
        return rules.RECKONINGS[repeat.unit](repeat).onward(self.calendar, last, times)
