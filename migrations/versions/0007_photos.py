"""Sealed metadata of photos, what does not fit in it, and who still owes which photo; where events are open."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("photos", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.add_column("photos", sa.Column("flags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.create_index(
        "ix_photos_awaited",
        "photos",
        ["declared_by", "declared_at", "id"],
        postgresql_where=sa.text("received_at is null"),
    )
    op.create_index(
        "ix_events_open_point",
        "events",
        ["point"],
        postgresql_using="gist",
        postgresql_where=sa.text("closed_at is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_events_open_point", "events", postgresql_using="gist")
    op.drop_index("ix_photos_awaited", "photos")
    op.drop_column("photos", "flags")
    op.drop_column("photos", "sealed")
