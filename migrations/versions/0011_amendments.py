"""amendments of the policy, checks of the journal

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEEP = """
create function keep_amendments() returns trigger language plpgsql as $$
begin
  if old.begins_at is null then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'DELETE' or old.withdrawn_at is not null or (new.subject, new.no, new.files, new.begins_at, new.reason, new.source, new.adopted_by, new.adopted_at)
      is distinct from
      (old.subject, old.no, old.files, old.begins_at, old.reason, old.source, old.adopted_by, old.adopted_at)
  then
    raise exception 'an adopted amendment is never changed: adopt another one' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger amendments_kept before update or delete on amendments for each row execute function keep_amendments();
"""


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["persons.id"], name=op.f(f"fk_{table}_{column}_persons"))


def upgrade() -> None:
    op.create_table(
        "amendments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("files", postgresql.JSONB(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("begins_at", MOMENT),
        sa.Column("adopted_by", sa.Uuid()),
        sa.Column("adopted_at", MOMENT),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid()),
        sa.Column("withdrawn_at", MOMENT),
        sa.CheckConstraint("subject in ('directory', 'calendar')", name=op.f("ck_amendments_subject")),
        sa.CheckConstraint(
            "begins_at is null or (adopted_at is not null and reason <> '')", name=op.f("ck_amendments_adopted")
        ),
        sa.CheckConstraint("withdrawn_at is null or withdrawn_at < begins_at", name=op.f("ck_amendments_withdrawn")),
        _person("amendments", "made_by"),
        _person("amendments", "adopted_by"),
        _person("amendments", "withdrawn_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendments")),
        sa.UniqueConstraint("subject", "no", name=op.f("uq_amendments_subject_no")),
    )
    op.create_index(
        "uq_amendments_draft", "amendments", ["subject"], unique=True, postgresql_where=sa.text("begins_at is null")
    )
    op.create_index(
        "uq_amendments_begins_at",
        "amendments",
        ["subject", "begins_at"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.execute(KEEP)
    op.create_table(
        "journal_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT),
        sa.Column("lines", sa.BigInteger()),
        sa.Column("finding", postgresql.JSONB()),
        _person("journal_checks", "asked_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_checks")),
    )
    op.create_index("ix_journal_checks_asked_at", "journal_checks", ["asked_at"])


def downgrade() -> None:
    op.drop_table("journal_checks")
    op.drop_table("amendments")
    op.execute("drop function keep_amendments()")
