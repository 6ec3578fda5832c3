# ruff: noqa: S608
"""Keep the tallies by H3 cell: add what was folded, make all anew, compare with the events.

Job: every event counts once in a cell of each resolution; cells of different resolutions do not nest, so each is found
from the place itself.
Never: read for a map.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa

from gis.density import cells_of
from server.db import db
from server.maps import upto

RESOLUTIONS = range(5, 10)
"""Those that are tallied; finer cells hold so little that the events themselves are counted."""

Key = tuple[int, date, str, int]
"""Resolution, month, township, cell."""
Days = defaultdict[Key, list[int]]
"""What comes to each day of the month; the first place is empty."""

ADD = sa.text(f"""
with added as (
  insert into tally_cells (resolution, month, township_code, cell, n, upto)
  select resolution, month, township_code, cell, n, cast(upto as integer[])
  from unnest(cast(:resolutions as smallint[]), cast(:months as date[]), cast(:townships as text[]),
    cast(:cells as bigint[]), cast(:numbers as integer[]), cast(:uptos as text[]))
    as given (resolution, month, township_code, cell, n, upto)
  on conflict (resolution, month, township_code, cell) do update set {upto.added("tally_cells")}
  returning resolution, month, township_code, cell, n, upto
)
select resolution, month, township_code, cell from added where n = 0 and not (0 <> any(upto))
""")
EMPTY = sa.text("""
delete from tally_cells c using unnest(cast(:resolutions as smallint[]), cast(:months as date[]),
  cast(:townships as text[]), cast(:cells as bigint[])) as gone (resolution, month, township_code, cell)
where (c.resolution, c.month, c.township_code, c.cell)
  = (gone.resolution, gone.month, gone.township_code, gone.cell) and n = 0 and not (0 <> any(upto))
""")
NAMES = ("resolutions", "months", "townships", "cells")


def add(spots: Iterable[Any]) -> None:
    """Add ``spots``: rows of township, day, lon, lat and how many came or, below 0, went."""
    found = counted(spots)
    if not found:
        return
    columns = dict(zip(NAMES, map(list, zip(*found, strict=True)), strict=True))
    rows = [[sum(days[: day + 1]) for day in upto.DAYS] for days in found.values()]
    more = {"numbers": [row[-1] for row in rows], "uptos": ["{" + ",".join(map(str, row)) + "}" for row in rows]}
    gone = db.session.execute(ADD, columns | more).all()
    if gone:
        db.session.execute(EMPTY, dict(zip(NAMES, map(list, zip(*gone, strict=True)), strict=True)))


def counted(spots: Iterable[Any]) -> dict[Key, list[int]]:
    """Return what ``spots`` add to each tally, in the order of its key."""
    towns, when, lon, lat, numbers = tuple(zip(*spots, strict=True)) or ((),) * 5
    days = Days(lambda: [0] * (upto.LAST_DAY + 1))
    for resolution in RESOLUTIONS:
        found: defaultdict[Any, int] = defaultdict(int)
        for key, n in zip(zip(towns, when, cells_of(lon, lat, resolution), strict=True), numbers, strict=True):
            found[key] += n
        for (town, day, cell), n in found.items():
            days[resolution, day.replace(day=1), town, cell][day.day] += int(n)
    return dict(sorted((key, each) for key, each in days.items() if any(each)))


SPOTS = sa.text("""
select coalesce(township_code, '') as township_code, (created_at at time zone 'Asia/Shanghai')::date as day,
  st_x(point) as lon, st_y(point) as lat, 1 as n
from events where created_at >= cast(:month as timestamp) at time zone 'Asia/Shanghai'
  and created_at < (cast(:month as timestamp) + interval '1 month') at time zone 'Asia/Shanghai'
""")
MONTHS = sa.text("""
select generate_series(date_trunc('month', min(created_at at time zone 'Asia/Shanghai')),
  max(created_at at time zone 'Asia/Shanghai'), interval '1 month')::date from events
""")


def rebuild() -> None:
    """Make all tallies by cell anew; see tallies for who waits."""
    db.session.execute(sa.text("delete from tally_cells"))
    for month in months():
        count(month)


def months() -> list[date]:
    """Return the months from the first event's to the last one's."""
    return list(db.session.scalars(MONTHS))


def count(month: date) -> None:
    """Make the tallies of a month anew that has none."""
    add(db.session.execute(SPOTS, {"month": month}))


KEPT = sa.text(f"""
select resolution, month, township_code, cell, apart.day, null::date as whole_day, null::float8 as lon,
  null::float8 as lat, apart.n from tally_cells cross join lateral {upto.APART} where apart.n <> 0
union all
select null, null, township_code, null, null, day, lon, lat, sign from tally_changes where unit_code = ''
union all
select null, null, coalesce(township_code, ''), null, null, (created_at at time zone 'Asia/Shanghai')::date,
  st_x(point), st_y(point), -1 from events
""")
"""What is kept, what is not yet folded, and what the events say below 0: the sum is nothing."""


def differences() -> Iterator[dict[str, Any]]:
    """Yield the tallies that differ from the events, by day, in one snapshot."""
    rows = db.session.execute(KEPT).all()
    off = counted((row.township_code, row.whole_day, row.lon, row.lat, row.n) for row in rows if not row.cell)
    for row in rows:
        if row.cell:
            key = (row.resolution, row.month, row.township_code, row.cell)
            off.setdefault(key, [0] * (upto.LAST_DAY + 1))[row.day] += row.n
    for (resolution, month, township, _), days in off.items():
        for day in [day for day, n in enumerate(days) if n]:
            told = {"facet": f"h{resolution}", "span": "day", "start": month.replace(day=day)}
            yield told | {"grid_code": township, "off": days[day]}
