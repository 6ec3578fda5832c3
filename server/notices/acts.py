"""Tell persons of a line: one row per person and channel; deliver when manners allow.

Job: write notices exactly once, gather them into bundles, give each its place in the inbox.
Never: decide who should hear (reactions do), or commit.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from server import policy
from server.db import db, new_id, now
from server.journal import Entry
from server.notices import rules
from server.notices.channels import CHANNELS
from server.notices.models import POSITIONS, Channel, Notice
from server.notices.rules import Manners, Severity
from server.people.models import Person

AT_ONCE = 500
LOCK = 0x6E_6F_74_69
"""Number of the advisory lock ("noti"): places in the inboxes are given out by one delivery at a time."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a notice says: no resident's data. ``kind`` tells several notices of one line apart.

    ``bundle`` is the noun under which several are told together (新任务); empty: always alone.
    """

    kind: str
    title: str
    body: str = ""
    severity: Severity = "info"
    bundle: str = ""


def manners() -> Manners:
    """Return the district's manners."""
    found = policy.current().settings.notices
    return Manners(
        found.quiet_from,
        found.quiet_to,
        timedelta(minutes=found.bundle_min),
        frozenset(found.override_urgencies),
        frozenset(found.override_whistles),
    )


def tell(entry: Entry, to: Iterable[uuid.UUID], words: Words, *, urgency: str = "", whistle: str = "") -> None:
    """Tell each person ``to`` about ``entry`` by every channel that takes this severity; a repetition does nothing."""
    about, moment = manners(), now()
    urgent = rules.is_urgent(about, words.severity, urgency, whistle)
    bundle = "" if urgent else words.bundle
    rows = [
        {
            "id": new_id(),
            "entry_id": entry.id,
            "person_id": person,
            "channel": channel,
            "kind": words.kind,
            "title": words.title,
            "body": words.body,
            "item_kind": entry.item_kind,
            "item_id": entry.item_id,
            "severity": words.severity,
            "bundle_key": bundle,
            "created_at": moment,
            "deliver_after": moment if urgent else rules.deliver_after(about, moment, last),
            "bundle_size": 1,
        }
        for person, channel, last in _ways(set(to), words.severity, bundle)
    ]
    if rows:
        db.session.execute(insert(Notice).on_conflict_do_nothing(constraint="uq_notices_once"), rows)


def _ways(persons: set[uuid.UUID], severity: Severity, bundle: str) -> Sequence[Any]:
    """Return (person, channel, when last told of ``bundle``) for each person and channel that takes ``severity``."""
    told = sa.and_(Notice.person_id == Person.id, Notice.channel == Channel.code, Notice.bundle_key == bundle)
    last = sa.select(sa.func.max(Notice.delivered_at)).where(told, sa.literal(bundle) != "").scalar_subquery()
    takes = sa.and_(Channel.enabled, Channel.from_severity.in_(rules.from_severities(severity)))
    query = sa.select(Person.id, Channel.code, last).join(Channel, takes)
    return db.session.execute(query.where(Person.id.in_(persons), Person.disabled_at.is_(None))).all()


def deliver() -> int:
    """Deliver up to 500 notices whose moment has come and return how many; waits for another delivery's commit."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    query = sa.select(Notice).where(Notice.delivered_at.is_(None), Notice.deliver_after <= now())
    query = query.order_by(Notice.person_id, Notice.channel, Notice.bundle_key, Notice.id).limit(AT_ONCE)
    due = db.session.scalars(query.execution_options(populate_existing=True)).all()
    if not due:
        return 0
    heads = [_gather(list(group)) for _, group in itertools.groupby(due, _bundle)]
    numbers = sa.select(POSITIONS.next_value()).select_from(sa.func.generate_series(1, len(heads)).alias("n"))
    for head, position in zip(heads, db.session.scalars(numbers), strict=True):
        head.position = position
    db.session.flush()
    heads.sort(key=lambda head: head.channel)
    for channel, group in itertools.groupby(heads, lambda head: head.channel):
        CHANNELS[channel](list(group))
    return len(due)


def _bundle(notice: Notice) -> Any:
    return (notice.person_id, notice.channel, notice.bundle_key or notice.id)


def _gather(group: list[Notice]) -> Notice:
    """Mark the notices of ``group`` as delivered, the older ones within the newest, and return that."""
    *members, head = group
    for notice in group:
        notice.delivered_at = now()
    for notice in members:
        notice.bundled_into = head.id
    head.bundle_size = len(group)
    return head


def read(person_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> int:
    """Mark the person's notices ``ids``, and what is bundled in them, as read; return how many were unread."""
    mine = sa.and_(Notice.person_id == person_id, Notice.read_at.is_(None), Notice.delivered_at.is_not(None))
    named = sa.or_(Notice.id.in_(ids), Notice.bundled_into.in_(ids))
    done: Any = db.session.execute(sa.update(Notice).where(mine, named).values(read_at=now()))
    return int(done.rowcount)
