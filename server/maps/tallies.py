# ruff: noqa: S608
"""Keep the tallies: fold changes in, make all anew, compare with the events themselves.

Job: a change is folded exactly once; who adds tallies and changes in one statement counts exactly what is committed.
Never: make a writer wait: acts only append changes, the worker folds them.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.db import db

BATCH = 5_000
PLACE = "grid_id, edition_id, grid_code, village_code, township_code"
MONTH = "date_trunc('month', day)::date"
CELLS = f"""
  select * from (values
    ('', 'day', day), ('', 'month', {MONTH}),
    ('s:' || state, 'day', day), ('s:' || state, 'month', {MONTH}),
    ('u:' || urgency, 'day', day), ('u:' || urgency, 'month', {MONTH}),
    ('c:' || category, 'month', {MONTH}), ('c:' || left(category, 1), 'month', {MONTH})
  ) as event (facet, span, start) where unit_code = ''
  union all
  select * from (values ('d:' || unit_code, 'day', day), ('d:' || unit_code, 'month', {MONTH}))
    as held (facet, span, start) where unit_code <> ''
"""
"""In which tallies one event counts: the facets and spans of ``rules.FACETS``. A group is its leaves' first letter."""

FOLD = sa.text(f"""
with taken as (
  delete from tally_changes where ctid = any(array(select ctid from tally_changes limit :batch)) returning *
), net as (
  select {PLACE}, day, category, urgency, state, unit_code, sum(sign) as n from taken group by 1,2,3,4,5,6,7,8,9,10
  having sum(sign) <> 0
), fresh as (
  insert into tally_places ({PLACE}) select distinct {PLACE} from net order by {PLACE}
  on conflict do nothing returning id, {PLACE}
), known as (
  select id, {PLACE} from fresh union all select id, {PLACE} from tally_places
), cells as (
  select facet, span, start, known.id as place_id, sum(net.n) as n
  from net join known using ({PLACE}) cross join lateral ({CELLS}) as cell group by 1, 2, 3, 4 having sum(net.n) <> 0
), done as (
  insert into tallies (facet, span, start, place_id, n) select * from cells order by 1, 2, 3, 4
  on conflict (facet, span, start, place_id) do update set n = tallies.n + excluded.n
  returning facet, span, start, place_id, n
), counted as (
  update tally_marks set folded = folded + (select count(*) from taken)
)
select (select count(*) from taken) as taken, facet, span, start, place_id from done where n = 0
union all select (select count(*) from taken), null, null, null, null
""")
EMPTY = sa.text("""
delete from tallies t using unnest(cast(:facets as text[]), cast(:spans as text[]), cast(:starts as date[]),
                                   cast(:places as integer[])) as gone (facet, span, start, place_id)
where (t.facet, t.span, t.start, t.place_id) = (gone.facet, gone.span, gone.start, gone.place_id) and t.n = 0
""")


def fold(batch: int = BATCH) -> int:
    """Fold up to ``batch`` changes into the tallies and return how many; waits while another process folds."""
    db.session.execute(sa.text("select from tally_marks for update"))
    rows = db.session.execute(FOLD, {"batch": batch}).all()
    gone = [row for row in rows if row.facet is not None]
    if gone:
        names = {"facets": "facet", "spans": "span", "starts": "start", "places": "place_id"}
        db.session.execute(EMPTY, {key: [getattr(row, name) for row in gone] for key, name in names.items()})
    return int(rows[0].taken)


ALL_EVENTS = """
  select coalesce(grid_id, 0) as grid_id, coalesce(edition_id, 0) as edition_id, coalesce(grid_code, '') as grid_code,
    coalesce(village_code, '') as village_code, coalesce(township_code, '') as township_code,
    (created_at at time zone 'Asia/Shanghai')::date as day, category, urgency, state, '' as unit_code, id
  from events
"""
ALL_HELD = f"""
  select distinct {PLACE}, day, '', '', '', a.unit_code, a.item_id from ({ALL_EVENTS}) e
  join assignments a on a.item_id = e.id and a.item_kind = 'event' and (a.until is null or a.ended_by = 'finished')
"""
COUNTED = f"""
  select {PLACE}, day, category, urgency, state, unit_code, count(*) as n
  from ({ALL_EVENTS} union all {ALL_HELD}) as each group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""
"""What the tallies must say, from the events themselves."""

DRAFT = f"""
create temporary table counted_anew on commit drop as
  select p.id as place_id, day, category, urgency, state, unit_code
  from ({ALL_EVENTS} union all {ALL_HELD}) as each join tally_places p using ({PLACE})
"""
BY_DAY = ("''", "'s:' || state", "'u:' || urgency")
BY_MONTH = ("'c:' || category", "'c:' || left(category, 1)")


def _counted(facet: str, span: str, start: str, which: str) -> str:
    """Return the statement that makes the tallies of one facet from the draft."""
    return f"""insert into tallies (facet, span, start, place_id, n)
      select {facet} as f, '{span}', {start} as s, place_id, count(*) from counted_anew where {which}
      group by f, s, place_id order by f, s, place_id"""


ANEW = (
    "lock table tally_changes in access exclusive mode",
    "set local work_mem = '256MB'",
    "update tally_marks set folded = folded + 1 + (select count(*) from tally_changes)",
    "delete from tally_changes",
    "delete from tallies",
    f"""insert into tally_places ({PLACE}) select distinct {PLACE} from ({ALL_EVENTS}) as each order by {PLACE}
        on conflict do nothing""",
    DRAFT,
    "analyze counted_anew",
    *(_counted(facet, "day", "day", "unit_code = ''") for facet in BY_DAY),
    _counted("'d:' || unit_code", "day", "day", "unit_code <> ''"),
    f"""insert into tallies (facet, span, start, place_id, n)
        select facet, 'month', {MONTH.replace("day", "start")} as s, place_id, sum(n) from tallies where span = 'day'
        group by facet, s, place_id order by facet, s, place_id""",
    *(_counted(facet, "month", MONTH, "unit_code = ''") for facet in BY_MONTH),
    "drop table counted_anew",
)
"""Days from the events, months from the days; the same cells as CELLS, which the tests hold them to."""


def rebuild() -> int:
    """Make all tallies anew from the events and return how many there are; reports wait until the commit."""
    for statement in ANEW:
        db.session.execute(sa.text(statement))
    return int(db.session.scalar(sa.text("select count(*) from tallies")) or 0)


WRONG = sa.text(f"""
with kept as (
  select facet, span, start, {PLACE}, n from tallies join tally_places p on p.id = place_id
  union all
  select facet, span, start, {PLACE}, sign as n from tally_changes net cross join lateral ({CELLS}) as cell
), told as (
  select facet, span, start, {PLACE}, -n as n from ({COUNTED}) net cross join lateral ({CELLS}) as cell
)
select facet, span, start, grid_code, sum(n) as off from (select * from kept union all select * from told) as every
group by facet, span, start, {PLACE} having sum(n) <> 0 limit :limit
""")


def differences(limit: int = 20) -> list[dict[str, Any]]:
    """Return up to ``limit`` tallies that differ from the events, in one snapshot; none is as it should be."""
    return [row._asdict() for row in db.session.execute(WRONG, {"limit": limit})]


VERSION = sa.text("select folded + (select count(*) from tally_changes) from tally_marks")


def version() -> int:
    """Return how many changes of events are committed: it differs whenever any map of events may differ."""
    return int(db.session.scalar(VERSION) or 0)
