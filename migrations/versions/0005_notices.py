"""Notices, webhooks, the sealer's mark, reactions, heartbeats; the job queue by procrastinate's own schema.

The queue's tables come from the SQL text inside the installed package, whose version is pinned: when the pin moves, the
next migration runs the package's own ``sql/migrations`` that lie between the two versions.
"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

SEVERITIES = "('info', 'warn', 'alarm')"

FIRST_MARK = """
insert into journal_marks (one, n, hash, cluster, seen) values (true, 0, decode(repeat('00', 32), 'hex'), 0, '1:1:')
"""
"""No server has the number 0, so the first turn of the sealer looks at every line."""

CHANNELS = """
insert into channels (code, zh, from_severity, enabled) values
  ('app', '应用内', 'info', true),
  ('sms', '短信', 'alarm', false)
"""

QUIET_QUEUE = "alter table procrastinate_jobs disable trigger procrastinate_jobs_notify_queue_job_inserted_v1"
"""Its NOTIFY would make all writers wait for one another's commit; ``server.journal.wake`` does it after the commit."""

DROP_QUEUE = """
do $$
declare thing text;
begin
  for thing in select format('drop table if exists %I cascade', tablename) from pg_tables
    where schemaname = current_schema() and tablename like 'procrastinate\\_%' loop execute thing; end loop;
  for thing in select format('drop function if exists %s cascade', oid::regprocedure) from pg_proc
    where pronamespace = current_schema()::regnamespace and proname like 'procrastinate\\_%' loop execute thing; end loop;
  for thing in select format('drop type if exists %I cascade', typname) from pg_type
    where typnamespace = current_schema()::regnamespace and typname like 'procrastinate\\_%' loop execute thing; end loop;
end $$
"""


def raw(sql: str) -> None:
    """Run ``sql`` as it is: no parameters, so that neither ``%`` nor ``:`` means anything."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(sql)


def upgrade() -> None:
    op.create_table(
        "journal_marks",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("cluster", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_journal_marks_single")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_journal_marks")),
    )
    op.execute(FIRST_MARK)
    op.create_table(
        "reaction_runs",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", "name", name=op.f("pk_reaction_runs")),
    )
    op.create_index(
        "ix_reaction_runs_open", "reaction_runs", ["entry_id"], unique=False, postgresql_where=sa.text("done_at is null")
    )
    op.create_table(
        "beats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_beats")),
    )
    create_notices()
    create_webhooks()
    raw(SchemaManager.get_schema())
    op.execute(QUIET_QUEUE)


def create_notices() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("notice_positions")))
    op.create_table(
        "channels",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("from_severity", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.CheckConstraint(f"from_severity in {SEVERITIES}", name=op.f("ck_channels_from_severity")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_channels")),
    )
    op.execute(CHANNELS)
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("item_kind", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("bundle_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deliver_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("bundle_size", sa.Integer(), nullable=False),
        sa.Column("bundled_into", sa.Uuid(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"severity in {SEVERITIES}", name=op.f("ck_notices_severity")),
        sa.CheckConstraint("position is null or delivered_at is not null", name=op.f("ck_notices_delivered")),
        sa.ForeignKeyConstraint(["bundled_into"], ["notices.id"], name=op.f("fk_notices_bundled_into_notices")),
        sa.ForeignKeyConstraint(["channel"], ["channels.code"], name=op.f("fk_notices_channel_channels")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_notices_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("entry_id", "person_id", "channel", "kind", name="uq_notices_once"),
    )
    op.create_index("uq_notices_inbox", "notices", ["person_id", "channel", "position"], unique=True)
    op.create_index(
        "ix_notices_due", "notices", ["deliver_after"], unique=False, postgresql_where=sa.text("delivered_at is null")
    )
    op.create_index(
        "ix_notices_bundle",
        "notices",
        ["bundled_into"],
        unique=False,
        postgresql_where=sa.text("bundled_into is not null"),
    )
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["person_id"],
        unique=False,
        postgresql_where=sa.text("read_at is null and position is not null"),
    )
    op.create_index("ix_notices_last", "notices", ["person_id", "channel", "bundle_key", "delivered_at"], unique=False)


def create_webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("actions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("seen_n", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("digest in ('sha256', 'sm3')", name=op.f("ck_webhooks_digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "delivered_at is null or given_up_at is null", name=op.f("ck_webhook_deliveries_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id_webhooks")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("webhook_id", "n", name=op.f("uq_webhook_deliveries_webhook_id_n")),
    )


def downgrade() -> None:
    raw(DROP_QUEUE)
    for table in ("webhook_deliveries", "webhooks", "notices", "channels", "beats", "reaction_runs", "journal_marks"):
        op.drop_table(table)
    op.execute(sa.schema.DropSequence(sa.Sequence("notice_positions")))
