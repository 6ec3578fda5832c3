"""The worklist (待办): what is in my hands and what I may do about it, by the next moment at which something is due.

Job: one bounded statement per kind of item: open, in custody of my post or unit, with an arrow I may walk; one more
for what my unit was asked to do as a part of an item.
Never: show what I merely may see; count; know a kind of item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server import access
from server.access import Actor, Clause, Hat
from server.clocks.models import Clock
from server.db import db, now
from server.flow import asked
from server.flow.card import action, category, iso
from server.flow.models import Custody
from server.flow.moves import MACHINES, Machine, Move
from server.http import API, SIGNED_IN, Room
from server.people.models import Post

room = Room("worklist", __name__, url_prefix=API, description="待办")
MOST = 100


class WorkAsk(ma.Schema):
    """How many lines at most."""

    limit = ma.fields.Integer(load_default=MOST, validate=ma.validate.Range(1, MOST))


class WorkOut(ma.Schema):
    """What is mine, by its next moment; ``more`` tells that there is more than fits."""

    items = ma.fields.List(ma.fields.Dict(), required=True)
    more = ma.fields.Boolean(required=True)


@room.get("/worklist", may=SIGNED_IN, asks=WorkAsk, gives=WorkOut, zh="我的待办")
def worklist(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return what is in my hands, the earliest due first, each with the acts I may take next."""
    rows = [row for machine in MACHINES.values() for row in _of_kind(machine, by, data["limit"])]
    rows += asked.work(by, data["limit"]) if access.may(by, "event.view") else ()
    rows.sort(key=lambda row: (row[0] or datetime.max.replace(tzinfo=now().tzinfo), row[1]["created_at"]))
    limit = data["limit"]
    return {"items": [line for _, line in rows[:limit]], "more": len(rows) > limit}


def _of_kind(machine: Machine, by: Actor, limit: int) -> Iterator[tuple[datetime | None, dict[str, Any]]]:
    """Yield (next moment, line) of my items of one kind."""
    checks = {move.id: _may(machine, move, by) for move in machine.moves if _concerns(machine, move, by)}
    if not checks:
        return
    model, due = machine.model, _next_due(machine)
    offered = [sa.and_(model.state.in_(_states(machine, id)), check) for id, check in checks.items()]
    columns = [check.label(id) for id, check in checks.items()]
    query = (
        sa.select(model, due.label("due"), *columns)
        .join(Custody, sa.and_(Custody.item_id == model.id, Custody.until.is_(None)))
        .outerjoin(Post, Post.id == Custody.post_id)
        .where(sa.or_(*(_held(hat) for hat in by.hats), Custody.person_id == by.person_id), sa.or_(*offered))
        .order_by(due.asc().nulls_last(), model.created_at, model.id)
        .limit(limit + 1)
    )
    found = db.session.execute(query).all()
    titles = machine.headlines([row[0] for row in found], by)
    for row in found:
        item = row[0]
        moves = [move for move in machine.offered_from(item.state) if getattr(row, move.id, False)]
        yield row.due, _line(machine, item, row.due, titles.get(item.id, ""), moves)


def _concerns(machine: Machine, move: Move, by: Actor) -> bool:
    """Tell whether a move is an act of one of my roles on an item that exists already."""
    is_birth = machine.state(move.source).kind == "initial" and not machine.rests_initially
    return not move.by_consequence and not is_birth and any(hat.role in move.roles for hat in by.hats)


def _may(machine: Machine, move: Move, by: Actor) -> Clause:
    reach = [
        access.within(Actor(by.person_id, by.name, (hat,)), may, machine.model)
        for hat in by.hats
        if hat.role in move.roles
        for may in move.may
    ]
    return sa.or_(sa.false(), *reach)


def _states(machine: Machine, move_id: str) -> list[str]:
    """Return the states out of which a move is offered, by a prelude as well."""
    codes = [state.code for state in machine.states]
    return [code for code in codes if any(move.id == move_id for move in machine.offered_from(code))]


def _held(hat: Hat) -> Clause:
    """Return the condition that an item is in the hands of this post: of its grid, or of its unit."""
    if hat.grid:
        return Post.grid_code == hat.grid
    return sa.and_(Custody.unit_code == hat.unit, Post.grid_code.is_(None))


def _next_due(machine: Machine) -> Any:
    running = (Clock.item_id == machine.model.id, Clock.stopped_at.is_(None))
    return sa.select(sa.func.min(Clock.due_at)).where(*running).correlate(machine.model).scalar_subquery()


def _line(machine: Machine, item: Any, due: datetime | None, title: str, moves: Sequence[Move]) -> dict[str, Any]:
    state = machine.state(item.state)
    return {
        "kind": machine.kind,
        "kind_zh": machine.zh,
        "id": str(item.id),
        "no": item.no,
        "title": title,
        "state": state.told(),
        "category": category(getattr(item, "category", None)),
        "urgency": item.urgency,
        "grid_code": item.grid_code,
        "township_code": item.township_code,
        "created_at": iso(item.created_at),
        "moved_at": iso(item.moved_at),
        "due_at": iso(due),
        "overdue": bool(due and due < now()),
        "revision": item.revision,
        "acts": [action(machine, item, move) for move in moves],
    }
