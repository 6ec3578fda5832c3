"""The days of a month in a row (月内累计): numbers up to each day, so that any days of it are one difference.

Job: the SQL that gathers, adds, takes apart and reads such rows.
Never: know what is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from server.maps.rules import Plan, Range, next_month

LAST_DAY = 31
"""A shorter month repeats its total."""
DAYS = range(1, LAST_DAY + 1)
GATHERED = "array[{}]::integer[]".format(
    ", ".join(f"coalesce(sum(n) filter (where extract(day from day) <= {day}), 0)" for day in DAYS)
)
"""The row of a group of (day, n)."""
APART = "unnest(array[{}]) with ordinality as apart (n, day)".format(
    ", ".join(["upto[1]", *(f"upto[{day}] - upto[{day - 1}]" for day in DAYS[1:])])
)
"""A row as (n, day of the month)."""


def added(table: str) -> str:
    """Return the assignments of an upsert that add what comes to what is there."""
    days = ", ".join(f"{table}.upto[{day}] + excluded.upto[{day}]" for day in DAYS)
    return f"n = {table}.n + excluded.n, upto = case when excluded.upto is not null then array[{days}] end"


def months(plan: Plan) -> Range:
    """Return from which month on, before which one, tallies answer."""
    first, last = plan.covered or (date.min, date.min)
    return first.replace(day=1), next_month(last - timedelta(days=1))


def within(table: Any, plan: Plan) -> list[Any]:
    """Return the conditions for the rows of the months that ``plan`` needs."""
    first, behind = months(plan)
    return [table.month >= first, table.month < behind]


def amount(table: Any, plan: Plan) -> Any:
    """Return how many a row adds to a sum over ``plan``: a month's total, or the days of a month."""
    parts = [(table.month == first.replace(day=1), _between(table, first, last)) for first, last in plan.days]
    return sa.case(*parts, else_=table.n) if parts else table.n


def _between(table: Any, first: date, last: date) -> Any:
    """Return the number of the days from ``first`` on, before ``last``, of one month."""
    end = table.upto[(last - timedelta(days=1)).day]
    return end - table.upto[first.day - 1] if first.day > 1 else end


def days(table: Any) -> Sequence[Any]:
    """Return the sums of each day of the months that are grouped."""
    sums = [sa.func.sum(table.upto[day]) for day in DAYS]
    return [sums[0], *(after - before for before, after in pairwise(sums))]
