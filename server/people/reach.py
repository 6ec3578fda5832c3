"""Whose account and which posts an actor may look after (spec 12: account.manage, grid.edit).

Job: the security administrator reaches everybody; who keeps the people of grids (网格边界与人员) reaches those who
stand in grids of the own scope and nowhere else, so that nobody gets hold of an account with more power than that.
Never: decide for one route by hand; default is deny.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server import access
from server.access import Actor, Clause
from server.db import db
from server.errors import NotFound
from server.people.desks import today
from server.people.models import Appointment, Device, Person, Post
from server.people.rules import GRID_ROLES

ACCOUNTS = "account.manage"
GRID_PEOPLE = "grid.edit"


def persons(by: Actor) -> Clause:
    """Return the condition for the persons whose accounts ``by`` may look after."""
    mine = sa.and_(Post.role.in_(GRID_ROLES), access.within(by, GRID_PEOPLE, Post))
    held = (
        sa.select(Appointment.person_id)
        .join(Post, Post.id == Appointment.post_id)
        .where(sa.or_(Appointment.valid_to.is_(None), Appointment.valid_to >= today()))
    )
    return sa.or_(
        access.within(by, ACCOUNTS, Person),
        sa.and_(Person.id.in_(held.where(mine)), Person.id.not_in(held.where(sa.not_(mine)))),
    )


def devices(by: Actor) -> Clause:
    """Return the condition for the devices ``by`` may report lost: the own ones and those of persons in reach."""
    return sa.or_(Device.person_id == by.person_id, Device.person_id.in_(sa.select(Person.id).where(persons(by))))


def find(person_id: uuid.UUID, by: Actor) -> Person:
    """Return a person in reach, locked for change; NotFound alike for absent and foreign ones."""
    query = sa.select(Person).where(Person.id == person_id, persons(by))
    person: Person | None = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if person is None:
        raise NotFound
    return person
