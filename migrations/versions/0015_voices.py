"""Voice notes beside photos: a role of their own and how long they sound."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
CHECK = "ck_photos_role"
PHOTOS = "role in ('before', 'after', 'scene', 'check')"
ALL = "role in ('before', 'after', 'scene', 'check', 'voice')"


def upgrade() -> None:
    op.add_column("photos", sa.Column("seconds", sa.Float(), nullable=True))
    op.drop_constraint(op.f(CHECK), "photos", type_="check")
    op.create_check_constraint(op.f(CHECK), "photos", ALL)


def downgrade() -> None:
    op.execute("delete from photos where role = 'voice'")
    op.drop_constraint(op.f(CHECK), "photos", type_="check")
    op.create_check_constraint(op.f(CHECK), "photos", PHOTOS)
    op.drop_column("photos", "seconds")
