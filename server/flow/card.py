"""The card: what every answer about an item looks like, and what the reader may do next.

Job: kind, number, state, place, units, clocks with due times, allowed acts with their forms, last lines, revision.
Never: hold a rule: the acts come from the arrows, the scopes from the permission table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server import access, clocks, journal, policy
from server.access import Actor
from server.db import db
from server.flow import further
from server.flow.handover import NAMES, may_hand_over, offer
from server.flow.models import Assignment, Subtask
from server.flow.moves import Machine, Move
from server.http import API
from server.journal import Entry
from server.people.masking import masked
from server.people.models import Person, Unit
from server.photos import acts as photos
from server.photos import words

TIMELINE = 20
NOTED = {"notice.put_aside": "看到警报，暂时放一放"}
"""Lines that no arrow wrote → how people read them."""
PARTS = ("units", "subtasks", "timeline", "photos", "voices")


def card(machine: Machine, item: Any, by: Actor, *, fresh: Sequence[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the card of ``item`` for ``by``; ``fresh`` are clocks known already (a creation reads nothing back)."""
    body = _common(machine, item) | machine.describe(item, by)
    body["title"] = machine.headlines([item], by).get(item.id, "")
    body["actions"] = actions(machine, item, by, is_fresh=fresh is not None)
    if fresh is None and may_hand_over(machine, item, by):
        body["actions"].append(offer(machine, item))
    body |= _parts(machine, item, by) if fresh is None else {"clocks": list(fresh)} | {name: [] for name in PARTS}
    return body | {"further": further.told(machine.further, body, by)}


def _parts(machine: Machine, item: Any, by: Actor) -> dict[str, Any]:
    attached = photos.shown(item.id)
    if attached["voices"]:
        attached["voices"] = words.with_words(machine.kind, item, attached["voices"], by)
    return attached | {
        "clocks": clocks.shown(item.id),
        "units": units_of(item.id),
        "subtasks": subtasks_of(item.id, by),
        "timeline": timeline(item.id),
    }


def _common(machine: Machine, item: Any) -> dict[str, Any]:
    state = machine.state(item.state)
    return {
        "kind": machine.kind,
        "kind_zh": machine.zh,
        "id": str(item.id),
        "no": item.no,
        "state": state.told(),
        "revision": item.revision,
        "urgency": item.urgency,
        "grid_code": item.grid_code,
        "village_code": item.village_code,
        "township_code": item.township_code,
        "created_at": iso(item.created_at),
        "moved_at": iso(item.moved_at),
        "closed_at": iso(item.closed_at),
        "synthetic": item.synthetic,
    }


def iso(moment: datetime | None) -> str | None:
    """Return a moment as ISO 8601, or None."""
    return moment.isoformat() if moment else None


def subtasks_of(item_id: Any, by: Actor) -> list[dict[str, Any]]:
    """Return the sub-tasks of an item, the earliest due first, each with what ``by`` may do with it."""
    query = sa.select(Subtask, Person.name).outerjoin(Person, Person.id == Subtask.person_id)
    rows = db.session.execute(query.where(Subtask.item_id == item_id).order_by(Subtask.due_at, Subtask.id))
    return [
        shown_subtask(task) | {"person": name, "actions": finishing(task, by) + naming(task, by)} for task, name in rows
    ]


def finishing(task: Subtask, by: Actor) -> list[dict[str, Any]]:
    """Return the act with which ``by`` may finish a sub-task: one that is open, of an own unit."""
    if task.done_at or task.unit_code not in by.units:
        return []
    told = {"act": "done", "zh": "完成子任务", "en": "finish the sub-task", "weight": "main", "method": "POST"}
    return [told | {"href": f"{API}/subtasks/{task.id}/done", "form": "subtask.done"}]


def naming(task: Subtask, by: Actor) -> list[dict[str, Any]]:
    """Return the act with which ``by`` may name who of the own unit does an open sub-task."""
    if task.done_at or not any(hat.role in NAMES and hat.unit == task.unit_code for hat in by.hats):
        return []
    told = {"act": "name", "zh": "指定经办人", "en": "name who does it", "weight": "side", "method": "POST"}
    return [told | {"href": f"{API}/subtasks/{task.id}/name", "form": "subtask.name"}]


def shown_subtask(task: Subtask) -> dict[str, Any]:
    """Return a sub-task as cards show it."""
    names = ("id", "unit_code", "person_id", "text", "due_at", "mandatory", "done_at", "done_text")
    told = {name: masked(getattr(task, name)) for name in ("text", "done_text")}
    return {name: journal.plain(getattr(task, name)) for name in names} | told


def units_of(item_id: Any) -> list[dict[str, Any]]:
    """Return the units that answer for the item, lead first."""
    query = (
        sa.select(Assignment, Unit.zh, Person.name)
        .join(Unit, Unit.code == Assignment.unit_code)
        .outerjoin(Person, Person.id == Assignment.person_id)
        .where(Assignment.item_id == item_id, sa.or_(Assignment.until.is_(None), Assignment.ended_by == "finished"))
        .order_by(Assignment.role.desc(), Assignment.since)
    )
    return [
        {
            "assignment_id": str(one.id),
            "code": one.unit_code,
            "zh": zh,
            "role": one.role,
            "share_pct": one.share_pct,
            "first_recipient": one.first_recipient,
            "person_id": str(one.person_id) if one.person_id else None,
            "person": name,
        }
        for one, zh, name in db.session.execute(query)
    ]


def timeline(item_id: Any) -> list[dict[str, Any]]:
    """Return the last lines about the item, newest first: what, when, by which unit and role."""
    query = (
        sa.select(Entry.id, Entry.at, Entry.action, Entry.state_to, Entry.unit_code, Entry.role, Entry.facts["reason"])
        .where(Entry.item_id == item_id)
        .order_by(Entry.id.desc())
        .limit(TIMELINE)
    )
    names = ("entry", "at", "action", "state", "unit_code", "role", "reason")
    lines = [dict(zip(names, row, strict=True)) for row in db.session.execute(query)]
    told = [line | {"at": iso(line["at"]), "reason": masked(line["reason"])} for line in lines]
    return [line | ({"zh": NOTED[line["action"]]} if line["action"] in NOTED else {}) for line in told]


def actions(machine: Machine, item: Any, by: Actor, *, is_fresh: bool = False) -> list[dict[str, Any]]:
    """Return the acts ``by`` may take next, each with label, link and the key of its form (``GET /forms``)."""
    arrows = [
        move
        for move in machine.offered_from(item.state)
        if not move.by_consequence and any(hat.role in move.roles for hat in by.hats)
    ]
    if not arrows or machine.has_ended(item):
        return []
    allowed = _allowed(machine, item, by, arrows) if not is_fresh else {}
    return [action(machine, item, move) for move in arrows if allowed.get(move.id, is_fresh)]


def _allowed(machine: Machine, item: Any, by: Actor, arrows: Sequence[Move]) -> dict[str, bool]:
    checks = [
        sa.or_(
            sa.false(),
            *(
                sa.and_(
                    access.within(Actor(by.person_id, by.name, (hat,)), may, machine.model), _leads(move, hat, item)
                )
                for hat in by.hats
                if hat.role in move.roles
                for may in move.may
            ),
        ).label(move.id)
        for move in arrows
    ]
    row = db.session.execute(sa.select(*checks).where(machine.model.id == item.id)).first()
    return dict(zip((move.id for move in arrows), row or (), strict=False))


def _leads(move: Move, hat: access.Hat, item: Any) -> access.Clause:
    """Return the condition that a post is of the lead unit, where ``move`` is for that role in the lead alone."""
    if hat.role not in move.of_lead:
        return sa.true()
    lead = (Assignment.item_id == item.id, Assignment.role == "lead", Assignment.until.is_(None))
    return sa.exists().where(*lead, Assignment.unit_code == hat.unit)


def action(machine: Machine, item: Any, move: Move) -> dict[str, Any]:
    """Return an act as cards and the worklist offer it."""
    return {
        "act": move.act,
        "zh": move.zh,
        "en": move.en,
        "weight": move.weight,
        "method": "POST",
        "href": f"{API}/{machine.path}/{item.id}/{move.act}",
        "form": f"{machine.kind}.{move.act}",
    }


def category(code: str | None) -> dict[str, Any] | None:
    """Return a leaf as the card shows it."""
    leaf = policy.current().categories.get(code or "")
    if leaf is None:
        return None
    return {"code": leaf.code, "zh": leaf.zh, "en": leaf.en, "group_zh": leaf.group_zh}
