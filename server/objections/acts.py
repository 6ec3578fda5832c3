"""File an objection: by the unit itself, once, against its own assignment or call.

Never: commit, or stop a clock.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server import policy
from server.access import SYSTEM, Actor
from server.clocks.courses import calendar
from server.clocks.rules import Course, due
from server.db import db, now
from server.errors import Conflict, NotFound
from server.flow import MACHINES, Assignment, Case, Draft, create, numbers, reach
from server.flow.refusals import GuardRefused
from server.flow.walk import walk
from server.objections import rules
from server.objections.machine import OBJECTION
from server.objections.models import Objection


class ObjectedBefore(Conflict):
    """Your unit objected to this assignment before; there is only one objection.
    贵单位已对该交办提出过异议，不能重复提出。
    """


class NotAssigned(Conflict):
    """Your unit holds no open assignment of this item.
    该事项当前未交办给贵单位。
    """


@dataclass(frozen=True, slots=True)
class Target:
    """What is objected to: the assignment or the call, since when the unit has it, and the item's place."""

    id: uuid.UUID
    unit: str
    received_at: datetime
    item: Any


def file(id: uuid.UUID, data: Mapping[str, Any], *, by: Actor) -> Case:
    """File the objection ``id`` for the unit of ``by``; out of time it is closed as late at once (OB-03).

    Raises:
        NotFound, NotAssigned, ObjectedBefore, GuardRefused (the 1 % rule).
    """
    target = _target(data["kind"], data["item_id"], by)
    taken = sa.exists().where(Objection.target_id == target.id, Objection.unit_code == target.unit)
    if db.session.scalar(sa.select(taken)):
        raise ObjectedBefore
    settings, at = policy.current().settings.objections, now()
    objection = _objection(id, data, target, at)
    objection.late_local = at > due(Course(target.received_at, settings.local_target), calendar()).at
    (case,) = create(OBJECTION, [Draft(objection, by, dict(data))], act="open")
    if not rules.one_percent_keeps_it(case):
        raise GuardRefused(rules.one_percent_keeps_it)
    if at > due(Course(target.received_at, settings.window), calendar()).at:
        arrow = OBJECTION.arrow("late", objection.state)
        assert arrow is not None
        walk(Case(OBJECTION, arrow, objection, SYSTEM, SYSTEM.hats[0], at, {"is_late": True}))
    return case


def _target(kind: str, item_id: uuid.UUID, by: Actor) -> Target:
    machine = MACHINES[kind]
    model = machine.model
    item = db.session.scalars(sa.select(model).where(model.id == item_id, reach(machine, by))).first()
    if item is None:
        raise NotFound
    if kind == "check_in":
        if item.unit_code not in by.units:
            raise NotAssigned
        return Target(item.id, item.unit_code, item.created_at, item)
    query = sa.select(Assignment).where(
        Assignment.item_id == item_id, Assignment.until.is_(None), Assignment.unit_code.in_(by.units)
    )
    held = db.session.scalars(query.limit(1)).first()
    if held is None:
        raise NotAssigned
    return Target(held.id, held.unit_code, held.received_at or held.since, item)


def _objection(id: uuid.UUID, data: Mapping[str, Any], target: Target, at: datetime) -> Objection:
    item = target.item
    return Objection(
        id=id,
        no=numbers.number(OBJECTION.prefix, at, item.township_code, numbers.take(1)[0]),
        created_at=at,
        item_kind=data["kind"],
        item_id=data["item_id"],
        target_id=target.id,
        unit_code=target.unit,
        aim=data["aim"],
        claimed_share_pct=data["claimed_share_pct"],
        basis=data["basis"],
        reason=data["reason"],
        received_at=target.received_at,
        urgency=item.urgency,
        township_code=item.township_code,
        village_code=item.village_code,
        grid_code=item.grid_code,
        synthetic=item.synthetic,
    )
