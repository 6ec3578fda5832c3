"""What is done to accounts and appointments, a line of the journal each.

Job: create, appoint, relieve, send on leave, close, give a code, change a password.
Never: commit, or write a password or a code into the journal.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server import journal, policy
from server.access import Actor
from server.db import db, new_id, now
from server.errors import NotFound
from server.journal import Line
from server.people import codes, passwords, rules, sign_in, tokens, tries
from server.people.desks import today
from server.people.models import Appointment, Leave, Person, Post, Token, Unit
from server.people.refusals import (
    AccountDisabled,
    AlreadyAppointed,
    AppointmentOrder,
    BadUsername,
    NoPasswordYet,
    PostTaken,
    RolesExclude,
    TooManyGrids,
    UnknownPlace,
    UsernameTaken,
)
from server.people.rules import Span
from server.people.sign_in import normal

USERNAME = re.compile(r"[\w.@-]{2,64}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post stands: role, unit and, for the people of grids, the grid."""

    role: str
    unit: str
    grid: str | None = None


def create(person_id: uuid.UUID, username: str, name: str, by: Actor, *, phone: str | None = None) -> Person:
    """Return a new account without a password: a one-time code opens it (``give_code``).

    Raises:
        BadUsername, UsernameTaken.
    """
    username = normal(username)
    if not USERNAME.fullmatch(username):
        raise BadUsername
    if db.session.scalar(sa.select(Person.id).where(Person.username == username)):
        raise UsernameTaken
    person = Person(id=person_id, username=username, name=name, phone=phone, password_hash=None)
    person.must_change_password = False
    db.session.add(person)
    db.session.flush()
    _note("person.created", person, by)
    return person


def appoint(person: Person, place: Place, span: Span, by: Actor, *, deputy: bool = False) -> Appointment:
    """Let ``person`` (locked) fill a post of ``place`` for ``span``; a deputy stands beside who fills it.

    Raises:
        UnknownPlace, AppointmentOrder, AccountDisabled: this cannot be.
        RolesExclude: system, security and audit administrators stand alone (spec 2.8).
        TooManyGrids: more grids at once than ``grids.per_person_max`` (spec 10 S3).
        AlreadyAppointed, PostTaken: this person, or somebody else, fills it in that time.
    """
    _check_place(place)
    if span.last and span.last < span.first:
        raise AppointmentOrder
    if person.disabled_at:
        raise AccountDisabled
    check_fits(_held(person.id, span), place, span, deputy=deputy)
    appointment = Appointment(id=new_id(), person_id=person.id, valid_from=span.first, valid_to=span.last)
    appointment.post_id, appointment.deputy = _post(place, span, deputy), deputy
    db.session.add(appointment)
    db.session.flush()
    _note("person.appointed", person, by, **_said(place, span), deputy=deputy)
    return appointment


def check_fits(held: list[tuple[Place, Span, bool]], place: Place, span: Span, *, deputy: bool) -> None:
    """Refuse an appointment that does not go with those ``held`` (place, span, deputy) in the same time."""
    current = policy.current()
    administrators = {code for code, role in current.roles.items() if role.administers}
    meeting = [(other, when, beside) for other, when, beside in held if when.meets(span)]
    if other := rules.clash((one.role for one, _, _ in meeting), place.role, administrators):
        raise RolesExclude(roles=[other, place.role])
    if any(one == place for one, _, _ in meeting):
        raise AlreadyAppointed
    most = current.settings.grids.per_person_max
    grids = [(one.grid, when) for one, when, beside in meeting if one.grid and not beside]
    if place.grid and not deputy and rules.grids_at_once(grids, (place.grid, span)) > most:
        raise TooManyGrids(most=most)


def _check_place(place: Place) -> None:
    known = place.role in policy.current().roles and place.role not in rules.NO_POST
    if not known or (place.role in rules.GRID_ROLES) is not (place.grid is not None):
        raise UnknownPlace(role=place.role, grid=place.grid)
    unit = db.session.get(Unit, place.unit)
    if unit is None or not rules.fits_unit(place.role, unit.kind):
        raise UnknownPlace(role=place.role, unit=place.unit)


def _held(person_id: uuid.UUID, span: Span) -> list[tuple[Place, Span, bool]]:
    query = (
        sa.select(Post.role, Post.unit_code, Post.grid_code, Appointment)
        .join(Appointment, Appointment.post_id == Post.id)
        .where(Appointment.person_id == person_id, _meets(span))
    )
    return [
        (Place(role, unit, grid), Span(one.valid_from, one.valid_to), one.deputy)
        for role, unit, grid, one in db.session.execute(query)
    ]


def _meets(span: Span) -> sa.ColumnElement[bool]:
    ends = sa.or_(Appointment.valid_to.is_(None), Appointment.valid_to >= span.first)
    return sa.and_(ends, *([Appointment.valid_from <= span.last] if span.last else []))


def _post(place: Place, span: Span, deputy: bool) -> uuid.UUID:
    """Return a post of ``place`` (a grid's is the grid's, whatever unit it was made under): for a deputy one that is
    filled, else a vacant one, else a new one.
    """
    filled = sa.exists().where(Appointment.post_id == Post.id, _meets(span)).correlate(Post)
    query = sa.select(Post.id).where(Post.role == place.role, Post.grid_code.is_not_distinct_from(place.grid))
    if place.grid is None:
        query = query.where(Post.unit_code == place.unit)
    found = db.session.scalar(query.where(filled if deputy else sa.not_(filled)).order_by(Post.id).limit(1))
    if found:
        return found
    if deputy:
        raise UnknownPlace(detail="there is nobody to stand in for", role=place.role, unit=place.unit, grid=place.grid)
    if place.role in rules.ONE_PER_GRID and db.session.scalar(query.limit(1)):
        raise PostTaken(role=place.role, grid=place.grid)
    post = Post(id=new_id(), role=place.role, unit_code=place.unit, grid_code=place.grid)
    db.session.add(post)
    db.session.flush()
    return post.id


def relieve(appointment_id: uuid.UUID, last_day: date, person: Person, by: Actor) -> Appointment:
    """End an appointment of ``person`` with ``last_day``.

    Raises:
        NotFound: this person has no such appointment.
        AppointmentOrder: it begins after that day.
    """
    appointment = db.session.get(Appointment, appointment_id)
    if appointment is None or appointment.person_id != person.id:
        raise NotFound
    if last_day < appointment.valid_from:
        raise AppointmentOrder
    appointment.valid_to = last_day
    _note("person.relieved", person, by, appointment=str(appointment_id), last_day=last_day.isoformat())
    return appointment


def send_on_leave(person: Person, first_day: date, last_day: date, by: Actor) -> Leave:
    """Note that ``person`` is away: meanwhile the deputies on the same posts come first."""
    if last_day < first_day:
        raise AppointmentOrder
    leave = Leave(person_id=person.id, first_day=first_day, last_day=last_day)
    db.session.add(leave)
    _note("person.on_leave", person, by, first_day=first_day.isoformat(), last_day=last_day.isoformat())
    return leave


def leaves_of(person_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the leaves of a person that are not over, at most 20."""
    query = sa.select(Leave.first_day, Leave.last_day).where(Leave.person_id == person_id, Leave.last_day >= today())
    rows = db.session.execute(query.order_by(Leave.first_day).limit(20))
    return [{"first_day": first.isoformat(), "last_day": last.isoformat()} for first, last in rows]


def unlock(person: Person, by: Actor) -> None:
    """Forget the failed sign-ins of an account."""
    tries.unlock(person.username)
    _note("account.unlocked", person, by)


def disable(person: Person, by: Actor) -> None:
    """Close an account: tokens end, phones erase themselves, appointments end with yesterday, future ones vanish."""
    person.disabled_at = person.disabled_at or now()
    yesterday = today() - timedelta(days=1)
    mine = Appointment.person_id == person.id
    db.session.execute(sa.delete(Appointment).where(mine, Appointment.valid_from > yesterday))
    still = sa.or_(Appointment.valid_to.is_(None), Appointment.valid_to > yesterday)
    db.session.execute(sa.update(Appointment).where(mine, still).values(valid_to=yesterday))
    tokens.revoke(Token.person_id == person.id, wipe=True)
    codes.cancel([person.id])
    _note("person.disabled", person, by)


def give_code(person: Person, by: Actor) -> tuple[str, datetime]:
    """Return a one-time code for enrolling a phone, or for the first sign-in where there is no password."""
    if person.disabled_at:
        raise AccountDisabled
    made, expires_at = codes.made_for([person.id], by.person_id)
    _note("person.code_given", person, by)
    return made[0], expires_at


def reset_password(person: Person, by: Actor) -> tuple[str, datetime]:
    """Forget the password and end every session and token; return the one-time code that opens the account again."""
    person.password_hash = None
    person.must_change_password = False
    tokens.revoke(Token.person_id == person.id)
    _note("person.password_reset", person, by)
    return give_code(person, by)


def change_password(by: Actor, old: str | None, new: str) -> None:
    """Set a new password; every other token of the person ends.

    Raises:
        WrongOldPassword: the present one is wrong.
        NoPasswordYet: there is none, and this sign-in was not the first one by code.
        WeakPassword: the new one is not good enough.
    """
    person = db.session.get_one(Person, by.person_id)
    if person.password_hash is None and not person.must_change_password:
        raise NoPasswordYet
    if person.password_hash is not None:
        sign_in.prove_again(person, old or "")
    passwords.check_new(new, old=old, about=[person.username, person.name, person.phone or ""])
    person.password_hash, person.must_change_password = passwords.hashed(new), False
    tokens.revoke(Token.person_id == person.id, Token.hash != by.token_hash)
    _note("person.password_changed", person, by)


def _said(place: Place, span: Span) -> dict[str, Any]:
    days = {"from": span.first.isoformat(), "to": span.last.isoformat() if span.last else None}
    return {"role": place.role, "unit": place.unit, "grid": place.grid, **days}


def _note(action: str, person: Person, by: Actor, **facts: Any) -> None:
    journal.write(Line(action=action, by=by, kind="person", item=person, facts=facts))
