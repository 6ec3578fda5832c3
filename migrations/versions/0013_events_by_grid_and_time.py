"""events of a grid by time: a close map reads what was reported in its grids in a period, and nothing else"""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_index("ix_events_grid", "events", ["grid_code", "created_at"])
    op.drop_index("ix_events_grid_code", "events")


def downgrade() -> None:
    op.create_index("ix_events_grid_code", "events", ["grid_code"])
    op.drop_index("ix_events_grid", "events")
