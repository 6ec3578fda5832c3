"""How versions are shown: who, when, why, and what they changed.

Never: decide.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from server import policy
from server.amendments import directory, notice, versions
from server.amendments.models import Amendment
from server.amendments.subjects import DIRECTORY, SUBJECTS
from server.db import db, now
from server.people.models import Person
from server.policy import Policy


def names(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Return the names of these members of staff."""
    wanted = {id for id in ids if id}
    found = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in found}


def state(one: Amendment, latest: uuid.UUID | None) -> str:
    """Return draft, withdrawn, coming, in_force or past."""
    if one.begins_at is None:
        return "draft"
    if one.withdrawn_at:
        return "withdrawn"
    if one.begins_at > now():
        return "coming"
    return "in_force" if one.id == latest else "past"


def listed(found: Iterable[Amendment]) -> list[dict[str, Any]]:
    """Return versions as rows, in the order given."""
    rows = list(found)
    begun = [one for one in rows if one.begins_at and one.begins_at <= now() and not one.withdrawn_at]
    latest = max(begun, key=lambda one: one.begins_at or now()).id if begun else None
    people = names(id for one in rows for id in (one.made_by, one.adopted_by, one.withdrawn_by))
    return [_row(one, state(one, latest), people) for one in rows]


def _row(one: Amendment, is_now: str, people: dict[uuid.UUID, str]) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("subject", "no", "reason", "source", "revision")}
    moments = {name: getattr(one, name) for name in ("made_at", "begins_at", "adopted_at", "withdrawn_at")}
    who = {name: people.get(getattr(one, name)) for name in ("made_by", "adopted_by", "withdrawn_by")}
    return {"id": str(one.id), "state": is_now, **plain, **moments, **who}


def books(one: Amendment) -> tuple[Policy, Policy]:
    """Return the policy before and with this version."""
    subject = SUBJECTS[one.subject]
    query = sa.select(Amendment.files).where(
        Amendment.subject == one.subject, Amendment.begins_at.is_not(None), Amendment.withdrawn_at.is_(None)
    )
    if one.begins_at:
        query = query.where(Amendment.begins_at < one.begins_at)
    before = db.session.scalar(query.order_by(Amendment.begins_at.desc()).limit(1))
    return versions.with_files(before or policy.texts(subject.files)), versions.with_files(one.files)


def full(one: Amendment) -> dict[str, Any]:
    """Return a version with what it changed."""
    before, after = books(one)
    row = listed([one])[0]
    if one.subject == DIRECTORY.code:
        return row | {"changes": directory.differences(before, after)}
    known = {year["year"]: year for year in notice.years(before)}
    return row | {"changes": [year for year in notice.years(after) if known.get(year["year"]) != year]}
