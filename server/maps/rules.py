"""How a question is cut into what tallies know and what must be counted one by one (pure).

Job: facets of a question; a period as whole months, whole days and the rest.
Never: know a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

DAY, MONTH = "day", "month"
EVERYTHING = ""
"""The facet of all events."""

Range = tuple[date, date]
"""From the first day on, before the second."""
Stretch = tuple[datetime, datetime]
"""From the first moment on, before the second."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A way of counting: the letter before its values, and whether days are known besides whole months."""

    prefix: str
    has_days: bool


FACETS = {
    "state": Facet("s:", True),
    "urgency": Facet("u:", True),
    "group": Facet("g:", True),
    "category": Facet("c:", False),
    "unit": Facet("d:", False),
}
"""Filter → how it is tallied. Days of a leaf are counted by an index of the events, days of a unit by its holdings."""
ALL = Facet("", True)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to add up: the facets, whole months, days of single months, and the stretches to count one by one."""

    facets: tuple[str, ...]
    months: Range | None
    days: tuple[Range, ...]
    rest: tuple[Stretch, ...]
    has_days: bool = False

    @property
    def covered(self) -> Range | None:
        """Return the days that tallies answer for, or None."""
        ranges = [*self.days, *([self.months] if self.months else [])]
        return (min(first for first, _ in ranges), max(last for _, last in ranges)) if ranges else None


def facets(given: dict[str, Sequence[str]]) -> tuple[Facet, tuple[str, ...]] | None:
    """Return the facet and its values for the filters ``given`` (those that are empty do not count).

    None when several filters meet: no tally knows their combination.
    """
    asked = [(name, values) for name, values in given.items() if values]
    if not asked:
        return ALL, (EVERYTHING,)
    if len(asked) > 1:
        return None
    [(name, values)] = asked
    facet = FACETS[name]
    return facet, tuple(f"{facet.prefix}{value}" for value in values)


def plan(found: tuple[Facet, tuple[str, ...]] | None, since: datetime, until: datetime, zone: tzinfo) -> Plan:
    """Cut the half-open period ``since`` … ``until`` into whole months and days of ``zone`` and the rest."""
    if found is None:
        return Plan((), None, (), ((since, until),))
    facet, values = found
    first, last = _day_at_or_after(since, zone), _day_at_or_before(until, zone)
    months = _months(first, last)
    days: tuple[Range, ...] = ()
    if facet.has_days:
        around = ((first, months[0]), (months[1], last)) if months else _by_month(first, last)
        days = tuple(part for part in around if part[0] < part[1])
    made = Plan(values, months, days, (), facet.has_days)
    covered = made.covered
    if covered is None:
        return Plan(values, None, (), ((since, until),))
    begin, end = (datetime.combine(day, time(), zone) for day in covered)
    rest = tuple(part for part in ((since, begin), (end, until)) if part[0] < part[1])
    return Plan(values, months, days, rest, facet.has_days)


def _day_at_or_after(moment: datetime, zone: tzinfo) -> date:
    local = moment.astimezone(zone)
    return local.date() if local.time() == time() else local.date() + timedelta(days=1)


def _day_at_or_before(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def _months(first: date, last: date) -> Range | None:
    """Return the whole months between two days, or None."""
    begin = first if first.day == 1 else next_month(first)
    end = last.replace(day=1)
    return (begin, end) if begin < end else None


def _by_month(first: date, last: date) -> tuple[Range, Range]:
    """Cut days without a whole month among them where the month ends."""
    turn = min(next_month(first), last)
    return (first, turn), (turn, last)


def next_month(day: date) -> date:
    """Return the first day of the month after that of ``day``."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
