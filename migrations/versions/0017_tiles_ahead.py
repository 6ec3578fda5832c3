"""tiles of outlines and names, drawn once per edition"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "tiles_ahead",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("z", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("x", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("y", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["grid_editions.id"],
            name=op.f("fk_tiles_ahead_edition_id_grid_editions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "layer", "z", "x", "y", name=op.f("pk_tiles_ahead")),
    )


def downgrade() -> None:
    op.drop_table("tiles_ahead")
