"""Keep away (回避): a person declares a conflict of interest in an item and cannot act on it any more (g2).

Job: one declaration per person and item.
Never: let anybody declare for somebody else, or show who declared to those outside the item.
"""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma

from server import journal
from server.access import Actor
from server.db import db, now
from server.errors import NotFound
from server.flow.forms import words
from server.flow.moves import MACHINES
from server.flow.walk import lock
from server.http import API, SIGNED_IN, Room
from server.journal import Line
from server.people.models import Interest

room = Room("interests", __name__, url_prefix=API, description="回避")


class InterestIn(ma.Schema):
    """In which item, and why."""

    kind = ma.fields.String(required=True, validate=ma.validate.Length(max=40))
    item_id = ma.fields.UUID(required=True)
    reason = words("回避事由", max_length=300)


class InterestOut(ma.Schema):
    """The declaration."""

    id = ma.fields.UUID(required=True)
    item_id = ma.fields.UUID(required=True)


@room.put("/interests/<uuid:id>", may=SIGNED_IN, takes=InterestIn, gives=InterestOut, zh="申报回避")
def declare(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Declare a conflict of interest; from now on somebody else must act on the item."""
    machine = MACHINES.get(data["kind"])
    if machine is None:
        raise NotFound
    item = lock(machine, data["item_id"], by)
    reason = data["reason"]
    db.session.add(Interest(id=id, person_id=by.person_id, item_id=item.id, reason=reason, declared_at=now()))
    journal.write(Line("interest.declared", by, item=item, kind=machine.kind, facts={"reason": reason}))
    return {"id": str(id), "item_id": str(item.id)}
