"""Own work in numbers (个人工作量), read from the journal and the shifts.

Job: acts by kind and by day, hours on duty, what is open now; a bounded number of statements.
Never: compare persons, or count what somebody else did.
"""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.clocks.models import Clock
from server.db import CN, db, now
from server.duty.models import Shift
from server.flow.models import Custody
from server.flow.moves import MACHINES
from server.journal import Entry

DAYS = 30


def workload(person_id: uuid.UUID, days: int = DAYS) -> dict[str, Any]:
    """Return the work of the last ``days`` days: ``acts`` [{kind, act, zh, n}], ``days`` [{day, n}], duty, open now."""
    since = now().astimezone(CN).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    rows = _acts(person_id, since)
    by_day: Counter[str] = Counter()
    by_move: Counter[str] = Counter()
    for day, move, count in rows:
        by_day[day.isoformat()] += count
        by_move[move] += count
    seconds, shifts = _duty(person_id, since)
    open_now, overdue_now = _open(person_id)
    return {
        "from": since.isoformat(),
        "to": now().isoformat(),
        "acts": _named(by_move),
        "days": [{"day": day, "n": count} for day, count in sorted(by_day.items())],
        "total": sum(by_move.values()),
        "duty": {"shifts": shifts, "hours": round(seconds / 3600, 1)},
        "open_now": open_now,
        "overdue_now": overdue_now,
    }


def _acts(person_id: uuid.UUID, since: datetime) -> Any:
    day = sa.cast(sa.func.timezone("Asia/Shanghai", sa.func.coalesce(Entry.captured_at, Entry.at)), sa.Date)
    query = sa.select(day, Entry.move, sa.func.count()).where(
        Entry.person_id == person_id, Entry.at >= since, Entry.move.is_not(None)
    )
    return db.session.execute(query.group_by(day, Entry.move)).all()


def _named(by_move: Counter[str]) -> list[dict[str, Any]]:
    """Return the counts under the names of the acts, the most frequent first; arrows of one act count together."""
    named: Counter[tuple[str, str, str]] = Counter()
    for machine in MACHINES.values():
        for move in machine.moves:
            if by_move[move.id]:
                named[machine.kind, move.act, move.zh] += by_move[move.id]
    return [{"kind": kind, "act": act, "zh": zh, "n": count} for (kind, act, zh), count in named.most_common()]


def _duty(person_id: uuid.UUID, since: datetime) -> tuple[float, int]:
    length = sa.func.extract("epoch", sa.func.coalesce(Shift.ended_at, now()) - Shift.started_at)
    query = sa.select(sa.func.coalesce(sa.func.sum(length), 0), sa.func.count())
    seconds, shifts = db.session.execute(query.where(Shift.person_id == person_id, Shift.started_at >= since)).one()
    return float(seconds), int(shifts)


def _open(person_id: uuid.UUID) -> tuple[int, int]:
    """Return how many items are in the person's own hands, and how many of them have a broken promise."""
    late = sa.exists().where(Clock.item_id == Custody.item_id, Clock.stopped_at.is_(None), Clock.due_at < now())
    query = sa.select(sa.func.count(), sa.func.count().filter(late))
    held, overdue = db.session.execute(query.where(Custody.person_id == person_id, Custody.until.is_(None))).one()
    return int(held), int(overdue)
