"""Heartbeats: each loop of the worker notes when it last went round.

Job: make a loop that stands still visible to ``/readyz`` and to the verification of the journal; share out turns.
Never: commit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from server.db import db, now
from server.jobs.models import Beat
from server.journal.seal import is_awaited


def beat(name: str) -> None:
    """Note that loop ``name`` went round just now; whoever finds another worker noting it leaves it to that one."""
    free = sa.select(Beat.name).where(Beat.name == name).with_for_update(skip_locked=True).scalar_subquery()
    noted = db.session.execute(sa.update(Beat).where(Beat.name == free).values(at=now()).returning(Beat.name))
    if noted.first() is None:
        db.session.execute(insert(Beat).values(name=name, at=now()).on_conflict_do_nothing())


def take_turn(name: str, every: timedelta) -> bool:
    """Note a round of ``name`` unless some worker made one less than ``every`` ago; say whether this one may."""
    mine = insert(Beat).values(name=name, at=now())
    mine = mine.on_conflict_do_update(index_elements=["name"], set_={"at": now()}, where=Beat.at <= now() - every)
    return db.session.execute(mine.returning(Beat.name)).first() is not None


def last(name: str) -> datetime | None:
    """Return when loop ``name`` last went round, on whichever machine; None when it never did."""
    return db.session.scalar(sa.select(Beat.at).where(Beat.name == name))


def age(name: str) -> timedelta | None:
    """Return how long ago loop ``name`` last went round; None when it never did."""
    at = last(name)
    return None if at is None else now() - at


def seal_lag() -> timedelta | None:
    """Return for how long lines may have waited for their seal: zero when none waits; None when no sealer ever ran."""
    return age("seal") if is_awaited() else timedelta()
