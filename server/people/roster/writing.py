"""Write a plan: new persons, posts and appointments in a handful of statements, a line of the journal per person.

Job: the same result as one appointment after the other, for thousands at once.
Never: decide, or commit.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from server import journal
from server.access import Actor
from server.db import db, new_id
from server.journal import Line
from server.people.acts import Place
from server.people.models import Appointment, Person, Post
from server.people.roster.plan import Holding, Someone, Step
from server.people.rules import Span

Key = tuple[str, str]


def write(steps: Sequence[Step], by: Actor, **facts: Any) -> list[Someone]:
    """Write the accepted steps and return the new persons; ``facts`` (the file) go into every line."""
    people: dict[uuid.UUID, Someone] = {}
    holdings: dict[uuid.UUID, list[Holding]] = defaultdict(list)
    for step in steps:
        if step.person and step.holding:
            people[step.person.id] = step.person
            holdings[step.person.id].append(step.holding)
    _write_people(people.values())
    _write_holdings([one for several in holdings.values() for one in several])
    for person in people.values():
        said = [_said(one) for one in holdings[person.id]]
        line = {"username": person.username, "is_new": person.is_new, "appointments": said, **facts}
        journal.write(Line(action="person.imported", by=by, kind="person", item=person, facts=line))
    return [person for person in people.values() if person.is_new]


def _said(one: Holding) -> dict[str, Any]:
    days = {"from": one.span.first.isoformat(), "to": one.span.last.isoformat() if one.span.last else None}
    return {"role": one.place.role, "unit": one.place.unit, "grid": one.place.grid, **days}


def _write_people(people: Iterable[Someone]) -> None:
    rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for one in people:
        named = {"id": one.id, "name": one.name, "phone": one.phone}
        rows[one.is_new].append(
            named | {"username": one.username, "must_change_password": False} if one.is_new else named
        )
    _all(sa.insert(Person), rows[True])
    _all(sa.update(Person), rows[False])


def _write_holdings(holdings: Sequence[Holding]) -> None:
    new = [one for one in holdings if one.is_new]
    _give_posts(new)
    rows = [{"person_id": one.person_id, "post_id": one.post_id, "deputy": False} | _dates(one) for one in new]
    _all(sa.insert(Appointment), rows)
    _all(sa.update(Appointment), [_dates(one) for one in holdings if not one.is_new])


def _dates(one: Holding) -> dict[str, Any]:
    return {"id": one.id, "valid_from": one.span.first, "valid_to": one.span.last}


def _all(statement: sa.Insert | sa.Update, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.execute(statement, rows)


def _give_posts(new: Sequence[Holding]) -> None:
    """Give every new appointment a post of its place that nobody fills in that time; make those that are missing.

    In the order of time, so that a successor finds the post its predecessor leaves; who stays for good leaves none.
    """
    vacant, taken = _posts(new)
    made = []
    for one in sorted(new, key=lambda holding: holding.span.first):
        posts = vacant[_key(one.place)]
        free = next((post for post in posts if not any(span.meets(one.span) for span in taken[post])), None)
        if free is None:
            free = new_id()
            if one.span.last:
                posts.append(free)
            made.append({"id": free, "role": one.place.role, "unit_code": one.place.unit, "grid_code": one.place.grid})
        taken[free].append(one.span)
        one.post_id = free
    _all(sa.insert(Post), made)


def _posts(new: Iterable[Holding]) -> tuple[dict[Key, list[uuid.UUID]], dict[uuid.UUID, list[Span]]]:
    """Return the posts of these places, and when each is filled."""
    posts: dict[Key, list[uuid.UUID]] = defaultdict(list)
    taken: dict[uuid.UUID, list[Span]] = defaultdict(list)
    where = sa.func.coalesce(Post.grid_code, Post.unit_code)
    query = (
        sa.select(Post, Appointment.valid_from, Appointment.valid_to)
        .join(Appointment, Appointment.post_id == Post.id, isouter=True)
        .where(where.in_({_key(one.place)[1] for one in new}))
        .order_by(Post.id)
    )
    for post, first, last in db.session.execute(query):
        known = posts[_key(Place(post.role, post.unit_code, post.grid_code))]
        if post.id not in known:
            known.append(post.id)
        if first:
            taken[post.id].append(Span(first, last))
    return posts, taken


def _key(place: Place) -> Key:
    return place.role, place.grid or place.unit
