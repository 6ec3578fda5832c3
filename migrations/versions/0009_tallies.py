"""tallies of events, kept by changes that the tables themselves write; outlines drawn simpler; residents of a grid"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0009"
down_revision = "0008"

PLACE = "grid_id, edition_id, grid_code, village_code, township_code"
HERE = (
    "coalesce({0}.grid_id, 0), coalesce({0}.edition_id, 0),"
    " coalesce({0}.grid_code, ''), coalesce({0}.village_code, ''), coalesce({0}.township_code, '')"
)
DAY = "({0}.created_at at time zone 'Asia/Shanghai')::date"
COLUMNS = f"insert into tally_changes (sign, day, {PLACE}, category, urgency, state, unit_code)"
HELD = "(a.until is null or a.ended_by = 'finished')"


def row(sign: str, event: str) -> str:
    """Return the values of one change of an event."""
    place, day = HERE.format(event), DAY.format(event)
    return f"{sign}, {day}, {place}, {event}.category, {event}.urgency, {event}.state, ''"


def units(sign: str, event: str) -> str:
    """Return the changes of the units that hold an event."""
    place, day = HERE.format(event), DAY.format(event)
    return f"""{COLUMNS} select distinct {sign}, {day}, {place}, '', '', '', a.unit_code
      from assignments a where a.item_id = {event}.id and {HELD}"""


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
  return null;
end $$;
create trigger events_tally_moved after update on events for each row
  when ((old.grid_id, old.edition_id, old.grid_code, old.village_code, old.township_code,
         old.category, old.urgency, old.state)
    is distinct from (new.grid_id, new.edition_id, new.grid_code, new.village_code, new.township_code,
         new.category, new.urgency, new.state))
  execute function tally_moved();
create function tally_erased() returns trigger language plpgsql as $$
begin
  {COLUMNS} values ({row("-1", "old")});
  {units("-1", "old")};
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
  if was = holds or one.item_kind <> 'event' or exists (
    select from assignments a
    where a.item_id = one.item_id and a.unit_code = one.unit_code and a.id <> one.id and {HELD}
  ) then
    return null;
  end if;
  {COLUMNS} select case when holds then 1 else -1 end, {DAY.format("e")}, {HERE.format("e")}, '', '', '', one.unit_code
    from events e where e.id = one.item_id;
  return null;
end $$;
create trigger assignments_tally after insert or update or delete on assignments
  for each row execute function tally_assigned();
"""

FUNCTIONS = ("tally_reported", "tally_moved", "tally_erased", "tally_assigned")
TRIGGERS = {
    "events_tally_reported": "events",
    "events_tally_moved": "events",
    "events_tally_erased": "events",
    "assignments_tally": "assignments",
}


def place_columns() -> tuple[sa.Column, ...]:
    """Return the columns that say where an event lies."""
    return (
        sa.Column("grid_id", sa.BigInteger(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("village_code", sa.Text(), nullable=False),
        sa.Column("township_code", sa.Text(), nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "tally_places",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        *place_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_places")),
        sa.UniqueConstraint(
            "grid_id", "edition_id", "grid_code", "village_code", "township_code", name="uq_tally_places_place"
        ),
    )
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
    op.create_table(
        "tally_changes",
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *place_columns(),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
    )
    op.create_table(
        "tally_marks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("folded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_marks")),
    )
    op.execute("insert into tally_marks (id, folded) values (1, 0)")
    op.create_table(
        "grid_sketches",
        sa.Column("grid_id", sa.BigInteger(), nullable=False),
        sa.Column("zoom", sa.Integer(), nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=3857, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grids.id"], name=op.f("fk_grid_sketches_grid_id_grids"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("grid_id", "zoom", name=op.f("pk_grid_sketches")),
    )
    op.create_table(
        "grid_residents",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("residents", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("residents >= 0", name=op.f("ck_grid_residents_counted")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_grid_residents")),
    )
    op.create_index("ix_events_outside", "events", ["created_at"], postgresql_where=sa.text("grid_id is null"))
    op.execute(REPORTED)
    op.execute(MOVED)
    op.execute(ASSIGNED)
    op.execute(f"{COLUMNS} select {row('1', 'e')} from events e")
    op.execute(
        f"{COLUMNS} select distinct 1, {DAY.format('e')}, {HERE.format('e')}, '', '', '', a.unit_code"
        f" from events e join assignments a on a.item_id = e.id and {HELD} and a.item_kind = 'event'"
    )


def downgrade() -> None:
    for trigger, table in TRIGGERS.items():
        op.execute(f"drop trigger {trigger} on {table}")
    for function in FUNCTIONS:
        op.execute(f"drop function {function}()")
    op.drop_index("ix_events_outside", "events")
    for table in ("grid_residents", "grid_sketches", "tally_marks", "tally_changes", "tallies", "tally_places"):
        op.drop_table(table)
