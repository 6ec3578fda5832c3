"""Time as policy: promises, ladders, the calendar, the law. Never a moment of a single clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from server.policy.limit import Limit, LimitUnit

# What a limit may depend on, besides the leaf (spec 4 and 7).
CIRCUMSTANCES = ("urgency", "whistle", "area", "item", "ongoing", "grade", "supervision", "round", "mark")

# The kinds of item of spec 5, and the words a circumstance may take where no policy file lists them.
ITEMS = (
    "event",
    "whistle",
    "check_in",
    "appeal",
    "letter",
    "dispute",
    "escalation",
    "supervision",
    "campaign",
    "hazard",
    "legacy_case",
    "market_day",
    "market_item",
    "bulletin",
    "instruction",
    "objection",
)
CLOSED: Mapping[str, tuple[str, ...]] = {
    "area": ("built_up", "elsewhere"),
    "item": ITEMS,
    "ongoing": ("yes",),
    "grade": ("general", "major"),
    "supervision": ("ONSITE", "REMIND", "ADVISE", "INTERVIEW", "CIRCULAR", "LISTED", "CLUE"),
    "round": ("second",),
    "mark": ("target",),
}


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit and the circumstances in which it holds, such as ``{"urgency": "U1"}``; none: always."""

    when: Mapping[str, str]
    limit: Limit
    source: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What a clock promises (时限承诺, spec 4).

    `is_right` marks time that belongs to a resident (a right to ask for review): when it ends nothing is breached.
    `statutory` promises are never paused and always roll.
    """

    code: str
    zh: str
    starts_at_zh: str
    items: tuple[str, ...]
    ladder: str
    statutory: bool
    pausable: bool
    is_right: bool
    rows: tuple[LimitRow, ...]
    source: str

    def limit(self, **facts: str | None) -> Limit | None:
        """The limit of the row whose circumstances all hold; the most specific row wins, then the earlier one.

        Circumstances not given count as not holding. None when no row fits.
        """
        fitting = [row for row in self.rows if all(facts.get(key) == value for key, value in row.when.items())]
        return max(fitting, key=lambda row: len(row.when)).limit if fitting else None


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of a ladder: at `factor` times the limit (1.0 = due) it `does` these things and `tells` these roles."""

    factor: float
    does: tuple[str, ...]
    tells: tuple[str, ...]
    lamp: Literal["green", "yellow", "red"]
    zh: str
    source: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """What happens while a clock runs (催办阶梯). After the last rung `repeat` goes on until the clock stops."""

    code: str
    rungs: tuple[Rung, ...]
    repeat: Limit
    repeat_rung: Rung


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that is not what its weekday says: off (放假) or a make-up working day (调休上班)."""

    day: date
    kind: Literal["off", "work"]
    name: str
    provisional: bool
    source: str


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """Whether the notice of the State Council for a year is known."""

    year: int
    status: Literal["published", "provisional"]
    source: str


@dataclass(frozen=True, slots=True)
class SensitivePeriod:
    """A time in which group demands weigh more (敏感时段, ER10); both days included."""

    begins: date
    ends: date
    zh: str
    source: str


@dataclass(frozen=True, slots=True)
class LegalDeadline:
    """A number written in law (法定期限, spec 4). `binds` names the promises and settings it bounds (R13)."""

    code: str
    zh: str
    en: str
    value: int
    unit: str  # a LimitUnit, or people | months | years
    bound: Literal["at_most", "at_least", "exactly", "reference"]
    binds: tuple[str, ...]
    confidence: str
    source: str

    def limit(self) -> Limit | None:
        """The number as a limit; None when it counts people, months or years."""
        return Limit(self.value, LimitUnit(self.unit)) if self.unit in frozenset(LimitUnit) else None
