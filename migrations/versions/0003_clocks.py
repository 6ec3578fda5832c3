"""Clocks: promises that run, their pauses and ladders, immutable breaches."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

BREACHES_ARE_FIXED = """
create trigger breaches_append_only before update or delete on breaches for each row execute function refuse_change();
create trigger breaches_no_truncate before truncate on breaches for each statement execute function refuse_change();
create trigger clock_ladders_append_only before update or delete on clock_ladders
  for each row execute function refuse_change();
"""


def upgrade() -> None:
    op.create_table(
        "clock_ladders",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_clock_ladders")),
    )
    op.create_table(
        "clocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_kind", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("limit", sa.Text(), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("statutory", sa.Boolean(), nullable=False),
        sa.Column("pausable", sa.Boolean(), nullable=False),
        sa.Column("breaches", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extended_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("rings_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(stopped_at is null) = (rings_at is not null)", name=op.f("ck_clocks_rings")),
        sa.CheckConstraint("(stopped_at is null) = (result in ('running', 'breached_open'))", name=op.f("ck_clocks_open")),
        sa.CheckConstraint(
            "result in ('running', 'met', 'late', 'breached_open', 'waived', 'attempted', 'staged', 'cancelled')",
            name=op.f("ck_clocks_result"),
        ),
        sa.CheckConstraint("stopped_at >= started_at", name=op.f("ck_clocks_order")),
        sa.CheckConstraint("(extended_at is null) = (extended_to is null)", name=op.f("ck_clocks_extension")),
        sa.ForeignKeyConstraint(["ladder"], ["clock_ladders.digest"], name=op.f("fk_clocks_ladder_clock_ladders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clocks")),
    )
    is_running = sa.text("stopped_at is null")
    op.create_index(
        "uq_clocks_running",
        "clocks",
        ["item_id", "code", "unit_code"],
        unique=True,
        postgresql_where=is_running,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_clocks_item", "clocks", ["item_id", "started_at"])
    op.create_index("ix_clocks_rings_at", "clocks", ["rings_at"], postgresql_where=is_running)
    op.create_index("ix_clocks_due_at", "clocks", ["code", "due_at"])
    op.create_index(
        "ix_clocks_provisional", "clocks", ["id"], postgresql_where=sa.text("provisional and stopped_at is null")
    )
    op.create_table(
        "clock_pauses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approver", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until > since", name=op.f("ck_clock_pauses_order")),
        sa.CheckConstraint("ended_at between since and until", name=op.f("ck_clock_pauses_ended")),
        sa.ForeignKeyConstraint(["clock_id"], ["clocks.id"], name=op.f("fk_clock_pauses_clock_id_clocks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_pauses")),
    )
    op.create_index(op.f("ix_clock_pauses_clock_id"), "clock_pauses", ["clock_id"])
    op.create_index(
        "uq_clock_pauses_open", "clock_pauses", ["clock_id"], unique=True, postgresql_where=sa.text("ended_at is null")
    )
    op.create_table(
        "breaches",
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("item_kind", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["clock_id"], ["clocks.id"], name=op.f("fk_breaches_clock_id_clocks")),
        sa.PrimaryKeyConstraint("clock_id", name=op.f("pk_breaches")),
    )
    for column in ("item_id", "at", "unit_code"):
        op.create_index(op.f(f"ix_breaches_{column}"), "breaches", [column])
    op.execute(BREACHES_ARE_FIXED)


def downgrade() -> None:
    for table in ("breaches", "clock_pauses", "clocks", "clock_ladders"):
        op.drop_table(table)
