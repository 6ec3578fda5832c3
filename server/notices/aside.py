"""An alarm put aside (放一放): somebody saw it, does not answer it now, and says why.

Job: note it on the item once, at its true moment, so that the caller sees it; an answered alarm counts as read.
Never: stop a clock, or excuse anybody: whoever is called stays called.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server import journal, policy
from server.access import Actor
from server.db import db, now
from server.errors import NotFound
from server.flow.audience import of_item
from server.flow.moves import MACHINES
from server.journal import Line
from server.notices import acts
from server.notices.models import Notice

ACTION = "notice.put_aside"
ANSWERED, LATER = "alarm.answered", "alarm.later"
"""Reasons after which it rings no more, and after which it rings again on the same phone."""


def reasons() -> dict[str, str]:
    """Return code → words of every reason."""
    known = policy.current().reasons
    return {code: one.zh for name in (ANSWERED, LATER) for code, one in known.get(name, {}).items()}


def put_aside(notice_id: uuid.UUID, code: str, captured_at: datetime, *, by: Actor) -> bool:
    """Note why ``by`` put the alarm aside, and tell whether it counts as read now.

    Raises:
        NotFound: no such notice of this person.
    """
    mine = sa.select(Notice).where(Notice.id == notice_id, Notice.person_id == by.person_id)
    notice = db.session.scalars(mine).first()
    if notice is None:
        raise NotFound
    _note(notice, code, min(captured_at, now()), by)
    is_answered = code in policy.current().reasons.get(ANSWERED, {})
    if is_answered:
        acts.read(by.person_id, [notice.id])
    return is_answered


def _note(notice: Notice, code: str, at: datetime, by: Actor) -> None:
    machine = MACHINES.get(notice.item_kind or "")
    item: Any = db.session.get(machine.model, notice.item_id) if machine and notice.item_id else None
    line = Line(ACTION, by, item=item, kind=notice.item_kind, captured_at=at)
    line.facts = {"notice": str(notice.id), "reason_code": code, "reason": reasons()[code]}
    if item is not None and machine is not None:
        line.audience = of_item(item) | set(machine.hearers(item))
    journal.write(line)
