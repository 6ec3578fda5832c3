"""A stored answer keeps the order of its keys, so that a repetition gets the very bytes of the first answer."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("alter table replies alter column body type json using body::json")


def downgrade() -> None:
    op.execute("alter table replies alter column body type jsonb using body::jsonb")
