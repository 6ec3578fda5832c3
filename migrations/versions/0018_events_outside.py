"""events outside every grid with all that a map asks of them: no other row is read for it"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.drop_index("ix_events_outside", "events")
    op.create_index(
        "ix_events_outside",
        "events",
        ["created_at"],
        postgresql_where=sa.text("grid_id is null"),
        postgresql_include=["point", "category", "urgency", "state", "township_code"],
    )


def downgrade() -> None:
    op.drop_index("ix_events_outside", "events")
    op.create_index("ix_events_outside", "events", ["created_at"], postgresql_where=sa.text("grid_id is null"))
