"""tallies by month with their days in a row; what units hold row by row; tallies by H3 cell; places of changes"""

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

import h3.api.basic_int as h3
import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

PLACE = "grid_id, edition_id, grid_code, village_code, township_code"
HERE = (
    "coalesce({0}.grid_id, 0), coalesce({0}.edition_id, 0),"
    " coalesce({0}.grid_code, ''), coalesce({0}.village_code, ''), coalesce({0}.township_code, '')"
)
DAY = "({0}.created_at at time zone 'Asia/Shanghai')::date"
COLUMNS = f"insert into tally_changes (sign, day, {PLACE}, category, urgency, state, unit_code, lon, lat)"
HELD = "(a.until is null or a.ended_by = 'finished')"
CONTENT = f"{PLACE}, category, urgency, state, lon, lat"
WATCHED = "grid_id, edition_id, grid_code, village_code, township_code, category, urgency, state, point"


def point(event: str) -> str:
    """Return the place of an event."""
    return f"st_x({event}.point), st_y({event}.point)"


def content(event: str) -> str:
    """Return what a holding copies from its event."""
    return f"{HERE.format(event)}, {event}.category, {event}.urgency, {event}.state, {point(event)}"


def row(sign: str, event: str) -> str:
    """Return the values of one change of an event."""
    place, day = HERE.format(event), DAY.format(event)
    return f"{sign}, {day}, {place}, {event}.category, {event}.urgency, {event}.state, '', {point(event)}"


def units(sign: str, event: str) -> str:
    """Return the changes of the units that hold an event."""
    return f"""{COLUMNS} select {sign}, {DAY.format(event)}, {HERE.format(event)}, '', '', '', h.unit_code, null, null
      from tally_holdings h where h.event_id = {event}.id"""


REPORTED = f"""
create function tally_reported() returns trigger language plpgsql as $$
begin
  {COLUMNS} select {row("1", "e")} from fresh e;
  return null;
end $$;
create trigger events_tally_reported after insert on events referencing new table as fresh
  for each statement execute function tally_reported();
"""

MOVED = f"""
create function tally_moved() returns trigger language plpgsql as $$
begin
  {COLUMNS} values ({row("-1", "old")}), ({row("1", "new")});
  if ({HERE.format("old")}) is distinct from ({HERE.format("new")}) then
    {units("-1", "old")};
    {units("1", "new")};
  end if;
  update tally_holdings set ({CONTENT}) = ({content("new")}) where event_id = new.id;
  return null;
end $$;
create trigger events_tally_moved after update on events for each row
  when (({", ".join("old." + name for name in WATCHED.split(", "))})
    is distinct from ({", ".join("new." + name for name in WATCHED.split(", "))}))
  execute function tally_moved();
create function tally_erased() returns trigger language plpgsql as $$
begin
  {COLUMNS} values ({row("-1", "old")});
  {units("-1", "old")};
  delete from tally_holdings where event_id = old.id;
  return null;
end $$;
create trigger events_tally_erased after delete on events for each row execute function tally_erased();
"""

ASSIGNED = f"""
create function tally_assigned() returns trigger language plpgsql as $$
declare
  one assignments := coalesce(new, old);
  was boolean := tg_op <> 'INSERT' and coalesce(old.until is null or old.ended_by = 'finished', false);
  holds boolean := tg_op <> 'DELETE' and coalesce(new.until is null or new.ended_by = 'finished', false);
begin
  if was = holds or one.item_kind <> 'event' then
    return null;
  end if;
  lock table tally_changes in row exclusive mode; -- before a holding, as every act does: a rebuild locks it first too
  if holds then
    with held as (
      insert into tally_holdings (event_id, unit_code, created_at, {CONTENT})
        select e.id, one.unit_code, e.created_at, {content("e")} from events e where e.id = one.item_id for share
        on conflict do nothing returning *
    )
    {COLUMNS} select 1, {DAY.format("held")}, {HERE.format("held")}, '', '', '', unit_code, null, null from held;
  elsif not exists (
    select from assignments a
    where a.item_id = one.item_id and a.unit_code = one.unit_code and a.id <> one.id and {HELD}
  ) then
    with held as (
      delete from tally_holdings where event_id = one.item_id and unit_code = one.unit_code returning *
    )
    {COLUMNS} select -1, {DAY.format("held")}, {HERE.format("held")}, '', '', '', unit_code, null, null from held;
  end if;
  return null;
end $$;
create trigger assignments_tally after insert or update or delete on assignments
  for each row execute function tally_assigned();
"""

HOLDINGS = f"""
insert into tally_holdings (event_id, unit_code, created_at, {CONTENT})
  select e.id, a.unit_code, e.created_at, {content("e")}
  from (select distinct item_id, unit_code from assignments a where item_kind = 'event' and {HELD}) a
  join events e on e.id = a.item_id order by e.created_at
"""
MONTH = "date_trunc('month', {0})::date"
UPTO = ", ".join(f"coalesce(sum(n) filter (where extract(day from day) <= {day}), 0)" for day in range(1, 32))
FACETS = ("''", "'s:' || state", "'u:' || urgency", "'g:' || left(category, 1)")
DAYS = f"""
create temporary table tally_days on commit drop as
  select p.id as place_id, {DAY.format("e")} as day, category, urgency, state, count(*) as n
  from events e join tally_places p on ({HERE.format("e")})
    = (p.grid_id, p.edition_id, p.grid_code, p.village_code, p.township_code) group by 1, 2, 3, 4, 5
"""


def counted(facet: str) -> str:
    """Return the statement that makes the tallies of a facet with days."""
    return f"""insert into tallies (facet, month, place_id, n, upto)
      select facet, month, place_id, sum(n), array[{UPTO}]::integer[] from (
        select {facet} as facet, {MONTH.format("day")} as month, place_id, day, sum(n) as n
        from tally_days group by 1, 2, 3, 4
      ) as each group by 1, 2, 3 order by 1, 2, 3"""


FILLED = (
    HOLDINGS,
    "analyze tally_holdings",
    f"""insert into tally_places ({PLACE}) select distinct {HERE.format("e")} from events e order by 1, 2, 3, 4, 5
        on conflict do nothing""",
    DAYS,
    *map(counted, FACETS),
    f"""insert into tallies (facet, month, place_id, n)
        select 'c:' || category, {MONTH.format("day")}, place_id, sum(n) from tally_days
        group by 1, 2, 3 order by 1, 2, 3""",
    f"""insert into tallies (facet, month, place_id, n)
        select 'd:' || unit_code, {MONTH.format(DAY.format("h"))}, p.id, count(*) from tally_holdings h
        join tally_places p using ({PLACE}) group by 1, 2, 3 order by 1, 2, 3""",
    "drop table tally_days",
    "analyze tallies",
)
MONTHS = f"select distinct {MONTH.format(DAY.format('e'))} from events e order by 1"
SPOTS = f"""
select coalesce(township_code, ''), extract(day from {DAY.format("e")})::int, st_x(point), st_y(point) from events e
where created_at >= cast(:month as timestamp) at time zone 'Asia/Shanghai'
  and created_at < cast(:month as timestamp) at time zone 'Asia/Shanghai' + interval '1 month'
"""
RESOLUTIONS = range(5, 10)
CELLS = sa.text("""
insert into tally_cells (resolution, month, township_code, cell, n, upto)
  values (:resolution, :month, :township, :cell, :n, cast(:upto as integer[]))
""")


def cells(spots: Iterable[tuple[str, int, float, float]]) -> Iterator[dict[str, object]]:
    """Return the rows of one month: township, day of the month, longitude and latitude of each event."""
    found: dict[tuple[int, str, int], list[int]] = {}
    for township, day, lon, lat in spots:
        for resolution in RESOLUTIONS:
            key = (resolution, township, h3.latlng_to_cell(lat, lon, resolution))
            found.setdefault(key, [0] * 32)[day] += 1
    for (resolution, township, cell), days in sorted(found.items()):
        upto = [sum(days[: day + 1]) for day in range(1, 32)]
        text = "{" + ",".join(map(str, upto)) + "}"
        yield {"resolution": resolution, "township": township, "cell": cell, "n": upto[-1], "upto": text}


def fill_cells() -> None:
    """Count all events by cell, a month at a time."""
    connection = op.get_bind()
    for month in connection.scalars(sa.text(MONTHS)).all():
        spots = connection.execute(sa.text(SPOTS), {"month": month})
        if rows := [one | {"month": month} for one in cells(tuple(spot) for spot in spots)]:
            connection.execute(CELLS, rows)


FUNCTIONS = ("tally_reported", "tally_moved", "tally_erased", "tally_assigned")
TRIGGERS = {
    "events_tally_reported": "events",
    "events_tally_moved": "events",
    "events_tally_erased": "events",
    "assignments_tally": "assignments",
}


def _before() -> ModuleType:
    """Return the migration that made the tables as they were."""
    found = importlib.util.spec_from_file_location("tallies_before", Path(__file__).with_name("0009_tallies.py"))
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def _without_triggers() -> None:
    for trigger, table in TRIGGERS.items():
        op.execute(f"drop trigger {trigger} on {table}")
    for function in FUNCTIONS:
        op.execute(f"drop function {function}()")


def tables() -> None:
    """Make the new tables, empty."""
    op.drop_table("tallies")
    op.create_table(
        "tallies",
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("upto", sa.ARRAY(sa.Integer())),
        sa.PrimaryKeyConstraint("facet", "month", "place_id", name=op.f("pk_tallies")),
    )
    op.create_table(
        "tally_cells",
        sa.Column("resolution", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("township_code", sa.Text(), nullable=False),
        sa.Column("cell", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("upto", sa.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("resolution", "month", "township_code", "cell", name=op.f("pk_tally_cells")),
    )
    op.create_table(
        "tally_holdings",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grid_id", sa.BigInteger(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("grid_code", "village_code", "township_code")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("category", "urgency", "state")),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "unit_code", name=op.f("pk_tally_holdings")),
    )
    op.create_index(
        "ix_tally_holdings_unit",
        "tally_holdings",
        ["unit_code", "created_at"],
        postgresql_include=[*PLACE.split(", "), "category", "urgency", "state"],
    )


def upgrade() -> None:
    op.execute("lock table events, assignments, tally_changes in access exclusive mode")
    _without_triggers()
    op.execute("update tally_marks set folded = folded + 1 + (select count(*) from tally_changes)")
    op.execute("delete from tally_changes")
    op.add_column("tally_changes", sa.Column("lon", sa.Double()))
    op.add_column("tally_changes", sa.Column("lat", sa.Double()))
    tables()
    op.execute("set local work_mem = '256MB'")
    for statement in FILLED:
        op.execute(statement)
    fill_cells()
    for statement in (REPORTED, MOVED, ASSIGNED):
        op.execute(statement)


def downgrade() -> None:
    before = _before()
    _without_triggers()
    for table in ("tally_holdings", "tally_cells", "tallies"):
        op.drop_table(table)
    op.execute("update tally_marks set folded = folded + 1 + (select count(*) from tally_changes)")
    op.execute("delete from tally_changes")
    op.drop_column("tally_changes", "lat")
    op.drop_column("tally_changes", "lon")
    op.create_table(
        "tallies",
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("span in ('day', 'month')", name=op.f("ck_tallies_span")),
        sa.PrimaryKeyConstraint("facet", "span", "start", "place_id", name=op.f("pk_tallies")),
    )
    for statement in (before.REPORTED, before.MOVED, before.ASSIGNED):
        op.execute(statement)
    op.execute(f"{before.COLUMNS} select {before.row('1', 'e')} from events e")
    op.execute(
        f"{before.COLUMNS} select distinct 1, {DAY.format('e')}, {HERE.format('e')}, '', '', '', a.unit_code"
        f" from events e join assignments a on a.item_id = e.id and {HELD} and a.item_kind = 'event'"
    )
