"""the officer whom a unit names for what it was asked to do: of a co-unit nobody was ever given the item"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("subtasks", sa.Column("person_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_subtasks_person_id"), "subtasks", ["person_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_subtasks_person_id"), table_name="subtasks")
    op.drop_column("subtasks", "person_id")
