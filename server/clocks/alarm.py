"""The self-audit speaks up (自检告警): a clock that runs and that nobody will ring is an alarm.

Job: write one line naming such clocks; the same ones again after an hour only.
Never: tell anybody (reactions do), repair, or commit.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from server import access, journal
from server.clocks.audit import find_clocks_without_next_moment
from server.db import db, now
from server.journal import Entry, Line

AUDIT_FAILED = "clock.audit_failed"
SAY_AGAIN = timedelta(hours=1)


def self_audit() -> int:
    """Look once and return how many clocks are without a next moment."""
    silent = [str(clock.id) for clock in find_clocks_without_next_moment()]
    said = sa.select(Entry.id).where(Entry.action == AUDIT_FAILED, Entry.at > now() - SAY_AGAIN)
    if silent and db.session.scalar(said.where(Entry.facts.contains({"clocks": silent})).limit(1)) is None:
        journal.write(Line(AUDIT_FAILED, access.SYSTEM, facts={"clocks": silent}, audience=("a",)))
    return len(silent)
