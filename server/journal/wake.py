"""Wake whoever waits for new lines or new jobs (live stream, worker), right after the commit.

Job: one NOTIFY per transaction that wrote lines, in a transaction of its own.
Never: carry content, or be relied upon: whoever waits also looks by himself every second.

Why not a trigger: a transaction that notifies holds a lock over the whole server until its commit is on disk, so that
all writers queue behind one another (measured with a disk of 3 ms: 290 instead of 4,000 commits per second). A
transaction that does nothing else writes nothing to disk and holds that lock for microseconds.
"""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from server.db import db

LINES = "journal"
JOBS = "procrastinate_any_queue_v1"
"""The channel on which procrastinate's workers wait; its own trigger is switched off for the reason above."""
NOTIFY = sa.text("select pg_notify(:lines, ''), pg_notify(:jobs, :job)")
WORDS = {"lines": LINES, "jobs": JOBS, "job": '{"type": "job_inserted", "job_id": 0}'}
_WANTED = "journal.wake"

log = logging.getLogger(__name__)


def after_commit(session: Any) -> None:
    """Have the waiting woken once the present transaction is committed."""
    session.info[_WANTED] = True


def _committed(session: Any) -> None:
    if not session.info.pop(_WANTED, False):
        return
    try:
        with session.get_bind().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(NOTIFY, WORDS)
    except SQLAlchemyError:
        log.exception("nobody was woken")


def _rolled_back(session: Any) -> None:
    session.info.pop(_WANTED, None)


sa.event.listen(db.session, "after_commit", _committed)
sa.event.listen(db.session, "after_rollback", _rolled_back)
