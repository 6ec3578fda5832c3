# ruff: noqa: S608
"""Keep the tallies: fold the changes in that acts left.

Job: a change is folded exactly once; who adds tallies and changes in one statement counts exactly what is committed.
Never: make a writer wait: acts only append changes, the worker folds them.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.db import db
from server.maps import cells, upto

BATCH = 5_000
PLACE = "grid_id, edition_id, grid_code, village_code, township_code"
MONTH = "date_trunc('month', day)::date"
BY_DAY = ("''", "'s:' || state", "'u:' || urgency", "'g:' || left(category, 1)")
BY_MONTH = ("'c:' || category",)
OF_UNIT = "'d:' || unit_code"
CELLS = f"""
  select * from (values {", ".join(f"({facet}, true)" for facet in BY_DAY)},
    {", ".join(f"({facet}, false)" for facet in BY_MONTH)}) as event (facet, has_days) where unit_code = ''
  union all
  select {OF_UNIT}, false where unit_code <> ''
"""
"""In which tallies one event counts: ``rules.FACETS``. A group is its leaves' first letter."""
FOLD = sa.text(f"""
with taken as (
  delete from tally_changes where ctid = any(array(select ctid from tally_changes limit :batch)) returning *
), net as (
  select {PLACE}, day, category, urgency, state, unit_code, sum(sign) as n from taken group by 1,2,3,4,5,6,7,8,9,10
  having sum(sign) <> 0
), spots as (
  select township_code, day, lon, lat, sum(sign) as n from taken where unit_code = '' group by 1, 2, 3, 4
  having sum(sign) <> 0
), fresh as (
  insert into tally_places ({PLACE}) select distinct {PLACE} from net order by {PLACE}
  on conflict do nothing returning id, {PLACE}
), known as (
  select id, {PLACE} from fresh union all select id, {PLACE} from tally_places
), days as (
  select facet, has_days, {MONTH} as month, day, known.id as place_id, sum(net.n) as n
  from net join known using ({PLACE}) cross join lateral ({CELLS}) as cell group by 1, 2, 3, 4, 5 having sum(net.n) <> 0
), done as (
  insert into tallies (facet, month, place_id, n, upto)
  select facet, month, place_id, sum(n), case when has_days then {upto.GATHERED} end
  from days group by facet, has_days, month, place_id order by 1, 2, 3
  on conflict (facet, month, place_id) do update set {upto.added("tallies")} returning facet, month, place_id, n, upto
), counted as (
  update tally_marks set folded = folded + (select count(*) from taken)
)
select (select count(*) from taken) as taken, facet, month, place_id, null::text as township_code, null::date as day,
  null::float8 as lon, null::float8 as lat, n from done where n = 0 and not (0 <> any(coalesce(upto, '{{}}')))
union all select (select count(*) from taken), null, null, null, township_code, day, lon, lat, n from spots
union all select (select count(*) from taken), null, null, null, null, null, null, null, null
""")
EMPTY = sa.text("""
delete from tallies t using unnest(cast(:facets as text[]), cast(:months as date[]), cast(:places as integer[]))
  as gone (facet, month, place_id)
where (t.facet, t.month, t.place_id) = (gone.facet, gone.month, gone.place_id)
  and t.n = 0 and not (0 <> any(coalesce(upto, '{}')))
""")
"""In between a month may sum up to nothing while its days do not: such a tally stays."""


def fold(batch: int = BATCH) -> int:
    """Fold up to ``batch`` changes into the tallies and return how many; waits while another process folds."""
    db.session.execute(sa.text("select from tally_marks for update"))
    rows = db.session.execute(FOLD, {"batch": batch}).all()
    gone = [row for row in rows if row.facet is not None]
    if gone:
        names = {"facets": "facet", "months": "month", "places": "place_id"}
        db.session.execute(EMPTY, {key: [getattr(row, name) for row in gone] for key, name in names.items()})
    cells.add((row.township_code, row.day, row.lon, row.lat, row.n) for row in rows if row.day is not None)
    return int(rows[0].taken)


VERSION = sa.text("select folded + (select count(*) from tally_changes) from tally_marks")


def version() -> int:
    """Return how many changes of events are committed: it differs whenever any map of events may differ."""
    return int(db.session.scalar(VERSION) or 0)
