"""The grid map: editions, grids, what fixes them, and the rule of assignment in SQL."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

EDITIONS_ARE_FIXED = """
create function published_editions_are_fixed() returns trigger language plpgsql as $$
begin
  if old.status <> 'published' then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'UPDATE' and new.status = 'loaded' and old.valid_from > now() then
    return new;  -- a plan taken back before it began
  end if;
  if tg_op = 'DELETE' or to_jsonb(new) - '{valid_to}'::text[] is distinct from to_jsonb(old) - '{valid_to}'::text[] then
    raise exception 'the published grid edition % is fixed', old.name using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger grid_editions_fixed before update or delete on grid_editions
  for each row execute function published_editions_are_fixed();
create trigger grid_editions_no_truncate before truncate on grid_editions
  for each statement execute function refuse_change();
"""

GRIDS_ARE_FIXED = """
create function grids_of_published_editions_are_fixed() returns trigger language plpgsql as $$
declare edition record;
begin
  for edition in select name, status from grid_editions where id in (old.edition_id, new.edition_id) for share loop
    if edition.status = 'published' then
      raise exception 'the grids of the published edition % are fixed', edition.name using errcode = 'restrict_violation';
    end if;
  end loop;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger grids_fixed before insert or update or delete on grids
  for each row execute function grids_of_published_editions_are_fixed();
create trigger grids_no_truncate before truncate on grids for each statement execute function refuse_change();
"""

GRID_AT = """
create function grid_at(point geometry, at timestamptz) returns bigint language sql stable parallel safe as $$
  select g.id from grids g join grid_editions e on e.id = g.edition_id
  where e.layer = 'base' and e.status = 'published' and tstzrange(e.valid_from, e.valid_to) @> at
    and st_covers(g.geom, point)
  order by g.code collate "C" limit 1
$$;
comment on function grid_at is
  'base grid that covers a point (EPSG:4490) in the edition in force at a moment; on a border the smallest code';
"""


def upgrade() -> None:
    op.create_table(
        "grid_editions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_crs", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("layer in ('base', 'special')", name=op.f("ck_grid_editions_layer")),
        sa.CheckConstraint("status in ('loaded', 'published')", name=op.f("ck_grid_editions_status")),
        sa.CheckConstraint(
            "status = 'published' or (valid_from is null and valid_to is null)",
            name=op.f("ck_grid_editions_only_published_holds"),
        ),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_grid_editions_order")),
        postgresql.ExcludeConstraint(
            (sa.column("layer"), "="),
            (sa.text("tstzrange(valid_from, valid_to)"), "&&"),
            where=sa.text("status = 'published'"),
            using="gist",
            name="ex_one_edition_in_force",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_editions")),
        sa.UniqueConstraint("name", name=op.f("uq_grid_editions_name")),
    )
    op.create_table(
        "grids",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("village_code", sa.Text(), nullable=True),
        sa.Column("township_code", sa.Text(), nullable=True),
        sa.Column("categories", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("parents", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=4490, spatial_index=False), nullable=False),
        sa.Column(
            "geom_3857",
            Geometry("MULTIPOLYGON", srid=3857, spatial_index=False),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "area_km2",
            sa.Double(),
            sa.Computed("st_area(geom::geography) / 1000000::double precision", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint("st_isvalid(geom) and not st_isempty(geom)", name=op.f("ck_grids_sound")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["grid_editions.id"], name=op.f("fk_grids_edition_id_grid_editions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grids")),
        sa.UniqueConstraint("edition_id", "code", name=op.f("uq_grids_edition_id_code")),
    )
    op.create_index(op.f("ix_grids_code"), "grids", ["code"], unique=False)
    op.create_index("ix_grids_geom", "grids", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_grids_geom_3857", "grids", ["geom_3857"], unique=False, postgresql_using="gist")
    op.execute(EDITIONS_ARE_FIXED)
    op.execute(GRIDS_ARE_FIXED)
    op.execute(GRID_AT)


def downgrade() -> None:
    op.execute("drop function grid_at")
    op.drop_table("grids")
    op.drop_table("grid_editions")
    op.execute("drop function grids_of_published_editions_are_fixed; drop function published_editions_are_fixed")
