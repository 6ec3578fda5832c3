"""Who acts in the stories (出场人员): the synthetic staff as actors, found by role and place.

Job: read the staff once; hand out the right person, the same one for the same draw.
Never: a token or a password: these actors exist inside this process only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from random import Random

import sqlalchemy as sa

from server.access import Actor, Hat
from server.db import db
from server.people.models import Appointment, Person, Post, Unit

Place = tuple[str, str]
"""(Role, code of unit or grid)."""


class Cast:
    """Actors by (role, unit or grid), holders of accounts first: they have the shortest names."""

    def __init__(self, by_place: Mapping[Place, list[Actor]]) -> None:
        self._by_place = by_place

    @classmethod
    def read(cls) -> Cast:
        """Return the synthetic staff of this database; one statement."""
        query = (
            sa.select(Person.id, Person.name, Person.username, Post, Unit.township_code)
            .join(Appointment, Appointment.person_id == Person.id)
            .join(Post, Post.id == Appointment.post_id)
            .join(Unit, Unit.code == Post.unit_code)
            .where(Person.synthetic, Post.synthetic, sa.not_(Appointment.deputy))
            .order_by(sa.func.length(Person.username), Person.username.collate("C"))
        )
        found: dict[Place, list[Actor]] = defaultdict(list)
        for person, name, username, post, township in db.session.execute(query):
            hat = Hat(post.id, post.role, post.unit_code, township, post.grid_code)
            actor = Actor(person, name, (hat,), username=username)
            found[post.role, post.grid_code or post.unit_code].append(actor)
        db.session.expunge_all()
        return cls(found)

    def one(self, role: str, place: str, rng: Random | None, *, but: Collection[Actor] = ()) -> Actor:
        """Return somebody of ``role`` at ``place`` (unit or grid), none of ``but``; the first one without ``rng``.

        LookupError when there is nobody.
        """
        held = [actor for actor in self._by_place.get((role, place), ()) if actor not in but]
        if not held:
            raise LookupError(f"nobody is {role} at {place}")
        return rng.choice(held) if rng else held[0]
