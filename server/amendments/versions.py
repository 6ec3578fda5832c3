"""The life of a version (版本): drafted, adopted for a day, withdrawn before it begins.

Job: find versions and drafts, keep what is written fit for use, a line of the journal for each act.
Never: commit, or change what has begun.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from server import journal, policy
from server.access import Actor
from server.amendments import force
from server.amendments.models import Amendment
from server.amendments.refusals import BeginsTooEarly, DraftChanged, HasBegun, NoDraft, NothingChanged, Unfit
from server.amendments.subjects import SUBJECTS, Files, Subject
from server.db import CN, db, now
from server.errors import NotFound
from server.journal import Line
from server.people.desks import today
from server.policy import Policy, PolicyError

AHEAD = timedelta(days=366)
KIND = "amendment"


def adopted(subject: Subject) -> Sequence[Amendment]:
    """Return the versions that were adopted, the latest beginning first; withdrawn ones too."""
    query = sa.select(Amendment).where(Amendment.subject == subject.code, Amendment.begins_at.is_not(None))
    return db.session.scalars(query.order_by(Amendment.begins_at.desc(), Amendment.no.desc()).limit(200)).all()


def files_at(subject: Subject, moment: datetime | None = None) -> Files:
    """Return the subject's files as they hold at ``moment`` (None: after everything adopted so far)."""
    query = sa.select(Amendment.files).where(
        Amendment.subject == subject.code, Amendment.begins_at.is_not(None), Amendment.withdrawn_at.is_(None)
    )
    if moment is not None:
        query = query.where(Amendment.begins_at <= moment)
    found = db.session.scalar(query.order_by(Amendment.begins_at.desc()).limit(1))
    return found or policy.texts(subject.files)


def with_files(files: Files) -> Policy:
    """Return the policy as it would be with ``files``, the other subjects as adopted so far; raises Unfit."""
    others = {name: text for one in SUBJECTS.values() for name, text in files_at(one).items()}
    try:
        return policy.load(over=others | dict(files))
    except PolicyError as error:
        raise Unfit(
            findings=[{"place": str(one.place), "zh": one.zh, "en": one.en} for one in error.findings]
        ) from None


def find(id: uuid.UUID) -> Amendment:
    """Return an adopted version or draft; raises NotFound."""
    found = db.session.get(Amendment, id)
    if found is None:
        raise NotFound
    return found


def draft(subject: Subject, *, locked: bool = False) -> Amendment | None:
    """Return the draft of ``subject``, or None."""
    query = sa.select(Amendment).where(Amendment.subject == subject.code, Amendment.begins_at.is_(None))
    return db.session.scalar(query.with_for_update() if locked else query)


def begin(subject: Subject, by: Actor) -> Amendment:
    """Return the draft of ``subject``: the one there is, or a new one that says what was adopted last."""
    _one_at_a_time(subject)
    return draft(subject) or new(subject, files_at(subject), by)


def new(subject: Subject, files: Files, by: Actor) -> Amendment:
    """Return a new draft with ``files``."""
    numbers = sa.select(sa.func.max(Amendment.no)).where(Amendment.subject == subject.code)
    made = Amendment(
        subject=subject.code,
        no=(db.session.scalar(numbers) or 0) + 1,
        files=dict(files),
        made_by=by.person_id,
        made_at=now(),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _one_at_a_time(subject: Subject) -> None:
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"amendments:{subject.code}"))))


def held(subject: Subject, revision: int) -> Amendment:
    """Return the draft, locked, as the reader saw it; raises NoDraft, DraftChanged."""
    found = draft(subject, locked=True)
    if found is None:
        raise NoDraft
    if found.revision != revision:
        raise DraftChanged(revision=found.revision)
    return found


def write(amendment: Amendment, files: Files) -> None:
    """Put ``files`` into a draft; raises Unfit."""
    with_files(files)
    amendment.files, amendment.revision = dict(files), amendment.revision + 1


def discard(subject: Subject, revision: int, by: Actor) -> None:
    """Throw the draft away."""
    found = held(subject, revision)
    _note("amendment.discarded", found, by)
    db.session.delete(found)
    db.session.flush()


def adopt(subject: Subject, revision: int, begins_on: date, reason: str, by: Actor) -> Amendment:
    """Let the draft hold from 00:00 (Beijing) of ``begins_on``; raises BeginsTooEarly, NothingChanged, Unfit."""
    _one_at_a_time(subject)
    found = held(subject, revision)
    if dict(found.files) == dict(files_at(subject)):
        raise NothingChanged
    earliest = earliest_day(subject)
    if not earliest <= begins_on <= today() + AHEAD:
        raise BeginsTooEarly(earliest=earliest.isoformat())
    with_files(found.files)
    return settle(found, datetime.combine(begins_on, time(), CN), reason, by)


def settle(amendment: Amendment, begins_at: datetime, reason: str, by: Actor) -> Amendment:
    """Note when a version begins, who decided it and why; every process hears of it."""
    amendment.begins_at, amendment.reason = begins_at, reason
    amendment.adopted_by, amendment.adopted_at = by.person_id, now()
    db.session.flush()
    _note("amendment.adopted", amendment, by, begins_at=begins_at.isoformat(), reason=reason, source=amendment.source)
    force.look_again()
    return amendment


def earliest_day(subject: Subject) -> date:
    """Return the first day on which a new version may begin."""
    begins = sa.select(sa.func.max(Amendment.begins_at))
    last = db.session.scalar(begins.where(Amendment.subject == subject.code, Amendment.withdrawn_at.is_(None)))
    after = last.astimezone(CN).date() if last else today()
    return max(today(), after) + timedelta(days=1)


def withdraw(id: uuid.UUID, reason: str, by: Actor) -> Amendment:
    """Take back a version that has not begun; raises HasBegun."""
    found = find(id)
    db.session.refresh(found, with_for_update=True)
    if found.begins_at is None or found.begins_at <= now() or found.withdrawn_at:
        raise HasBegun
    found.withdrawn_by, found.withdrawn_at = by.person_id, now()
    _note("amendment.withdrawn", found, by, reason=reason)
    force.look_again()
    return found


def _note(action: str, amendment: Amendment, by: Actor, **facts: Any) -> None:
    told = {"subject": amendment.subject, "no": amendment.no, **facts}
    journal.write(Line(action, by, kind=KIND, item=amendment, facts=told, audience={"a"}))
