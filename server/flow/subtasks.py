"""Sub-tasks (子任务): what the lead asks of a co-unit, dated within the item's own limit (R2).

Job: create, list and finish them.
Never: let anybody but the lead create one, or move an item.
"""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server import journal, policy
from server.access import Actor
from server.clocks import Clock
from server.db import db, now
from server.errors import Conflict, Forbidden, NotFound
from server.flow import asked, handover
from server.flow.audience import of_item
from server.flow.card import shown_subtask
from server.flow.forms import words
from server.flow.models import Assignment, Subtask
from server.flow.moves import MACHINES, Machine
from server.flow.walk import lock
from server.http import API, Room
from server.journal import Line
from server.pages import PageAsk, PageOut, page

room = Room("subtasks", __name__, url_prefix=API, description="子任务")
HANDLE = "HANDLE"


class OnlyTheLead(Forbidden):
    """Only the lead unit sets sub-tasks (R2).
    只有牵头单位可以布置子任务（牵头抓总）。
    """


class NotAUnitOfThis(Conflict):
    """This unit has no part in the item.
    该单位未参与此事项，不能布置子任务。
    """


class LaterThanTheItem(Conflict):
    """A sub-task cannot be due after the item itself (R2).
    子任务期限不得晚于事项办理期限。
    """


class TooManySubtasks(Conflict):
    """This item has as many sub-tasks as there may be; say more in one of those that are open.
    该事项的子任务已达上限，请在未完成的子任务中一并说明。
    """


class DoneBefore(Conflict):
    """This sub-task is done already.
    该子任务已完成。
    """


class SubtaskIn(ma.Schema):
    """What a co-unit is asked to do, until when."""

    kind = ma.fields.String(
        load_default="event", validate=ma.validate.OneOf(("event", "whistle")), metadata={"widget": "hidden"}
    )
    item_id = ma.fields.UUID(required=True, metadata={"widget": "hidden"})
    unit = ma.fields.String(
        required=True, validate=ma.validate.Length(1, 32), metadata={"description": "交给哪个单位", "among": "item"}
    )
    text = words("任务内容")
    due_at = ma.fields.AwareDateTime(required=True, metadata={"description": "完成期限", "until": "item"})
    mandatory = ma.fields.Boolean(load_default=True, metadata={"description": "必办：没完成，不能报处置结果"})


class DoneIn(ma.Schema):
    """What was done."""

    done_text = words("完成情况")


class NameIn(ma.Schema):
    """Who of the unit does it."""

    person_id = ma.fields.UUID(required=True, metadata={"description": "经办人"})


class SubtaskOut(ma.Schema):
    """A sub-task."""

    id = ma.fields.UUID(required=True)
    unit_code = ma.fields.String(required=True)
    person_id = ma.fields.UUID(required=True, allow_none=True)
    text = ma.fields.String(required=True)
    due_at = ma.fields.AwareDateTime(required=True)
    mandatory = ma.fields.Boolean(required=True)
    done_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    done_text = ma.fields.String(required=True, allow_none=True)


class SubtaskAsk(PageAsk):
    """Open ones, or all; of my units, assigned to me, set by me, or all of these."""

    open = ma.fields.Boolean(load_default=True)
    whose = ma.fields.String(load_default="unit", validate=ma.validate.OneOf((*asked.WHOSE, asked.ALL)))


@room.get("/subtasks", may="event.view", asks=SubtaskAsk, gives=PageOut, zh="子任务列表")
def list_subtasks(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of sub-tasks: open ones by the moment they are due, all of them the latest due first."""
    how: dict[str, Any] = {"cursor": data["cursor"], "limit": data["limit"], "newest_first": not data["open"]}
    rows, cursor = page(asked.filtered(data, by), (Subtask.due_at, Subtask.id), **how)
    return {"items": asked.lines(rows, by), "next_cursor": cursor}


@room.put("/subtasks/<uuid:id>", may="event.view", on_item=True, takes=SubtaskIn, gives=SubtaskOut, zh="布置子任务")
def set_subtask(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Set a sub-task once; the lead unit (of a whistle: the caller's township) only."""
    machine = MACHINES[data["kind"]]
    item = lock(machine, data["item_id"], by)
    _check_lead(item, by)
    _check_unit(machine, item, data["unit"])
    _check_number(item)
    due = db.session.scalar(
        sa.select(sa.func.max(Clock.due_at)).where(
            Clock.item_id == item.id, Clock.code == HANDLE, Clock.stopped_at.is_(None)
        )
    )
    if due is not None and data["due_at"] > due:
        raise LaterThanTheItem(due_at=due.isoformat())
    task = Subtask(
        id=id, item_kind=machine.kind, item_id=item.id, unit_code=data["unit"], text=data["text"],
        mandatory=data["mandatory"], due_at=data["due_at"], created_by=by.person_id, created_at=now(),
    )  # fmt: skip
    db.session.add(task)
    _note("subtask.set", machine, item, by, task)
    return shown_subtask(task)


def _check_lead(item: Any, by: Actor) -> None:
    lead = sa.select(Assignment.unit_code).where(
        Assignment.item_id == item.id, Assignment.role == "lead", Assignment.until.is_(None)
    )
    leading = db.session.scalar(lead) or getattr(item, "caller_unit", None)
    if leading not in by.units:
        raise OnlyTheLead


def _check_unit(machine: Machine, item: Any, unit: str) -> None:
    held = sa.select(Assignment.unit_code).where(Assignment.item_id == item.id, Assignment.until.is_(None))
    parts = set(db.session.scalars(held)) | {tag.removeprefix("d:") for tag in machine.hearers(item)}
    if unit not in parts:
        raise NotAUnitOfThis(units=sorted(parts))


def _check_number(item: Any) -> None:
    most = policy.current().settings.events.subtasks_max
    count = db.session.scalar(sa.select(sa.func.count()).select_from(Subtask).where(Subtask.item_id == item.id)) or 0
    if count >= most:
        raise TooManySubtasks(most=most)


def _mine(id: uuid.UUID, by: Actor) -> tuple[Machine, Any, Subtask]:
    """Return an open sub-task of an own unit, with its item locked; raises NotFound, DoneBefore."""
    query = sa.select(Subtask).where(Subtask.id == id, Subtask.unit_code.in_(by.units))
    task = db.session.scalars(query).first()
    if task is None:
        raise NotFound
    machine = MACHINES[task.item_kind]
    item = lock(machine, task.item_id, by)
    db.session.refresh(task)
    if task.done_at:
        raise DoneBefore
    return machine, item, task


def _note(action: str, machine: Machine, item: Any, by: Actor, task: Subtask, **more: str) -> None:
    named = {"subtask": str(task.id), "unit": task.unit_code, "set_by": str(task.created_by)}
    facts = named | {"mandatory": task.mandatory} | more
    journal.write(Line(action, by, item=item, kind=machine.kind, facts=facts, audience=of_item(item)))


@room.post(
    "/subtasks/<uuid:id>/name",
    may="event.view",
    on_item=True,
    once=True,
    takes=NameIn,
    gives=SubtaskOut,
    roles=handover.NAMES,
    zh="指定子任务经办人",
)
def name_officer(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Name who of one's own unit does a sub-task; that person sees the item from then on. The lead keeps the item.

    Naming somebody again after another was named needs a key of its own (Idempotency-Key).
    """
    machine, item, task = _mine(id, by)
    if not any(hat.role in handover.NAMES and hat.unit == task.unit_code for hat in by.hats):
        raise handover.NotYourUnit
    handover.can_handle(data["person_id"], task.unit_code, item.id)
    if task.person_id == data["person_id"]:
        return shown_subtask(task)
    task.person_id = data["person_id"]
    db.session.flush()
    _note("subtask.named", machine, item, by, task, to=str(task.person_id))
    return shown_subtask(task)


@room.post(
    "/subtasks/<uuid:id>/done",
    may="event.view",
    on_item=True,
    once=True,
    takes=DoneIn,
    gives=SubtaskOut,
    zh="完成子任务",
)
def finish_subtask(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Finish a sub-task of one's own unit, on an item one sees."""
    machine, item, task = _mine(id, by)
    task.done_at, task.done_by, task.done_text = now(), by.person_id, data["done_text"]
    _note("subtask.done", machine, item, by, task)
    return shown_subtask(task)
