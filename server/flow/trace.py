"""Tracing back (责任倒查, spec 6): who answered for an item at each instant, and which breach falls on whom.

Job: the custody intervals, the breaches with the interval that contains them and the co-units open then, the
approvers of the thirty days before, the lines with their seals.
Never: contain anything of a resident, or judge.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server import journal
from server.access import Actor
from server.clocks import Breach
from server.db import db
from server.errors import NotFound
from server.flow.models import Assignment, Custody
from server.flow.moves import MACHINES
from server.flow.routes import find
from server.http import API, Room
from server.journal import Entry, Seal
from server.people.models import Person, Unit

room = Room("trace", __name__, url_prefix=API, description="责任倒查")
APPROVALS = ("EV-12", "EV-14")
LOOK_BACK = timedelta(days=30)
MOST = 200
MAY = "stats.unit"


class TraceOut(ma.Schema):
    """The trace of one item."""

    custody = ma.fields.List(ma.fields.Dict(), required=True)
    breaches = ma.fields.List(ma.fields.Dict(), required=True)
    lines = ma.fields.List(ma.fields.Dict(), required=True)


@room.get("/trace/<kind>/<uuid:id>", may=MAY, on_item=True, gives=TraceOut, zh="责任倒查")
def trace(kind: str, id: uuid.UUID, by: Actor) -> dict[str, Any]:
    """Return who answered for an item, breach by breach, with the evidence chain."""
    machine = MACHINES.get(kind)
    if machine is None:
        raise NotFound
    item = find(machine, id, by, may=MAY)
    spans = _custody(item.id)
    plain: dict[str, Any] = journal.plain(
        {"custody": spans, "breaches": _breaches(item.id, spans), "lines": _lines(item.id)}
    )
    return plain


def _custody(item_id: uuid.UUID) -> list[dict[str, Any]]:
    query = (
        sa.select(Custody.since, Custody.until, Custody.unit_code, Unit.zh, Custody.post_id, Person.name)
        .outerjoin(Unit, Unit.code == Custody.unit_code)
        .outerjoin(Person, Person.id == Custody.person_id)
        .where(Custody.item_id == item_id)
        .order_by(Custody.since, Custody.until)
        .limit(MOST)
    )
    names = ("since", "until", "unit_code", "unit", "post_id", "person")
    return [dict(zip(names, row, strict=True)) for row in db.session.execute(query)]


def _breaches(item_id: uuid.UUID, spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    query = sa.select(Breach).where(Breach.item_id == item_id).order_by(Breach.at).limit(MOST)
    return [
        {
            "clock": one.code,
            "at": one.at,
            "unit_code": one.unit_code,
            "custody": next(
                (s for s in spans if s["since"] <= one.at and (not s["until"] or one.at < s["until"])), None
            ),
            "co_units": _co_units(item_id, one.at),
            "approvals": _approvals(item_id, one.at),
        }
        for one in db.session.scalars(query)
    ]


def _co_units(item_id: uuid.UUID, at: Any) -> list[str]:
    """Return the co-units whose assignment was open then: equal liability (R3)."""
    held = sa.select(Assignment.unit_code).where(
        Assignment.item_id == item_id,
        Assignment.role == "co",
        Assignment.since <= at,
        sa.or_(Assignment.until.is_(None), Assignment.until > at),
    )
    return list(db.session.scalars(held.order_by(Assignment.unit_code)))


def _approvals(item_id: uuid.UUID, at: Any) -> list[dict[str, Any]]:
    query = sa.select(Entry.id, Entry.at, Entry.action, Entry.unit_code, Entry.role).where(
        Entry.item_id == item_id, Entry.move.in_(APPROVALS), Entry.at.between(at - LOOK_BACK, at)
    )
    return [dict(row._mapping) for row in db.session.execute(query)]


def _lines(item_id: uuid.UUID) -> list[dict[str, Any]]:
    query = (
        sa.select(Entry.id, Entry.at, Entry.action, Entry.move, Entry.unit_code, Entry.role, Seal.n, Seal.hash)
        .outerjoin(Seal, Seal.entry_id == Entry.id)
        .where(Entry.item_id == item_id)
        .order_by(Entry.id)
        .limit(MOST)
    )
    return [dict(row._mapping) | {"hash": row.hash.hex() if row.hash else None} for row in db.session.execute(query)]
