"""The people of a grid, 1+1+N (网格力量): one grid leader, one full-time worker, any number of part-time ones, with dates.

Job: appoint and relieve; say who stands where. A seat is a post of the grid, filled by appointments (spec 3.1, 10 S2).
Never: show a phone number, commit, or judge a person.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from server import access, journal, policy
from server.access import Actor
from server.db import db
from server.grids.models import Grid
from server.grids.outlines import grid_in_force
from server.grids.refusals import (
    AdministratorsStayApart,
    DatesReversed,
    SeatTaken,
    TooManyGrids,
    UnknownGrid,
    UnknownPerson,
)
from server.journal import Line
from server.people import desks
from server.people.models import Appointment, Person, Post


@dataclass(frozen=True, slots=True)
class Seat:
    """A kind of seat in a grid: how many posts of it there may be (None: any number)."""

    role: str
    zh: str
    posts: int | None


SEATS = {
    seat.role: seat
    for seat in (Seat("GLD", "网格长", 1), Seat("GWF", "专职网格员", 1), Seat("GWP", "兼职网格员", None))
}
"""1+1+N."""


def staff(codes: Iterable[str], day: date | None = None) -> list[dict[str, Any]]:
    """Return one row per post and appointment of these grids that holds on ``day`` (default today); vacant posts too."""
    query = (
        sa.select(
            Post.grid_code,
            Post.role,
            Post.title,
            Appointment.id,
            Person.name,
            Appointment.deputy,
            Appointment.valid_from,
            Appointment.valid_to,
        )
        .select_from(Post)
        .join(Appointment, sa.and_(Appointment.post_id == Post.id, desks.filled(day or desks.today())), isouter=True)
        .join(Person, Person.id == Appointment.person_id, isouter=True)
        .where(Post.grid_code.in_(list(codes)), Post.role.in_(SEATS))
        .order_by(Post.grid_code, sa.func.array_position(list(SEATS), Post.role), Appointment.deputy, Post.id)
    )
    names = ("grid_code", "role", "title", "id", "name", "deputy", "valid_from", "valid_to")
    return [dict(zip(names, row, strict=True)) for row in db.session.execute(query)]


def shown(code: str, by: Actor) -> list[dict[str, Any]]:
    """Return the staff of a grid as ``by`` may see it: names within the reader's own area, phones never.

    Raises UnknownGrid when no grid of the edition in force has this code.
    """
    grid = grid_in_force(code)
    near = db.session.scalar(sa.select(Grid.id).where(Grid.id == grid.id, access.within(by, "event.view", Grid)))
    return [row | {"role_zh": SEATS[row["role"]].zh, "name": row["name"] if near else None} for row in staff([code])]


def appoint(code: str, appointment_id: uuid.UUID, *, by: Actor, **facts: Any) -> Appointment:
    """Put a person into a seat of grid ``code``; ``facts``: username, role, valid_from, valid_to (dates), deputy.

    Raises:
        UnknownGrid: no such grid in force within the actor's area.
        UnknownPerson, AdministratorsStayApart, TooManyGrids, DatesReversed: who is named cannot be appointed.
        SeatTaken: the one seat is filled at that time and ``deputy`` is not set.
    """
    grid = _locked(code, by)
    person = _person(facts["username"])
    begins, ends = facts.get("valid_from") or desks.today(), facts.get("valid_to")
    if ends is not None and ends < begins:
        raise DatesReversed
    _check_load(person, code, begins, ends)
    post = _post(grid, SEATS[facts["role"]], begins, ends, deputy=facts["deputy"])
    made = Appointment(
        id=appointment_id, person_id=person.id, post_id=post.id, valid_from=begins, valid_to=ends, deputy=facts["deputy"]
    )
    db.session.add(made)
    db.session.flush()
    _tell("grids.appointed", grid, post, made, by)
    return made


def relieve(code: str, appointment_id: uuid.UUID, *, by: Actor, last_day: date | None = None) -> Appointment:
    """End an appointment after ``last_day`` (default today).

    Raises UnknownGrid when the grid or the appointment in it is not within the actor's area, DatesReversed when the
    appointment begins after ``last_day``.
    """
    grid = _locked(code, by)
    made = db.session.get(Appointment, appointment_id)
    post = db.session.get(Post, made.post_id) if made else None
    if made is None or post is None or post.grid_code != grid.code:
        raise UnknownGrid
    ends = last_day or desks.today()
    if ends < made.valid_from:
        raise DatesReversed
    made.valid_to = ends
    db.session.flush()
    _tell("grids.relieved", grid, post, made, by)
    return made


def _locked(code: str, by: Actor) -> Grid:
    """Return the grid in force within reach of ``by``, locked, so that a seat is given once."""
    grid = grid_in_force(code)
    query = sa.select(Grid).where(Grid.id == grid.id, access.within(by, "grid.edit", Grid)).with_for_update(key_share=True)
    found = db.session.scalar(query)
    if found is None:
        raise UnknownGrid
    return found


def _person(username: str) -> Person:
    person = db.session.scalar(sa.select(Person).where(Person.username == username, Person.disabled_at.is_(None)))
    if person is None:
        raise UnknownPerson(username=username)
    return person


def _meets(begins: date, ends: date | None) -> sa.ColumnElement[bool]:
    """Return the condition that an appointment has a day in common with these dates."""
    later = sa.or_(Appointment.valid_to.is_(None), Appointment.valid_to >= begins)
    return later if ends is None else sa.and_(later, Appointment.valid_from <= ends)


def _check_load(person: Person, code: str, begins: date, ends: date | None) -> None:
    """Refuse administrators, and who would hold more grids than the setting allows (spec 10 S3)."""
    query = (
        sa.select(Post.role, Post.grid_code)
        .join(Appointment, Appointment.post_id == Post.id)
        .where(Appointment.person_id == person.id, _meets(begins, ends))
    )
    held = list(db.session.execute(query))
    if any(policy.current().roles[role].administers for role, _ in held):
        raise AdministratorsStayApart(username=person.username)
    grids = {grid for _, grid in held if grid} | {code}
    most = policy.current().settings.grids.per_person_max
    if len(grids) > most:
        raise TooManyGrids(limit=most, grids=sorted(grids))


def _post(grid: Grid, seat: Seat, begins: date, ends: date | None, *, deputy: bool) -> Post:
    """Return the post to fill: a free one (for a deputy rather a filled one), or a new one where there may be more."""
    posts = list(db.session.scalars(sa.select(Post).where(Post.grid_code == grid.code, Post.role == seat.role).order_by(Post.id)))
    taken = sa.select(Appointment.post_id).where(
        Appointment.post_id.in_([post.id for post in posts]), ~Appointment.deputy, _meets(begins, ends)
    )
    filled = set(db.session.scalars(taken))
    fitting = [post for post in posts if deputy or post.id not in filled]
    if fitting:
        return max(fitting, key=lambda post: post.id in filled)
    if seat.posts is not None and len(posts) >= seat.posts:
        raise SeatTaken(role=seat.role)
    unit = grid.village_code or grid.township_code or policy.current().settings.district.code6
    post = Post(role=seat.role, unit_code=unit, grid_code=grid.code, title=seat.zh)
    db.session.add(post)
    db.session.flush()
    return post


def _tell(action: str, grid: Grid, post: Post, made: Appointment, by: Actor) -> None:
    facts = {
        "grid": grid.code,
        "role": post.role,
        "appointment": made.id,
        "person": made.person_id,
        "valid_from": made.valid_from,
        "valid_to": made.valid_to,
        "deputy": made.deputy,
    }
    tags = {"a", f"p:{made.person_id}"} | ({f"t:{grid.township_code}"} if grid.township_code else set())
    journal.write(Line(action, by, facts=journal.plain(facts), audience=tags))


def vacancies(codes: Iterable[str], day: date | None = None) -> dict[str, list[str]]:
    """Return for each grid the single seats that nobody fills on ``day`` (spec 10 S2); grids without any are left out."""
    wanted = list(codes)
    filled = {(row["grid_code"], row["role"]) for row in staff(wanted, day) if row["name"]}
    single = [seat.role for seat in SEATS.values() if seat.posts is not None]
    found = {code: [role for role in single if (code, role) not in filled] for code in wanted}
    return {code: roles for code, roles in found.items() if roles}
