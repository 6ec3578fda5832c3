"""Counts for everybody (公开统计): events and whistles by township and month, small numbers left out.

Job: one number per township and month; what is small is not told, and no sum gives it away.
Never: name a place finer than a township, or a person.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from server import policy
from server.db import CN, db, now
from server.maps.models import CHANGES, Tally, TallyPlace
from server.whistles.models import Whistle

MONTHS = 12


def counts(year: int) -> dict[str, Any]:
    """Return per kind a row per township with twelve cells: a number, None where it is too small to be told.

    Sums are of the numbers told only, so that none of them gives away what is left out.
    """
    towns = [unit.code for unit in policy.current().units.values() if unit.kind == "township" and unit.takes_part]
    least = policy.current().settings.privacy.small_cell
    found = {"events": _events(year), "whistles": _whistles(year)}
    tables = {kind: [_row(town, cells, least) for town in towns] for kind, cells in found.items()}
    return {
        "year": year,
        "taken_at": now(),
        "is_empty": not any(n != 0 for rows in tables.values() for row in rows for n in row["cells"]),
        "least": least,
        "tables": tables,
        "sums": {kind: _sums(rows) for kind, rows in tables.items()},
    }


Cells = dict[tuple[str, int], int]


def _events(year: int) -> Cells:
    """Return what is folded and what is not yet, in one statement: so a new city is never 0."""
    span = (date(year, 1, 1), date(year, 12, 31))
    folded = (
        sa.select(TallyPlace.township_code, Tally.month.label("day"), Tally.n)
        .join(TallyPlace, TallyPlace.id == Tally.place_id)
        .where(Tally.facet == "", Tally.month.between(*span))
    )
    changes = CHANGES.c
    waiting = sa.select(changes.township_code, changes.day, changes.sign)
    both = sa.union_all(folded, waiting.where(changes.unit_code == "", changes.day.between(*span))).subquery()
    month = sa.extract("month", both.c.day)
    query = sa.select(both.c.township_code, month, sa.func.sum(both.c.n)).group_by(both.c.township_code, month)
    return {(town or "", int(month)): int(n) for town, month, n in db.session.execute(query)}


def _whistles(year: int) -> Cells:
    local = sa.func.timezone(sa.literal_column("'Asia/Shanghai'"), Whistle.blown_at)
    first, after = (datetime.combine(date(one, 1, 1), time(), CN) for one in (year, year + 1))
    query = (
        sa.select(Whistle.township_code, sa.extract("month", local), sa.func.count())
        .where(Whistle.blown_at >= first, Whistle.blown_at < after)
        .group_by(sa.literal_column("1"), sa.literal_column("2"))
    )
    return {(town or "", int(month)): n for town, month, n in db.session.execute(query)}


def _row(town: str, cells: Cells, least: int) -> dict[str, Any]:
    told = [told_or_not(cells.get((town, month), 0), least) for month in range(1, MONTHS + 1)]
    return {"township": town, "cells": told, "sum": sum(n or 0 for n in told)}


def told_or_not(n: int, least: int) -> int | None:
    """Return ``n``, or None when it is small; nothing at all is nothing small."""
    return None if 0 < n < least else n


def _sums(rows: list[dict[str, Any]]) -> list[int]:
    return [sum(row["cells"][month] or 0 for row in rows) for month in range(MONTHS)]
