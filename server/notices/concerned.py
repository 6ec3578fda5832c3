"""Whom a line concerns (相关人员): the persons in given roles whose scope covers the item.

Job: read the tags of the line and the permission table backwards: whoever is told may also look.
Never: decide which roles should hear (the page of reactions and the ladders do).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import sqlalchemy as sa

from server import access
from server.db import db
from server.flow import MACHINES
from server.journal import Entry
from server.people.desks import filled, persons_at, today
from server.people.models import Appointment, Post, Unit

Tags = Mapping[str, set[str]]
REACHES: dict[str, Callable[[Tags], sa.ColumnElement[bool]]] = {
    "o": lambda tags: Appointment.person_id.in_(_ids(tags)),
    "c": lambda tags: sa.or_(Appointment.person_id.in_(_ids(tags)), Post.unit_code.in_(tags["c"])),
    "g": lambda tags: Post.grid_code.in_(tags["g"]),
    "v": lambda tags: Post.unit_code.in_(tags["v"]),
    "t": lambda tags: Unit.township_code.in_(tags["t"]),
    "d": lambda tags: Post.unit_code.in_(tags["d"]),
    "a": lambda tags: sa.true(),
}
"""Scope letter → which posts it means for an item with these tags. The tag ``c:`` names a unit that has not given the
item to one of its handlers yet: all of them may take it."""


def concerned(entry: Entry, roles: Iterable[str], unit: str | None = None) -> set[uuid.UUID]:
    """Return who fills ``roles`` today and may see the item of ``entry``; of departments only ``unit`` when given.

    A line about no item concerns every holder of the roles.
    """
    machine = MACHINES.get(entry.item_kind or "")
    if machine is None:
        return persons_at((role, None, None) for role in roles)
    tags = _sorted(_tags(entry))
    if unit:
        tags["d"] = {unit}
        tags["c"] &= {unit}
    clauses = [
        sa.and_(Post.role == role, REACHES[letter](tags))
        for role in roles
        for letter in set().union(*(access.letters(role, permission) for permission in machine.view))
        if letter in REACHES
    ]
    query = (
        sa.select(Appointment.person_id)
        .join(Post, Post.id == Appointment.post_id)
        .join(Unit, Unit.code == Post.unit_code)
        .where(filled(today()), sa.or_(sa.false(), *clauses))
    )
    return set(db.session.scalars(query))


def _tags(entry: Entry) -> list[str]:
    """Return the tags of the line; a line without any (a clock's) borrows those of the item's last move."""
    if entry.audience:
        return entry.audience
    moved = sa.select(Entry.audience).where(Entry.item_id == entry.item_id, Entry.move.is_not(None))
    return db.session.scalar(moved.order_by(Entry.id.desc()).limit(1)) or []


def _sorted(tags: Iterable[str]) -> defaultdict[str, set[str]]:
    """Return codes by the letter in front: ``{"t": {"441602001"}, …}``."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for tag in tags:
        letter, _, code = tag.partition(":")
        found[letter].add(code)
    return found


def _ids(tags: Tags) -> list[uuid.UUID]:
    return [uuid.UUID(code) for code in tags["p"]]
