"""Accounts, appointments, one-time codes and lost phones (spec 12: account.manage, grid.edit).

Job: shapes and permissions; who is out of reach is absent.
Never: show a password, a code twice, or a position.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from server import journal, policy
from server.access import Actor
from server.db import db
from server.errors import Forbidden
from server.http import API, SIGNED_IN, Room
from server.pages import PageOut, page
from server.people import acts, devices, forms, places, reach, second_factor, tries
from server.people.acts import Place
from server.people.desks import filled, today
from server.people.models import Appointment, Person, Post, Unit
from server.people.refusals import UnknownPlace
from server.people.rules import GRID_ROLES, Span

room = Room("accounts", __name__, url_prefix=API, description="账号与设备")
SHOWN_MAX = 200


def _brief(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "username": person.username,
        "name": person.name,
        "phone": person.phone,
        "disabled_at": person.disabled_at,
        "has_password": person.password_hash is not None,
    }


def _full(person: Person) -> dict[str, Any]:
    return _brief(person) | {
        "appointments": _appointments(person.id),
        "devices": devices.of(person.id),
        "leaves": acts.leaves_of(person.id),
        "has_second_factor": second_factor.is_in_use(person.id),
        "locked_until": tries.locked_until(person.username),
    }


def _appointments(person_id: uuid.UUID) -> list[dict[str, Any]]:
    query = (
        sa.select(Appointment, Post, Unit)
        .join(Post, Post.id == Appointment.post_id)
        .join(Unit, Unit.code == Post.unit_code)
        .where(Appointment.person_id == person_id)
        .order_by(Appointment.valid_from.desc(), Appointment.id)
        .limit(SHOWN_MAX)
    )
    return [
        {
            "id": appointment.id,
            "role": post.role,
            "role_zh": policy.current().roles[post.role].zh,
            "unit": unit.code,
            "unit_zh": unit.zh,
            "township": unit.township_code,
            "grid": post.grid_code,
            "valid_from": appointment.valid_from,
            "valid_to": appointment.valid_to,
            "deputy": appointment.deputy,
        }
        for appointment, post, unit in db.session.execute(query)
    ]


@room.get("/persons", may=SIGNED_IN, asks=forms.PersonsAsk, gives=forms.PersonsOut, zh="人员列表")
def persons(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return a page of the persons in reach, by user name; ``q`` is the beginning of a user name or a name."""
    _check_place(data)
    query = sa.select(Person).where(reach.persons(by))
    if data["q"]:
        begins = (column.startswith(data["q"], autoescape=True) for column in (Person.username, Person.name))
        query = query.where(sa.or_(*begins))
    if data["unit"] or data["grid"] or data["role"]:
        stands = sa.select(Appointment.person_id).join(Post, Post.id == Appointment.post_id).where(filled(today()))
        where = {Post.unit_code: data["unit"], Post.grid_code: data["grid"], Post.role: data["role"]}
        query = query.where(Person.id.in_(stands.where(*(column == code for column, code in where.items() if code))))
    rows, cursor = page(query, (Person.username,), cursor=data["cursor"], limit=data["limit"], newest_first=False)
    posts = _posts([row[0].id for row in rows])
    items = [_brief(row[0]) | {"posts": posts.get(row[0].id, [])} for row in rows]
    return {"items": items, "next_cursor": cursor}


def _check_place(data: dict[str, Any]) -> None:
    """Raise UnknownPlace when persons are asked for by a role, a unit or a grid that does not exist."""
    is_known = {
        "role": lambda code: code in policy.current().roles,
        "unit": lambda code: db.session.get(Unit, code) is not None,
        "grid": places.is_grid,
    }
    if wrong := {name: [data[name]] for name, is_in in is_known.items() if data[name] and not is_in(data[name])}:
        raise UnknownPlace(errors=wrong)


def _posts(ids: list[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    """Return the posts these persons fill today, by person."""
    query = (
        sa.select(Appointment.person_id, Post.role, Post.unit_code, Unit.zh, Unit.township_code, Post.grid_code)
        .join(Post, Post.id == Appointment.post_id)
        .join(Unit, Unit.code == Post.unit_code)
        .where(Appointment.person_id.in_(ids), filled(today()))
        .order_by(Post.role, Post.unit_code)
    )
    found: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for person, role, unit, zh, township, grid in db.session.execute(query) if ids else ():
        post = {"role": role, "role_zh": policy.current().roles[role].zh, "unit": unit, "unit_zh": zh}
        found.setdefault(person, []).append(post | {"township": township, "grid": grid})
    return found


@room.get("/persons/<uuid:id>", may=reach.ACCOUNTS, on_item=True, gives=forms.PersonOut, zh="人员详情")
def person_card(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Return a person with appointments and devices."""
    return _full(reach.find(id, by))


@room.put("/persons/<uuid:id>", may=reach.ACCOUNTS, takes=forms.PersonIn, gives=forms.PersonOut, zh="新建账号")
def create(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Create an account; a one-time code opens it."""
    made: dict[str, Any] = journal.plain(
        _full(acts.create(id, data["username"], data["name"], by, phone=data["phone"]))
    )
    return made


@room.post("/persons/<uuid:id>/appoint", may=reach.ACCOUNTS, takes=forms.AppointIn, gives=forms.PersonOut, zh="任命")
def appoint(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Let a person fill a post of a unit; the three administrators stand alone. Grids keep their own people."""
    if data["role"] in GRID_ROLES:
        raise UnknownPlace(detail="the people of a grid are appointed in the grid", role=data["role"])
    place, span = Place(data["role"], data["unit"]), Span(data["valid_from"], data["valid_to"])
    person = reach.find(id, by)
    acts.appoint(person, place, span, by, deputy=data["deputy"])
    return _full(person)


@room.post("/persons/<uuid:id>/relieve", may=reach.ACCOUNTS, takes=forms.RelieveIn, gives=forms.PersonOut, zh="免职")
def relieve(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """End an appointment."""
    person = reach.find(id, by)
    acts.relieve(data["appointment"], data["last_day"], person, by)
    db.session.flush()
    return _full(person)


@room.post("/persons/<uuid:id>/disable", may=reach.ACCOUNTS, gives=forms.PersonOut, zh="停用账号")
def disable(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Close an account for good: its phones erase themselves at their next contact."""
    person = reach.find(id, by)
    if person.id == by.person_id:
        raise Forbidden(detail="nobody closes the own account")
    acts.disable(person, by)
    return _full(person)


@room.post("/persons/<uuid:id>/reset-password", may=reach.ACCOUNTS, gives=forms.CodeOut, status=201, zh="重置密码")
def reset_password(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Forget the password, end all sessions, and return the one-time code that opens the account again."""
    person = reach.find(id, by)
    return _code(person, *acts.reset_password(person, by))


@room.post("/persons/<uuid:id>/remove-second-factor", may=reach.ACCOUNTS, gives=forms.PersonOut, zh="解除动态口令")
def remove_second_factor(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Take the second factor away: the phone with the authenticator is lost."""
    person = reach.find(id, by)
    second_factor.remove(person.id, by)
    return _full(person)


@room.post(
    "/persons/<uuid:id>/enrolments",
    may=reach.GRID_PEOPLE,
    on_item=True,
    gives=forms.CodeOut,
    status=201,
    zh="发放一次性码",
)
def enrolment(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Return a one-time code with which the person enrols a phone; an older unused one ends."""
    person = reach.find(id, by)
    return _code(person, *acts.give_code(person, by))


def _code(person: Person, code: str, expires_at: Any) -> dict[str, Any]:
    return {"code": code, "qr": f"gridwhistle:enrol:{code}", "username": person.username, "expires_at": expires_at}


@room.post(
    "/persons/<uuid:id>/leave",
    may=reach.GRID_PEOPLE,
    on_item=True,
    takes=forms.LeaveIn,
    gives=forms.PersonOut,
    zh="登记休假",
)
def leave(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Note that a person is away; deputies on the same posts come first meanwhile."""
    person = reach.find(id, by)
    acts.send_on_leave(person, data["first_day"], data["last_day"], by)
    return _full(person)


@room.post("/persons/<uuid:id>/unlock", may=reach.ACCOUNTS, gives=forms.PersonOut, zh="解除登录锁定")
def unlock(id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Forget the failed sign-ins of an account."""
    person = reach.find(id, by)
    acts.unlock(person, by)
    return _full(person)


@room.get("/devices", may=reach.GRID_PEOPLE, on_item=True, asks=forms.DevicesAsk, gives=PageOut, zh="设备列表")
def list_devices(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return a page of the devices in reach with whose they are and when they were last heard of, newest first."""
    return devices.listed(data, reach.devices(by))


@room.post("/devices/<id>/revoke", may=reach.GRID_PEOPLE, on_item=True, gives=forms.DevicesOut, zh="设备挂失")
def revoke_device(id: str, by: Actor) -> dict[str, Any]:
    """Report a phone lost: its tokens end and it erases itself at its next contact."""
    found = devices.revoke(id, reach.devices(by), by)
    return {"items": [devices.shown(device) for device in found]}
