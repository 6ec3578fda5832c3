"""The ways in to workload: one's own, and that of the people one leads directly.

Job: shapes; who is not led is absent.
Never: list persons by their numbers.
"""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server import access
from server.access import Actor
from server.db import db
from server.errors import NotFound
from server.http import API, SIGNED_IN, Room
from server.people.desks import filled, today
from server.people.models import Appointment, Post
from server.workload import counts
from server.workload.rules import LEADS

room = Room("workload", __name__, url_prefix=API, description="个人工作量")
PERSON = "stats.person"


class WorkloadAsk(ma.Schema):
    """How many days back."""

    days = ma.fields.Integer(load_default=counts.DAYS, validate=ma.validate.Range(1, 92))


class WorkloadOut(ma.Schema):
    """A person's work: acts and days with their numbers, duty, what is open now."""

    since = ma.fields.String(data_key="from", required=True)
    until = ma.fields.String(data_key="to", required=True)
    acts = ma.fields.List(ma.fields.Dict(), required=True)
    days = ma.fields.List(ma.fields.Dict(), required=True)
    total = ma.fields.Integer(required=True)
    duty = ma.fields.Dict(required=True)
    open_now = ma.fields.Integer(required=True)
    overdue_now = ma.fields.Integer(required=True)


@room.get("/me/workload", may=SIGNED_IN, asks=WorkloadAsk, gives=WorkloadOut, zh="我的工作量")
def own(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one's own work of the last days in numbers."""
    return counts.workload(by.person_id, data["days"])


@room.get("/workload/<uuid:id>", may=PERSON, on_item=True, asks=WorkloadAsk, gives=WorkloadOut, zh="下属工作量")
def of_person(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return the work of a person one leads directly (or one's own); everybody else is absent."""
    if id != by.person_id and not _leads(by, id):
        raise NotFound
    return counts.workload(id, data["days"])


def _leads(by: Actor, person_id: uuid.UUID) -> bool:
    """Tell whether ``by`` leads this person directly: by role, within the place of the own post."""
    led = [
        sa.and_(Post.role.in_(LEADS[hat.role]), access.within(Actor(by.person_id, by.name, (hat,)), PERSON, Led))
        for hat in by.hats
        if hat.role in LEADS
    ]
    query = sa.select(Appointment.id).join(Post, Post.id == Appointment.post_id)
    query = query.where(Appointment.person_id == person_id, filled(today()), sa.or_(sa.false(), *led))
    return db.session.scalar(query.limit(1)) is not None


class Led:
    """Posts as seen by whoever leads them: scope letters mean the post's own grid, township and unit."""

    scopes = {  # noqa: RUF012
        "g": lambda model, actor, hat: access.same(Post.grid_code, hat.grid),
        "t": lambda model, actor, hat: Post.scopes["t"](Post, actor, hat),
        "d": lambda model, actor, hat: Post.unit_code == hat.unit,
        "o": lambda model, actor, hat: sa.false(),
    }
