"""How Alembic meets the database: over the connection that ``server.schema`` hands it, under its lock.

Job: say which tables are ours and how a geometry column is written down.
Never: import a table, or be run by the bare ``alembic`` command (use ``gridwhistle db``).
"""

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

from server.db import db

OTHERS = "procrastinate_"
"""Tables of the job queue come with its own schema, not from ours."""


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction number, which SQLAlchemy does not know by itself."""

    def get_col_spec(self, **_: Any) -> str:
        """Return its name in SQL."""
        return "xid8"


def is_ours(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Say whether autogenerate and ``check`` look at ``thing``."""
    foreign = kind == "table" and (name or "").startswith(OTHERS)
    return not foreign and alembic_helpers.include_object(thing, name, kind, reflected, compared)


ischema_names["xid8"] = Xid8
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=db.metadata,
    transaction_per_migration=True,
    include_object=is_ours,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
)
with context.begin_transaction():
    context.run_migrations()
