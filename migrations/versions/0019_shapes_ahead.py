"""outlines in units of a tile, drawn once per edition together with its tiles, which are drawn anew for it"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "shapes_ahead",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("z", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("x", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("y", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grid_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("geom", Geometry(srid=0, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["grid_editions.id"],
            name=op.f("fk_shapes_ahead_edition_id_grid_editions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "z", "x", "y", "grid_id", name=op.f("pk_shapes_ahead")),
    )
    op.execute("delete from tiles_ahead")


def downgrade() -> None:
    op.drop_table("shapes_ahead")
