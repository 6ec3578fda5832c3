"""The self-audit speaks up (自检告警): a clock that runs and that nobody will ring is an alarm.

Job: write one line naming such clocks; the same ones again after an hour only.
Never: tell anybody (reactions do), repair, or commit.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from server.clocks.audit import find_clocks_without_next_moment
from server.clocks.lines import AUDIT_FAILED, write_failure
from server.db import db, now
from server.journal import Entry

SAY_AGAIN = timedelta(hours=1)


def self_audit() -> int:
    """Look once and return how many clocks are without a next moment."""
    found = find_clocks_without_next_moment()
    silent = [str(clock.id) for clock in found]
    said = sa.select(Entry.id).where(Entry.action == AUDIT_FAILED, Entry.at > now() - SAY_AGAIN)
    if silent and db.session.scalar(said.where(Entry.facts.contains({"silent": silent})).limit(1)) is None:
        write_failure([clock.id for clock in found], "nobody rang them")
    return len(silent)
