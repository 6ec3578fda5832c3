"""The people of a grid, 1+1+N (网格力量): one leader, one full-time worker, any number of part-time ones, with dates.

Job: appoint and relieve within the own area; say who stands where and which seat is vacant (spec 3.1, 10 S2).
Never: show a phone number, judge a person, or keep the books of appointments: ``people`` does.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from server import access, policy
from server.access import Actor
from server.db import db
from server.grids.models import Grid
from server.grids.outlines import grid_in_force
from server.grids.refusals import UnknownGrid, UnknownPerson
from server.people import acts as people
from server.people import desks
from server.people.models import Appointment, Person, Post
from server.people.rules import GRID_ROLES, ONE_PER_GRID, Span
from server.people.sign_in import normal


def staff(codes: Iterable[str], day: date | None = None) -> list[dict[str, Any]]:
    """Return a row per post and appointment of these grids that holds on ``day`` (default today); vacant posts too."""
    holds = sa.and_(Appointment.post_id == Post.id, desks.filled(day or desks.today()))
    columns = (Post.grid_code, Post.role, Appointment.id, Person.name)
    dates = (Appointment.deputy, Appointment.valid_from, Appointment.valid_to)
    query = (
        sa.select(*columns, *dates)
        .select_from(Post)
        .join(Appointment, holds, isouter=True)
        .join(Person, Person.id == Appointment.person_id, isouter=True)
        .where(Post.grid_code.in_(list(codes)), Post.role.in_(GRID_ROLES))
        .order_by(Post.grid_code, Post.role, Appointment.deputy, Post.id)
    )
    names = ("grid_code", "role", "id", "name", "deputy", "valid_from", "valid_to")
    return [dict(zip(names, row, strict=True)) for row in db.session.execute(query)]


def shown(code: str, by: Actor) -> list[dict[str, Any]]:
    """Return the staff of a grid as ``by`` may see it: names within the reader's own area, phones never.

    Raises UnknownGrid when no grid of the edition in force has this code.
    """
    grid = grid_in_force(code)
    near = db.session.scalar(sa.select(Grid.id).where(Grid.id == grid.id, access.within(by, "event.view", Grid)))
    roles = policy.current().roles
    return [row | {"role_zh": roles[row["role"]].zh, "name": row["name"] if near else None} for row in staff([code])]


def appoint(code: str, username: str, role: str, span: Span, *, by: Actor, deputy: bool = False) -> Appointment:
    """Put a person into a seat of grid ``code`` for ``span``.

    Raises:
        UnknownGrid: no such grid in force within the actor's area.
        UnknownPerson: no open account of that user name.
        people's refusals: the seat is taken, the person holds too many grids, or is an administrator.
    """
    grid = _locked(code, by)
    query = sa.select(Person).where(Person.username == normal(username), Person.disabled_at.is_(None))
    person = db.session.scalar(query.with_for_update())
    if person is None:
        raise UnknownPerson(username=username)
    unit = grid.village_code or grid.township_code or policy.current().settings.district.code6
    return people.appoint(person, people.Place(role, unit, grid.code), span, by, deputy=deputy)


def relieve(code: str, appointment_id: uuid.UUID, *, by: Actor, last_day: date | None = None) -> Appointment:
    """End an appointment in grid ``code`` after ``last_day`` (default today).

    Raises:
        UnknownGrid: the grid, or the appointment in it, is not within the actor's area.
        AppointmentOrder: it begins after that day.
    """
    grid = _locked(code, by)
    query = sa.select(Person).join(Appointment, Appointment.person_id == Person.id).join(Post)
    query = query.where(Appointment.id == appointment_id, Post.grid_code == grid.code)
    person = db.session.scalar(query.with_for_update(of=Person))
    if person is None:
        raise UnknownGrid
    return people.relieve(appointment_id, last_day or desks.today(), person, by)


def _locked(code: str, by: Actor) -> Grid:
    """Return the grid in force within reach of ``by``, locked, so that one seat is not given twice."""
    grid = grid_in_force(code)
    query = sa.select(Grid).where(Grid.id == grid.id, access.within(by, "grid.edit", Grid))
    found: Grid | None = db.session.scalar(query.with_for_update())
    if found is None:
        raise UnknownGrid
    return found


def vacancies(codes: Iterable[str], day: date | None = None) -> dict[str, list[str]]:
    """Return for each grid the single seats that nobody fills on ``day`` (spec 10 S2); complete grids are left out."""
    wanted = list(codes)
    filled = {(row["grid_code"], row["role"]) for row in staff(wanted, day) if row["name"]}
    found = {code: [role for role in ONE_PER_GRID if (code, role) not in filled] for code in wanted}
    return {code: roles for code, roles in found.items() if roles}
