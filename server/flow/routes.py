"""One route per act, made from the arrows.

Job: give every machine its reading and acting routes, each act with its own body in OpenAPI.
Never: know a kind of item.
"""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from flask import request

from server import flow
from server.access import Actor
from server.db import db
from server.errors import NotFound
from server.flow import handover
from server.flow.card import card
from server.flow.models import MoveConflict
from server.flow.moves import Machine, Move
from server.flow.walk import demand, reach
from server.http import Answer, Room

DIGITS_MAX = 10


class CardOut(ma.Schema):
    """An item as its reader may see it; further fields depend on the kind."""

    class Meta:
        unknown = ma.INCLUDE

    kind = ma.fields.String(required=True)
    id = ma.fields.UUID(required=True)
    no = ma.fields.String(required=True)
    state = ma.fields.Dict(required=True)
    revision = ma.fields.Integer(required=True)
    clocks = ma.fields.List(ma.fields.Dict())
    units = ma.fields.List(ma.fields.Dict())
    actions = ma.fields.List(ma.fields.Dict())
    further = ma.fields.List(ma.fields.String(), metadata={"description": "另外可办：表单的键，如 objection.file"})
    timeline = ma.fields.List(ma.fields.Dict())


class Late(ma.Schema):
    """An offline act that no longer fits: kept as a conflict task for the township (冲突任务)."""

    conflict = ma.fields.UUID(required=True)
    state_then = ma.fields.String(required=True)
    card = ma.fields.Nested(CardOut, required=True)


def add_routes(room: Room, machine: Machine) -> None:
    """Register ``GET /{id}`` and ``POST /{id}/{act}`` for every act of ``machine``."""
    see = room.get(
        f"/{machine.path}/<uuid:id>", may=machine.view[0], on_item=True, gives=CardOut, name=f"{machine.kind}_card"
    )
    see(_reader(machine))
    for act, arrows in machine.acts().items():
        _add_act(room, machine, act, arrows)
    if machine.named_in:
        _add_hand_over(room, machine)


def _add_hand_over(room: Room, machine: Machine) -> None:
    way = room.post(
        f"/{machine.path}/<uuid:id>/{handover.ACT}",
        may=machine.view[0],
        on_item=True,
        once=True,
        takes=handover.HandOverIn,
        gives=CardOut,
        roles=handover.NAMES,
        reads=("IfMatch",),
        zh="转交经办人",
        name=f"{machine.kind}_{handover.ACT}",
    )

    def do(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
        """Name another person of the unit responsible: custody goes over, the clocks run on."""
        revision = if_match() if data["revision"] is None else data["revision"]
        item = handover.hand_over(machine, id, data | {"revision": revision}, by=by)
        db.session.flush()
        return card(machine, item, by)

    way(do)


def _reader(machine: Machine) -> Any:
    def read(id: uuid.UUID, by: Actor) -> dict[str, Any]:
        """Return the card; 404 when absent or outside the reader's scope."""
        return card(machine, find(machine, id, by), by)

    return read


def find(machine: Machine, item_id: uuid.UUID, by: Actor, *, may: str | None = None) -> Any:
    """Return an item the actor may see, and for which he holds ``may`` where one is named.

    Raises:
        NotFound: absent and foreign ones alike.
        NotYourMove: seen, but ``may`` is not held on it.
    """
    item = db.session.scalars(sa.select(machine.model).where(machine.model.id == item_id, reach(machine, by))).first()
    if item is None:
        raise NotFound
    if may:
        demand(machine, item_id, by, may)
    return item


def _add_act(room: Room, machine: Machine, act: str, arrows: tuple[Move, ...]) -> None:
    takes = arrows[0].takes
    if any(arrow.takes is not takes for arrow in arrows):
        raise ValueError(f"{machine.kind}.{act}: arrows of one act need one form")
    way = room.post(
        f"/{machine.path}/<uuid:id>/{act}",
        may=arrows[0].may[0],
        on_item=True,
        once=True,
        takes=takes,
        gives=CardOut,
        or_gives={202: Late},
        roles=tuple({role for arrow in arrows for role in arrow.roles}),
        reads=("IfMatch",),
        zh=arrows[0].zh,
        name=f"{machine.kind}_{act}",
    )
    way(_walker(machine, act, arrows))


def _walker(machine: Machine, act: str, arrows: tuple[Move, ...]) -> Any:
    def do(id: uuid.UUID, data: dict[str, Any], by: Actor) -> Any:
        facts = dict(data)
        captured_at, revision = facts.pop("captured_at", None), facts.pop("revision", None)
        revision = if_match() if revision is None else revision
        done = flow.move(machine, id, act, by=by, revision=revision, facts=facts, captured_at=captured_at)
        db.session.flush()
        if isinstance(done, MoveConflict):
            seen = card(machine, find(machine, id, by), by)
            return Answer(202, {"conflict": str(done.id), "state_then": done.state_then, "card": seen})
        return card(machine, done.item, by)

    do.__doc__ = f"{arrows[0].en} ({', '.join(arrow.id for arrow in arrows)})."
    return do


def if_match() -> int | None:
    """Return the revision named by the header If-Match, such as ``"3"``."""
    text = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    return int(text) if text.isascii() and text.isdecimal() and len(text) < DIGITS_MAX else None
