"""Heartbeats: each loop of the worker notes when it last went round.

Job: make a loop that stands still visible to ``/readyz`` and to the verification of the journal.
Never: commit.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from server.db import db, now
from server.jobs.models import Beat


def beat(name: str) -> None:
    """Note that loop ``name`` went round just now."""
    statement = insert(Beat).values(name=name, at=now())
    db.session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"at": statement.excluded.at}))


def last(name: str) -> datetime | None:
    """Return when loop ``name`` last went round, on whichever machine; None when it never did."""
    return db.session.scalar(sa.select(Beat.at).where(Beat.name == name))
