"""Who works in a unit today (同事): the people an act may name.

Job: names by unit and role, for the choices of a form.
Never: tell a telephone, or anybody outside of the asker's own units.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from server.access import Actor
from server.db import db
from server.people.desks import filled, today
from server.people.models import Appointment, Person, Post

MOST = 200


def of(by: Actor, roles: Iterable[str]) -> list[dict[str, Any]]:
    """Return id, name, role and unit of those who fill a post of ``roles`` in a unit of ``by`` today, by name."""
    query = (
        sa.select(Person.id, Person.name, Post.role, Post.unit_code)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(Post, Post.id == Appointment.post_id)
        .where(Post.unit_code.in_(by.units), Post.role.in_(list(roles)), filled(today()), Person.disabled_at.is_(None))
        .order_by(Person.name, Person.id)
        .limit(MOST)
    )
    return [dict(row._mapping) for row in db.session.execute(query)]
