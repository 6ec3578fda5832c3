"""the journal by time: a block range index, so that the last weeks are found without reading the years"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("ix_journal_at", "journal", ["at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("ix_journal_at", table_name="journal")
