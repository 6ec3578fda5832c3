"""desks read what is open, figures what was handled, closed or assigned in their period: not the whole register"""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.execute("create index ix_events_open on events (state, township_code) where closed_at is null")
    op.execute("create index ix_events_handled_at on events (handled_at) where handled_at is not null")
    op.execute("create index ix_events_closed_at on events (closed_at) where closed_at is not null")
    op.execute("create index ix_assignments_since on assignments (since)")


def downgrade() -> None:
    for name in ("ix_assignments_since", "ix_events_closed_at", "ix_events_handled_at", "ix_events_open"):
        op.drop_index(name)
