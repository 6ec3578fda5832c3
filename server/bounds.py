"""What no field of any request may hold, whatever its shape (取值边界): the server could not keep it, or not show it.

Job: find a NUL in a text, a moment out of reach, a number beyond what JSON programs agree on, a bottomless nesting.
Never: know a shape; that is the schemas' work.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

FIRST, LAST = date(1900, 1, 1), date(2200, 1, 1)
"""No matter of this district lies before or after; PostgreSQL reaches farther than the clocks that read it back."""
WHOLE_MAX = 2**53
"""Whole numbers up to here mean the same to every program (RFC 7493)."""
DEEPEST = 32


def is_in_reach(moment: datetime) -> bool:
    """Tell whether a moment has a zone and lies between ``FIRST`` and ``LAST``."""
    if moment.tzinfo is None:
        return False
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (FIRST, LAST))
    return first <= moment < last


CHECKS: tuple[tuple[type, Callable[[Any], bool], str], ...] = (
    (str, lambda text: "\x00" not in text, "不能含有空字符 (NUL is not allowed)"),
    (datetime, is_in_reach, "时间超出范围 (out of range)"),
    (date, lambda day: FIRST <= day < LAST, "日期超出范围 (out of range)"),
    (int, lambda number: abs(number) <= WHOLE_MAX, "数值过大 (too large)"),
    (float, math.isfinite, "不是有限数值 (not a finite number)"),
)
"""Kind of value → what must hold of it; the first kind that fits counts."""


@cache
def _check(kind: type) -> tuple[Callable[[Any], bool], str] | None:
    """Return what must hold of values of just this kind."""
    return next(((holds, why) for asked, holds, why in CHECKS if issubclass(kind, asked)), None)


def fault(value: Any) -> str | None:
    """Return why ``value``, or anything within it, cannot be kept; None when all is well."""
    left = [(value, 0)]
    while left:
        found, depth = left.pop()
        if depth > DEEPEST:
            return "嵌套过深 (nested too deeply)"
        if isinstance(found, dict):
            left.extend((part, depth + 1) for pair in found.items() for part in pair)
        elif isinstance(found, list | tuple):
            left.extend((part, depth + 1) for part in found)
        elif why := _told(found):
            return why
    return None


def _told(value: Any) -> str | None:
    check = _check(type(value))
    return check[1] if check and not check[0](value) else None


def faults(data: dict[str, Any]) -> dict[str, list[str]]:
    """Return for each field of ``data`` that cannot be kept the reason."""
    return {name: [why] for name, value in data.items() if (why := fault([name, value]))}
