"""The ways in to objections.

Never: decide.
"""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server.access import Actor
from server.flow.card import card, iso
from server.flow.routes import CardOut, add_routes
from server.flow.walk import reach
from server.http import API, Room
from server.objections import acts
from server.objections.forms import ObjectionIn
from server.objections.machine import OBJECTION
from server.objections.models import Objection
from server.pages import PageAsk, PageOut, page

room = Room("objections", __name__, url_prefix=API, description="职责异议")


class ObjectionAsk(PageAsk):
    """Filters of objections."""

    state = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf([s.code for s in OBJECTION.states])), load_default=list
    )
    open = ma.fields.Boolean(load_default=None, allow_none=True)


@room.put("/objections/<uuid:id>", may="objection.file", takes=ObjectionIn, gives=CardOut, zh="提出职责异议")
def file_objection(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """File an objection once; the handling clock goes on."""
    return card(OBJECTION, acts.file(id, data, by=by).item, by)


@room.get("/objections", may=OBJECTION.view[0], on_item=True, asks=ObjectionAsk, gives=PageOut, zh="异议列表")
def list_objections(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of the objections in the reader's scope, newest first."""
    query = sa.select(Objection).where(reach(OBJECTION, by))
    if data["state"]:
        query = query.where(Objection.state.in_(data["state"]))
    if data["open"] is not None:
        query = query.where(Objection.closed_at.is_(None) if data["open"] else Objection.closed_at.is_not(None))
    rows, cursor = page(query, (Objection.created_at, Objection.id), cursor=data["cursor"], limit=data["limit"])
    return {"items": [_row(row[0]) for row in rows], "next_cursor": cursor}


def _row(one: Objection) -> dict[str, Any]:
    state = OBJECTION.state(one.state)
    return {
        "kind": OBJECTION.kind,
        "id": str(one.id),
        "no": one.no,
        "state": state.told(),
        "item": {"kind": one.item_kind, "id": str(one.item_id)},
        "unit_code": one.unit_code,
        "aim": one.aim,
        "created_at": iso(one.created_at),
        "revision": one.revision,
    }


add_routes(room, OBJECTION)
