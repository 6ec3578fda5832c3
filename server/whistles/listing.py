"""Lists of whistles and check-ins.

Never: count, or show what lies outside the reader's scope.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server import policy
from server.access import Actor
from server.clocks.models import Clock
from server.db import db, now
from server.flow.card import iso
from server.flow.forms import CodeOf
from server.flow.moves import Machine
from server.flow.walk import reach
from server.pages import PageAsk, page
from server.people.masking import mask_text
from server.people.places import IN_TOWNSHIP, OF_UNIT
from server.whistles.machine import CHECK_IN, WHISTLE
from server.whistles.models import CheckIn, Whistle


class WhistleAsk(PageAsk):
    """Filters of whistles."""

    state = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf([s.code for s in WHISTLE.states])), load_default=list
    )
    kind = ma.fields.String(load_default=None, validate=CodeOf("whistles"))
    township = ma.fields.String(load_default=None, validate=IN_TOWNSHIP)
    event_id = ma.fields.UUID(load_default=None)
    open = ma.fields.Boolean(load_default=None, allow_none=True)


class CheckInAsk(PageAsk):
    """Filters of check-ins."""

    state = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf([s.code for s in CHECK_IN.states])), load_default=list
    )
    unit = ma.fields.String(load_default=None, validate=OF_UNIT)
    whistle_id = ma.fields.UUID(load_default=None)
    township = ma.fields.String(load_default=None, validate=IN_TOWNSHIP)
    open = ma.fields.Boolean(load_default=None, allow_none=True)


COLUMNS: dict[str, dict[str, Any]] = {
    WHISTLE.kind: {"kind": Whistle.kind_code, "township": Whistle.township_code, "event_id": Whistle.event_id},
    CHECK_IN.kind: {
        "unit": CheckIn.unit_code,
        "whistle_id": CheckIn.whistle_id,
        "township": CheckIn.township_code,
    },
}
"""Kind → filter → the column that must equal it."""


def _due(model: Any) -> Any:
    due = sa.select(sa.func.min(Clock.due_at)).where(Clock.item_id == model.id, Clock.stopped_at.is_(None))
    return due.correlate(model).scalar_subquery()


def _common(machine: Machine, ask: dict[str, Any], columns: dict[str, Any]) -> list[Any]:
    model = machine.model
    found = [column == ask[name] for name, column in columns.items() if ask[name]]
    if ask["state"]:
        found.append(model.state.in_(ask["state"]))
    if ask["open"] is not None:
        found.append(model.closed_at.is_(None) if ask["open"] else model.closed_at.is_not(None))
    return found


def whistles(ask: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return ``{items, next_cursor}``, newest first, two statements: whistles, and a line per called department."""
    query = sa.select(Whistle, _due(Whistle)).where(reach(WHISTLE, by), *_common(WHISTLE, ask, COLUMNS[WHISTLE.kind]))
    rows, cursor = page(query, (Whistle.created_at, Whistle.id), cursor=ask["cursor"], limit=ask["limit"])
    called = _called([row[0].id for row in rows])
    return {"items": [_whistle(row[0], row[1], called.get(row[0].id, [])) for row in rows], "next_cursor": cursor}


def count(machine: Machine, ask: dict[str, Any], by: Actor, *, most: int) -> Any:
    """Return, to be put into a statement, how many whistles or check-ins the list with these filters holds."""
    found = _common(machine, ask, COLUMNS[machine.kind])
    listed = sa.select(sa.literal(1)).select_from(machine.model).where(reach(machine, by), *found).limit(most)
    return sa.select(sa.func.count()).select_from(listed.subquery()).scalar_subquery()


def _called(ids: list[Any]) -> dict[Any, list[dict[str, Any]]]:
    query = sa.select(
        CheckIn.whistle_id,
        CheckIn.unit_code,
        CheckIn.state,
        CheckIn.responded_at,
        CheckIn.arrived_at,
        CheckIn.arrived_late,
    ).where(CheckIn.whistle_id.in_(ids))
    lines: dict[Any, list[dict[str, Any]]] = {}
    for whistle, unit, state, responded, arrived, late in db.session.execute(query.order_by(CheckIn.no)) if ids else ():
        lines.setdefault(whistle, []).append(
            {
                "unit": _unit(unit),
                "state": state,
                "state_zh": CHECK_IN.state(state).zh,
                "responded_at": iso(responded),
                "arrived_at": iso(arrived),
                "arrived_late": late,
            }
        )
    return lines


def _unit(code: str) -> dict[str, str]:
    unit = policy.current().units.get(code)
    return {"code": code, "zh": unit.zh if unit else code}


def _whistle(whistle: Whistle, due: Any, called: list[dict[str, Any]]) -> dict[str, Any]:
    state = WHISTLE.state(whistle.state)
    return {
        "kind": WHISTLE.kind,
        "id": str(whistle.id),
        "no": whistle.no,
        "state": state.told(),
        "kind_code": whistle.kind_code,
        "kind_zh": policy.current().whistles[whistle.kind_code].zh,
        "level": whistle.level,
        "reason": mask_text(whistle.reason),
        "township_code": whistle.township_code,
        "grid_code": whistle.grid_code,
        "event_id": str(whistle.event_id) if whistle.event_id else None,
        "created_at": iso(whistle.created_at),
        "blown_at": iso(whistle.blown_at),
        "due_at": iso(due),
        "overdue": bool(due and due < now()),
        "check_ins": called,
        "revision": whistle.revision,
    }


def check_ins(ask: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return ``{items, next_cursor}``, newest first, in one statement."""
    query = (
        sa.select(CheckIn, _due(CheckIn), Whistle.no, Whistle.kind_code, Whistle.reason)
        .join(Whistle, Whistle.id == CheckIn.whistle_id)
        .where(reach(CHECK_IN, by), *_common(CHECK_IN, ask, COLUMNS[CHECK_IN.kind]))
    )
    rows, cursor = page(query, (CheckIn.created_at, CheckIn.id), cursor=ask["cursor"], limit=ask["limit"])
    return {"items": [_check_in(*row[:5]) for row in rows], "next_cursor": cursor}


def _check_in(one: CheckIn, due: Any, whistle_no: str, kind: str, reason: str) -> dict[str, Any]:
    state = CHECK_IN.state(one.state)
    return {
        "kind": CHECK_IN.kind,
        "id": str(one.id),
        "no": one.no,
        "state": state.told(),
        "unit": _unit(one.unit_code),
        "whistle_id": str(one.whistle_id),
        "whistle_no": whistle_no,
        "kind_code": kind,
        "kind_zh": policy.current().whistles[kind].zh,
        "reason": mask_text(reason),
        "created_at": iso(one.created_at),
        "expected_at": iso(one.expected_at),
        "due_at": iso(due),
        "overdue": bool(due and due < now()),
        "revision": one.revision,
    }
