"""Events, write-once in what was reported."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

WRITE_ONCE = """
create function keep_the_report() returns trigger language plpgsql as $$
begin
  if (new.id, new.no, new.created_by, new.created_at, new.captured_at, new.text, new.raw_lon, new.raw_lat, new.raw_sys)
     is distinct from
     (old.id, old.no, old.created_by, old.created_at, old.captured_at, old.text, old.raw_lon, old.raw_lat, old.raw_sys)
  then raise exception 'what was reported is write-once' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger events_write_once before update on events for each row execute function keep_the_report();
"""


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "point",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("raw_lon", sa.Double(), nullable=False),
        sa.Column("raw_lat", sa.Double(), nullable=False),
        sa.Column("raw_sys", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("is_mock", sa.Boolean(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_error_s", sa.Double(), nullable=True),
        sa.Column("grid_id", sa.BigInteger(), nullable=True),
        sa.Column("edition_id", sa.BigInteger(), nullable=True),
        sa.Column("placement", sa.Text(), nullable=False),
        sa.Column("candidates", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("grid_choice", sa.Text(), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pairs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("self_handled", sa.Boolean(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("merged_count", sa.Integer(), nullable=False),
        sa.Column("recurrence_of", sa.Uuid(), nullable=True),
        sa.Column("result_code", sa.Text(), nullable=True),
        sa.Column("result_text", sa.Text(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("township_code", sa.Text(), nullable=True),
        sa.Column("village_code", sa.Text(), nullable=True),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reassignments", sa.Integer(), nullable=False),
        sa.Column("reworks", sa.Integer(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["events.id"], name=op.f("fk_events_parent_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("no", name=op.f("uq_events_no")),
    )
    op.create_index("ix_events_category", "events", ["category", "created_at"], unique=False)
    op.create_index(op.f("ix_events_created_by"), "events", ["created_by"], unique=False)
    op.create_index(op.f("ix_events_grid_code"), "events", ["grid_code"], unique=False)
    op.create_index("ix_events_page", "events", ["created_at", "id"], unique=False)
    op.create_index("ix_events_pairs", "events", ["pairs"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_events_parent_id"), "events", ["parent_id"], unique=False)
    op.create_index("ix_events_point", "events", ["point"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_events_state"), "events", ["state"], unique=False)
    op.create_index("ix_events_township_page", "events", ["township_code", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_events_village_code"), "events", ["village_code"], unique=False)
    op.execute(WRITE_ONCE)


def downgrade() -> None:
    op.drop_table("events")
    op.execute("drop function keep_the_report()")
