"""Conflict tasks: offline acts that no longer fitted when they arrived (冲突任务, spec 5 g5).

Job: show the township what could not be applied, and keep how it was settled.
Never: apply anything by itself.
"""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server import access, journal
from server.access import Actor
from server.db import db, now
from server.errors import Conflict, NotFound
from server.flow import naming
from server.flow.forms import words
from server.flow.models import MoveConflict
from server.http import API, Room
from server.journal import Line
from server.pages import PageAsk, PageOut, page
from server.people.masking import masked

room = Room("conflicts", __name__, url_prefix=API, description="冲突任务")
DESK = "event.file_dispatch"


class SettledBefore(Conflict):
    """This conflict task was settled before.
    该冲突任务已处理。
    """


class ConflictAsk(PageAsk):
    """Open ones, or all."""

    open = ma.fields.Boolean(load_default=True)


class Settlement(ma.Schema):
    """How it was settled."""

    settlement = words("处理说明")


class ConflictOut(ma.Schema):
    """A conflict task."""

    id = ma.fields.UUID(required=True)
    item = ma.fields.Dict(required=True)
    act = ma.fields.String(required=True)
    facts = ma.fields.Dict(required=True)
    captured_at = ma.fields.DateTime(required=True)
    created_at = ma.fields.DateTime(required=True)
    state_then = ma.fields.String(required=True, allow_none=True)
    state_now = ma.fields.String(required=True)
    settled_at = ma.fields.DateTime(required=True, allow_none=True)
    settlement = ma.fields.String(required=True, allow_none=True)


def _row(task: MoveConflict, no: str | None) -> dict[str, Any]:
    return journal.plain(  # type: ignore[no-any-return]
        {
            "id": task.id,
            "item": {"kind": task.item_kind, "id": task.item_id, "no": no},
            "act": task.act,
            "facts": {name: masked(value) if isinstance(value, str) else value for name, value in task.facts.items()},
            "captured_at": task.captured_at,
            "created_at": task.created_at,
            "state_then": task.state_then,
            "state_now": task.state_now,
            "settled_at": task.settled_at,
            "settlement": masked(task.settlement),
        }
    )


@room.get("/conflicts", may=DESK, asks=ConflictAsk, gives=PageOut, zh="冲突任务列表")
def list_conflicts(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of the conflict tasks of the reader's townships, newest first."""
    query = sa.select(MoveConflict).where(access.within(by, DESK, MoveConflict))
    if data["open"]:
        query = query.where(MoveConflict.settled_at.is_(None))
    rows, cursor = page(query, (MoveConflict.created_at, MoveConflict.id), cursor=data["cursor"], limit=data["limit"])
    numbers = naming.numbers((row[0].item_kind, row[0].item_id) for row in rows)
    return {"items": [_row(row[0], numbers.get(row[0].item_id)) for row in rows], "next_cursor": cursor}


@room.post(
    "/conflicts/<uuid:id>/settle", may=DESK, on_item=True, takes=Settlement, gives=ConflictOut, zh="处理冲突任务"
)
def settle_conflict(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Keep how a conflict task was settled; what follows is done by ordinary acts."""
    query = (
        sa.select(MoveConflict).where(MoveConflict.id == id, access.within(by, DESK, MoveConflict)).with_for_update()
    )
    task = db.session.scalars(query).one_or_none()
    if task is None:
        raise NotFound
    if task.settled_at:
        raise SettledBefore
    task.settled_at, task.settled_by, task.settlement = now(), by.person_id, data["settlement"]
    journal.write(Line("conflict.settled", by, facts={"conflict": str(id), "item": str(task.item_id)} | data))
    return _row(task, naming.numbers([(task.item_kind, task.item_id)]).get(task.item_id))
