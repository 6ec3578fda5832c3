"""list pages by index: whistles, check-ins and objections of a township and of the district, open whistles on the map"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

PAGES = {
    "ix_whistles_page": ("whistles", ["created_at", "id"]),
    "ix_check_ins_page": ("check_ins", ["created_at", "id"]),
    "ix_check_ins_township_page": ("check_ins", ["township_code", "created_at", "id"]),
    "ix_objections_page": ("objections", ["created_at", "id"]),
    "ix_objections_township_page": ("objections", ["township_code", "created_at", "id"]),
}


def upgrade() -> None:
    for name, (table, columns) in PAGES.items():
        op.create_index(name, table, columns)
    op.create_index(
        "ix_whistles_open_point",
        "whistles",
        ["point"],
        postgresql_using="gist",
        postgresql_where=sa.text("closed_at is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_whistles_open_point", table_name="whistles")
    for name, (table, _) in PAGES.items():
        op.drop_index(name, table_name=table)
