# ruff: noqa: S608
"""Make all tallies anew, and compare them with the events themselves.

Job: what the tallies must say, from the events; for the command and for tests.
Never: be needed in daily work.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import sqlalchemy as sa

from server.db import db
from server.maps import cells, upto
from server.maps.tallies import BY_DAY, BY_MONTH, CELLS, MONTH, OF_UNIT, PLACE

CONTENT = f"{PLACE}, category, urgency, state"
ALL_EVENTS = """
  select coalesce(grid_id, 0) as grid_id, coalesce(edition_id, 0) as edition_id, coalesce(grid_code, '') as grid_code,
    coalesce(village_code, '') as village_code, coalesce(township_code, '') as township_code,
    (created_at at time zone 'Asia/Shanghai')::date as day, created_at, category, urgency, state, '' as unit_code, id,
    st_x(point) as lon, st_y(point) as lat
  from events
"""
ALL_HELD = f"""
  select e.id as event_id, a.unit_code, created_at, {CONTENT}, lon, lat from ({ALL_EVENTS}) e
  join (select distinct item_id, unit_code from assignments
        where item_kind = 'event' and (until is null or ended_by = 'finished')) a on a.item_id = e.id
"""
HELD_DAY = "(created_at at time zone 'Asia/Shanghai')::date"
DRAFT = f"""
create temporary table counted_anew on commit drop as
  select p.id as place_id, day, category, urgency, state, count(*) as n
  from ({ALL_EVENTS}) as each join tally_places p using ({PLACE}) group by 1, 2, 3, 4, 5
"""
HOLDINGS = "event_id, unit_code, created_at, " + CONTENT + ", lon, lat"


def _by_day(facet: str) -> str:
    """Return the statement that makes the tallies of a facet with days from the draft."""
    return f"""insert into tallies (facet, month, place_id, n, upto)
      select f, m, place_id, sum(n), {upto.GATHERED} from (
        select {facet} as f, {MONTH} as m, place_id, day, sum(n) as n from counted_anew group by 1, 2, 3, 4
      ) as each group by f, m, place_id order by f, m, place_id"""


def _by_month(facet: str) -> str:
    return f"""insert into tallies (facet, month, place_id, n)
      select {facet} as f, {MONTH} as m, place_id, sum(n) from counted_anew
      group by f, m, place_id order by f, m, place_id"""


ANEW = (
    "lock table tally_changes in access exclusive mode",
    "set local work_mem = '256MB'",
    "update tally_marks set folded = folded + 1 + (select count(*) from tally_changes)",
    "delete from tally_changes",
    "delete from tallies",
    "delete from tally_holdings",
    f"insert into tally_holdings ({HOLDINGS}) select {HOLDINGS} from ({ALL_HELD}) as held order by created_at",
    f"""insert into tally_places ({PLACE}) select distinct {PLACE} from ({ALL_EVENTS}) as each order by {PLACE}
        on conflict do nothing""",
    DRAFT,
    "analyze counted_anew",
    *map(_by_day, BY_DAY),
    *map(_by_month, BY_MONTH),
    f"""insert into tallies (facet, month, place_id, n)
        select {OF_UNIT} as f, {MONTH} as m, p.id, count(*) from (select *, {HELD_DAY} as day from tally_holdings) h
        join tally_places p using ({PLACE}) group by f, m, p.id order by f, m, p.id""",
    "drop table counted_anew",
)
"""Holdings and tallies but those by cell; the same as CELLS, which the tests hold them to."""


def rebuild() -> int:
    """Make all tallies anew from the events and return how many there are; reports wait until the commit."""
    for statement in ANEW:
        db.session.execute(sa.text(statement))
    cells.rebuild()
    return int(db.session.scalar(sa.text("select count(*) from tallies")) or 0)


COUNTED = f"""
  select {PLACE}, day, category, urgency, state, '' as unit_code, count(*) as n from ({ALL_EVENTS}) as each
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9
  union all
  select {PLACE}, {HELD_DAY}, '', '', '', unit_code, count(*) from ({ALL_HELD}) as each
  group by 1, 2, 3, 4, 5, 6, unit_code
"""
"""What the tallies must say, from the events themselves."""
START = f"case when has_days then day else {MONTH} end as start"
WRONG = sa.text(f"""
with kept as (
  select facet, case when upto is null then 'month' else 'day' end as span, month + (apart.day - 1)::int as start,
    {PLACE}, apart.n
  from tallies join tally_places p on p.id = place_id
  cross join lateral (select n, 1::bigint as day where upto is null
    union all select apart.n, apart.day from {upto.APART} where upto is not null) as apart
  union all
  select facet, 'month', month, {PLACE}, n - upto[{upto.LAST_DAY}]
  from tallies join tally_places p on p.id = place_id where upto is not null
  union all
  select facet, case when has_days then 'day' else 'month' end, {START}, {PLACE}, sign
  from tally_changes net cross join lateral ({CELLS}) as cell
), told as (
  select facet, case when has_days then 'day' else 'month' end, {START}, {PLACE}, -n
  from ({COUNTED}) net cross join lateral ({CELLS}) as cell
)
select facet, span, start, grid_code, sum(n) as off from (select * from kept union all select * from told) as every
group by facet, span, start, {PLACE} having sum(n) <> 0 limit :limit
""")
WRONG_HOLDINGS = sa.text(f"""
select 'd:' || unit_code as facet, 'held' as span, {HELD_DAY} as start, grid_code, sign as off from (
  select 1 as sign, * from (select {HOLDINGS} from tally_holdings except select {HOLDINGS} from ({ALL_HELD}) as b) a
  union all
  select -1, * from (select {HOLDINGS} from ({ALL_HELD}) as b except select {HOLDINGS} from tally_holdings) a
) as every limit :limit
""")


def differences(limit: int = 20) -> list[dict[str, Any]]:
    """Return up to ``limit`` tallies and holdings that differ from the events; none is as it should be."""
    found = [row._asdict() for wrong in (WRONG, WRONG_HOLDINGS) for row in db.session.execute(wrong, {"limit": limit})]
    return [*found, *islice(cells.differences(), limit)][:limit]
