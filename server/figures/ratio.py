"""A figure as it is shown: two counts and what they make.

Job: two decimals, half up; a denominator of nothing is "—", never 100 % (spec 11).
Never: ask the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

NOTHING = "—"
Unit = Literal["percent", "per_100", "complement"]
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Ratio:
    """Numerator and denominator of a figure; ``complement`` is 1 − the ratio."""

    numerator: int
    denominator: int
    unit: Unit = "percent"

    @property
    def value(self) -> Decimal | None:
        """Return the value in percent (or per 100), two decimals half up; None when there is nothing to divide by."""
        if self.denominator == 0:
            return None
        share = Decimal(self.numerator) * 100 / Decimal(self.denominator)
        if self.unit == "complement":
            share = 100 - share
        return share.quantize(_CENT, ROUND_HALF_UP)

    @property
    def text(self) -> str:
        """Return the value as people read it: 99.12 %, or — when there was nothing due."""
        if self.value is None:
            return NOTHING
        return f"{self.value}" if self.unit == "per_100" else f"{self.value} %"


def change(this: int, last: int) -> str:
    """Return the change against the same period before, signed, two decimals: -12.91 % (K20)."""
    if last == 0:
        return NOTHING
    share = (Decimal(this - last) * 100 / Decimal(last)).quantize(_CENT, ROUND_HALF_UP)
    return f"{share:+} %"
