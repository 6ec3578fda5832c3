"""Hand an item over to another person of the same unit (转交经办人): somebody is on leave, or overburdened.

Job: name another person responsible, with a custody interval and a line of its own; move the tasks of who is on leave
to the deputy on the same post (spec 12: leave and hand-over).
Never: let an item leave its unit, stop a clock, or change a state.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from server import access, journal
from server.access import Actor, Hat
from server.db import db
from server.errors import Conflict, Forbidden
from server.flow import custody, refusals
from server.flow.audience import of_item
from server.flow.forms import Act, words
from server.flow.models import Assignment, Custody
from server.flow.moves import MACHINES, Holder, Machine
from server.flow.walk import lock, moment
from server.http import API
from server.journal import Line
from server.people import desks
from server.people.models import Appointment, Interest

ACT = "hand_over"
NAMES = ("DPD", "DPL", "TWD", "TWL")
"""Who names the person of a unit: its dispatcher, or its head."""
HANDLES = ("DPD", "DPH", "TWD")
"""Who may be named."""
AT_ONCE = 100
ON_LEAVE = "休假，转由同岗代理人办理"


class HandOverIn(Act):
    """To whom, and why."""

    person_id = ma.fields.UUID(required=True, metadata={"description": "接手人"})
    reason = words("转交理由", max_length=300)


class NobodyNamed(Conflict):
    """Nobody is named responsible at this stage; there is nothing to hand over.
    该事项当前没有指定经办人，无须转交。
    """


class NotYourUnit(Forbidden):
    """Only the dispatcher or the head of the unit that holds the item names another person.
    只有承办单位的调度员或负责人可以转交经办人。
    """


class NotOfThisUnit(Conflict):
    """The person named fills no handling post of this unit today, is on leave, or keeps away from this item.
    接手人须为本单位今日在岗的经办人员，且未申报回避。
    """


def hand_over(machine: Machine, item_id: uuid.UUID, data: dict[str, Any], *, by: Actor) -> Any:
    """Name ``data['person_id']`` responsible instead of whoever is; return the item.

    Raises:
        NotFound, RevisionMissing, RevisionMoved, NobodyNamed, NotYourUnit, NotOfThisUnit, ConflictOfInterest.
    """
    item = lock(machine, item_id, by)
    if data["revision"] is None:
        raise refusals.RevisionMissing(revision=item.revision)
    if data["revision"] != item.revision:
        raise refusals.RevisionMoved(revision=item.revision, state=item.state)
    held = custody.holder(item.id)
    if held is None or item.state not in machine.named_in or held.person_id is None:
        raise NobodyNamed
    hat = next((hat for hat in by.hats if hat.role in NAMES and hat.unit == held.unit_code), None)
    if hat is None:
        raise NotYourUnit
    if _keeps_away(by.person_id, item.id):
        raise refusals.ConflictOfInterest
    desk = _desk(data["person_id"], held, item.id)
    change(machine, item, held, Holder(held.unit_code, desk, data["person_id"]), by=by, hat=hat, why=data["reason"])
    return item


def may_hand_over(machine: Machine, item: Any, by: Actor) -> bool:
    """Tell whether ``by`` could name somebody else now, as cards offer it."""
    if item.state not in machine.named_in or not any(hat.role in NAMES for hat in by.hats):
        return False
    held = custody.holder(item.id)
    return held is not None and any(hat.role in NAMES and hat.unit == held.unit_code for hat in by.hats)


def offer(machine: Machine, item: Any) -> dict[str, Any]:
    """Return the act as cards offer it beside the arrows."""
    href = f"{API}/{machine.path}/{item.id}/{ACT}"
    told = {"act": ACT, "zh": "转交经办人", "en": "hand over to a colleague", "weight": "side", "method": "POST"}
    return told | {"href": href, "form": f"{machine.kind}.{ACT}"}


def _keeps_away(person_id: uuid.UUID, item_id: uuid.UUID) -> bool:
    declared = sa.exists().where(Interest.person_id == person_id, Interest.item_id == item_id)
    return bool(db.session.scalar(sa.select(declared)))


def _desk(person_id: uuid.UUID, held: Custody, item_id: uuid.UUID) -> uuid.UUID:
    """Return the post in which the person named may take over."""
    if person_id == held.person_id:
        raise NotOfThisUnit
    return can_handle(person_id, held.unit_code, item_id)


def can_handle(person_id: uuid.UUID, unit: str, item_id: uuid.UUID) -> uuid.UUID:
    """Return the post in ``unit`` in which a person may be named for an item; raises NotOfThisUnit."""
    post = desks.handling_post(person_id, unit, HANDLES)
    if post is None or _keeps_away(person_id, item_id):
        raise NotOfThisUnit
    return post


def change(machine: Machine, item: Any, held: Custody, to: Holder, *, by: Actor, hat: Hat, why: str) -> None:
    """Give the item to ``to``: assignment, custody, revision and a line; whoever had it hears of it too."""
    before = held.person_id
    mine = sa.update(Assignment).where(
        Assignment.item_id == item.id, Assignment.until.is_(None), Assignment.unit_code == to.unit
    )
    db.session.execute(mine.where(Assignment.person_id == before).values(person_id=to.person_id))
    if getattr(item, "person_id", None) == before:
        item.person_id = to.person_id
    at = moment(item)
    custody.hand(machine.kind, item.id, to, at)
    item.revision += 1
    item.moved_at = at
    facts = {"from": str(before), "to": str(to.person_id), "reason": why}
    line = Line(f"{machine.kind}.handed_over", by, hat=hat, item=item, kind=machine.kind, facts=facts, at=at)
    line.audience = of_item(item) | {f"p:{before}", f"p:{to.person_id}"}
    journal.write(line)


def to_deputies() -> int:
    """Hand what people on leave hold to the deputies on their posts (at most 100 items); return how many that were."""
    rows = db.session.execute(_of_the_absent(desks.today())).all()
    return sum(_to_deputy(kind, item_id, person) for kind, item_id, person in rows)


def _of_the_absent(day: date) -> sa.Select[str, uuid.UUID, uuid.UUID]:
    """Return (kind, item, deputy) of what somebody on leave holds although a deputy is there."""
    mine, deputy = aliased(Appointment), aliased(Appointment)
    return (
        sa.select(Custody.item_kind, Custody.item_id, deputy.person_id)
        .join(mine, sa.and_(mine.post_id == Custody.post_id, mine.person_id == Custody.person_id))
        .join(deputy, sa.and_(deputy.post_id == Custody.post_id, deputy.person_id != Custody.person_id, deputy.deputy))
        .where(
            Custody.until.is_(None),
            desks.away(day, mine),
            desks.filled(day, deputy),
            sa.not_(desks.away(day, deputy)),
            sa.not_(sa.exists().where(Interest.person_id == deputy.person_id, Interest.item_id == Custody.item_id)),
        )
        .ext(distinct_on(Custody.item_id))
        .order_by(Custody.item_id, deputy.id)
        .limit(AT_ONCE)
    )


def _to_deputy(kind: str, item_id: uuid.UUID, person: uuid.UUID) -> int:
    machine = MACHINES[kind]
    item = lock(machine, item_id, access.SYSTEM)
    held = custody.holder(item_id)
    if held is None or held.person_id == person:
        return 0
    to = Holder(held.unit_code, held.post_id, person)
    change(machine, item, held, to, by=access.SYSTEM, hat=access.SYSTEM.hats[0], why=ON_LEAVE)
    return 1
