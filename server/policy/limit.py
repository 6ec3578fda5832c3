"""How long something may take (时限): a number with its unit, read from and written to the text used in policy files.

Never computes a moment: working days need the calendar, and that is the business of the clocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

# The largest number a limit may carry, whatever its unit.
MAX_VALUE = 100_000


class LimitUnit(StrEnum):
    """The units of spec 4 rule 1; `SAME_DAY` ends at 24:00, `SAME_WORK_DAY` at 24:00 of the first working day."""

    MINUTE = "min"
    HOUR = "H"
    WORK_HOUR = "WH"
    WORK_DAY = "WD"
    NATURAL_DAY = "ND"
    SAME_DAY = "same day"
    SAME_WORK_DAY = "same WD"
    GIVEN = "given"
    LEAF = "leaf"


class Given(StrEnum):
    """What a person's own date means for the limit: none wanted, bound by the limit, or replacing it."""

    NEVER = ""
    WITHIN = "given <="
    OR_ELSE = "given else"


COUNTED = frozenset({LimitUnit.MINUTE, LimitUnit.HOUR, LimitUnit.WORK_HOUR, LimitUnit.WORK_DAY, LimitUnit.NATURAL_DAY})
ROLLING = frozenset({LimitUnit.NATURAL_DAY})
_MINUTES = {LimitUnit.MINUTE: 1, LimitUnit.HOUR: 60, LimitUnit.NATURAL_DAY: 1440}
_HALF_A_DAY = {LimitUnit.WORK_DAY: LimitUnit.SAME_WORK_DAY, LimitUnit.NATURAL_DAY: LimitUnit.SAME_DAY}
_TEXT = re.compile(
    r"(?:(?P<given>given <=|given else) )?"
    r"(?:(?P<value>\d{1,6}) (?P<unit>min|H|WH|WD|ND)(?P<roll> roll)?|(?P<word>same day|same WD|given|leaf))"
)
HOW_TO_WRITE = (
    "write a number and a unit such as '30 min', '24 H', '2 WH', '5 WD', '15 ND', '15 ND roll', or 'same day', "
    "'same WD', 'leaf', 'given', 'given <= 24 H', 'given else 5 WD'"
)


class LimitTextError(ValueError):
    """The text is not a limit; the message says how a limit is written."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A promise of time.

    `value` counts `unit`s (0 for the units that are words). `roll` moves a last day on a holiday to the next working
    day (Civil Code art. 203; statutory limits only). `given` says that a person sets the date: `WITHIN` at the latest
    the limit (and the limit runs until a date is set), `OR_ELSE` the limit only when no date is set. The unit `GIVEN`
    alone means that the date must be set; `LEAF` stands for the limit of the item's category.
    """

    value: int
    unit: LimitUnit
    roll: bool = False
    given: Given = Given.NEVER

    def __post_init__(self) -> None:
        """Refuse a limit that says nothing: no number, a rolling hour, a date bound by no computable limit."""
        counted = self.unit in COUNTED
        if counted and not 1 <= self.value <= MAX_VALUE:
            raise LimitTextError(f"a limit in {self.unit} needs a whole number from 1 to {MAX_VALUE}, not {self.value}")
        if not counted and self.value:
            raise LimitTextError(f"'{self.unit}' takes no number")
        if self.roll and self.unit not in ROLLING:
            raise LimitTextError("only natural days (ND) can roll over a holiday")
        if self.given and self.unit in (LimitUnit.GIVEN, LimitUnit.LEAF):
            raise LimitTextError(f"'{self.given}' needs a limit that can be computed after it")

    @classmethod
    def parse(cls, text: str) -> Limit:
        """The limit written as `text`, such as ``15 ND roll``; LimitTextError when it is none."""
        found = _TEXT.fullmatch(" ".join(text.split()))
        if found is None:
            raise LimitTextError(f"'{text}' is not a limit: {HOW_TO_WRITE}")
        given = Given(found["given"] or "")
        if found["word"]:
            return cls(0, LimitUnit(found["word"]), given=given)
        return cls(int(found["value"]), LimitUnit(found["unit"]), found["roll"] is not None, given)

    def __str__(self) -> str:
        """The text `parse` reads back to an equal limit."""
        number = f"{self.value} {self.unit}" if self.unit in COUNTED else str(self.unit)
        return " ".join(part for part in (str(self.given), number, "roll" if self.roll else "") if part)

    def half(self) -> Limit:
        """At most half of this limit and never nothing: what a rework gets (EV-17). Limits that are words stay.

        Whole units are kept: half of 15 WD is 7 WD, half of one day is the rest of the day; an odd hour is split.
        """
        minutes = self.value * _MINUTES[LimitUnit.HOUR] // 2
        if self.unit is LimitUnit.HOUR and self.value % 2 and minutes <= MAX_VALUE:
            return replace(self, value=minutes, unit=LimitUnit.MINUTE)
        if self.value > 1:
            return replace(self, value=self.value // 2)
        return replace(self, value=0, unit=_HALF_A_DAY[self.unit], roll=False) if self.unit in _HALF_A_DAY else self

    def minutes(self) -> int | None:
        """Length in minutes where no working calendar is needed, else None; the same day counts as a day."""
        if self.unit is LimitUnit.SAME_DAY:
            return _MINUTES[LimitUnit.NATURAL_DAY]
        return self.value * _MINUTES[self.unit] if self.unit in _MINUTES else None
