"""Random lives of a clock: whatever is done to it, the journal alone tells how it stands (spec 4 rule 8)."""

from __future__ import annotations

import contextlib
import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server import access, clocks, journal
from server.clocks import audit, ring
from server.clocks.lines import Subject
from server.clocks.models import Breach, Clock
from server.db import db, new_id, now
from server.errors import Refusal
from server.journal import Line
from server.policy import Limit
from tests.server.clocks.known import cn

OFFICER = uuid.UUID(int=7)
LIMITS = st.sampled_from(["30 min", "24 H", "2 WH", "13 WH", "1 WD", "3 WD", "5 ND roll", "same day", "given <= 2 WD"])
DAY = timedelta(days=1)


def order(item: uuid.UUID, limit: str, *, keep: bool) -> clocks.Order:
    """Return an order for the clock of the walk."""
    return clocks.Order("event", item, "HANDLE", now(), Limit.parse(limit), keep=keep)


ACTS = {
    "start": lambda item, limit, span: clocks.start([order(item, limit, keep=False)]),
    "keep": lambda item, limit, span: clocks.start([order(item, limit, keep=True)]),
    "stop": lambda item, limit, span: clocks.stop(item, ("HANDLE",), at=now() - min(span, DAY) / 24),
    "cancel": lambda item, limit, span: clocks.cancel(item, at=now()),
    "waive": lambda item, limit, span: clocks.waive(item, ("HANDLE",), at=now(), reason="r", approver=OFFICER),
    "pause": lambda item, limit, span: clocks.pause(
        item, "HANDLE", at=now(), until=now() + span, reason="r", approver=OFFICER
    ),
    "resume": lambda item, limit, span: clocks.resume(item, "HANDLE", at=now()),
    "extend": lambda item, limit, span: clocks.extend(item, "HANDLE", at=now(), due_at=now() + span),
    "agree": lambda item, limit, span: clocks.agree(item, "HANDLE", at=now(), given=now() + span),
    "ring": lambda item, limit, span: ring.ring_due() and [],
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(ACTS)),
        st.timedeltas(timedelta(0), 2 * DAY),
        st.timedeltas(timedelta(minutes=1), 6 * DAY),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=LIMITS, steps=STEPS)
def test_whatever_happens_to_a_clock_the_journal_tells_how_it_stands(
    rolled_back: sa.Connection, clock: Any, limit: str, steps: list[tuple[str, timedelta, timedelta]]
) -> None:
    clock.set(cn("2025-01-23 16:00"))
    item = new_id()
    for act, wait, span in [("start", timedelta(0), DAY), *steps]:
        clock.advance(wait)
        with contextlib.suppress(Refusal):
            if operations := ACTS[act](item, limit, span):
                facts = {"clocks": operations}
                journal.write(Line("event.tested", access.SYSTEM, item=Subject(item), kind="event", facts=facts))
    db.session.flush()
    journal.flush()
    assert audit.differences([item]) == []
    rows = db.session.scalars(sa.select(Clock).where(Clock.item_id == item)).all()
    breached = set(db.session.scalars(sa.select(Breach.clock_id).where(Breach.item_id == item)))
    assert {row.id for row in rows if row.result in ("late", "breached_open")} <= breached
    assert sum(row.stopped_at is None for row in rows) <= 1
    assert all(row.due_at >= row.started_at for row in rows)
