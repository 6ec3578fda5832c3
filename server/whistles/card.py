"""The own fields of whistles and check-ins on their cards.

Never: show a code to anybody but the caller, or a nonce to anybody but the called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from server import clocks, policy
from server.access import Actor
from server.db import db
from server.flow.card import iso
from server.journal import Entry
from server.people.masking import mask_text, masked
from server.people.models import Person
from server.whistles.models import CheckIn, Whistle

HEADLINE = 60

CALLING = frozenset({"blown", "assembling", "handling"})
"""States in which departments may still report in."""
AWAITED = frozenset({"notified", "responded", "no_show"})
"""States of a check-in in which somebody still has to come."""
LEVELS = {"grid": "网格吹哨", "township": "镇街吹哨"}
RELEASE_ASKED = "check_in.ask_release"
METHODS = {"position": "现场定位", "code": "报到码", "meeting": "会议签到"}
"""How presence was proven, as people read it."""


def describe_whistle(whistle: Whistle, by: Actor) -> dict[str, Any]:
    """Return the fields of a whistle, with a line per called department."""
    kind = policy.current().whistles[whistle.kind_code]
    return {
        "kind_code": {"code": kind.code, "zh": kind.zh, "en": kind.en},
        "level": whistle.level,
        "level_zh": LEVELS.get(whistle.level or "", ""),
        "event_id": str(whistle.event_id) if whistle.event_id else None,
        "caller_unit": whistle.caller_unit,
        "why": whistle.why,
        "reason": mask_text(whistle.reason),
        "law_article": whistle.law_article,
        "meet_at": iso(whistle.meet_at),
        "due_at": iso(whistle.due_at),
        "blown_at": iso(whistle.blown_at),
        "promise": whistle.promise,
        "result_text": masked(whistle.result_text),
        "check_ins": check_ins_of(whistle),
        "asked": asked(whistle),
        "shows_code": is_caller(whistle, by) and whistle.state in CALLING,
    }


def is_caller(whistle: Whistle, by: Actor) -> bool:
    """Tell whether ``by`` stands for the caller on the spot: who blew it, and the desk of its township."""
    desk = by.hat_as(("TWD", "TWL")) is not None and whistle.township_code in {hat.township for hat in by.hats}
    return desk or whistle.created_by == by.person_id


def headlines_of_whistles(whistles: Sequence[Whistle], by: Actor) -> dict[Any, str]:
    """Return id → kind and the beginning of the reason."""
    return {whistle.id: _headline(whistle.kind_code, whistle.reason) for whistle in whistles}


def headlines_of_check_ins(found: Sequence[CheckIn], by: Actor) -> dict[Any, str]:
    """Return id → what the department is called to, in one statement."""
    wanted = {one.whistle_id for one in found}
    query = sa.select(Whistle.id, Whistle.kind_code, Whistle.reason).where(Whistle.id.in_(wanted))
    known = {id: _headline(kind, reason) for id, kind, reason in db.session.execute(query)} if wanted else {}
    return {one.id: known[one.whistle_id] for one in found}


def _headline(kind: str, reason: str) -> str:
    return f"{policy.current().whistles[kind].zh}：{mask_text(reason)}"[:HEADLINE]


def called_units(whistle: Whistle) -> list[str]:
    """Return the live tags of the called departments and of who is to come."""
    called = sa.select(CheckIn).where(CheckIn.whistle_id == whistle.id)
    return [tag for one in db.session.scalars(called) for tag in department(one)]


def department(one: CheckIn) -> list[str]:
    """Return the live tags of the called department and its responder; of all its handlers while nobody is named."""
    return [f"d:{one.unit_code}", f"p:{one.person_id}" if one.person_id else f"c:{one.unit_code}"]


def check_ins_of(whistle: Whistle) -> list[dict[str, Any]]:
    """Return one line per called department, in the order of calling."""
    query = (
        sa.select(CheckIn, Person.name)
        .outerjoin(Person, Person.id == CheckIn.person_id)
        .where(CheckIn.whistle_id == whistle.id)
        .order_by(CheckIn.created_at, CheckIn.no)
    )
    rows = db.session.execute(query).all()
    due = clocks.next_due([one.id for one, _ in rows])
    return [_line(one, name) | {"due": due.get(one.id)} for one, name in rows]


def asked(whistle: Whistle) -> list[dict[str, str]]:
    """Return the departments the grid wants to be called, while the township still looks into it."""
    if whistle.state != "screening":
        return []
    line = sa.select(Entry.facts["departments"]).where(Entry.item_id == whistle.id, Entry.action == "whistle.call")
    units = policy.current().units
    codes = db.session.scalar(line.order_by(Entry.id.desc()).limit(1)) or []
    return [{"code": code, "zh": units[code].zh if code in units else code} for code in codes]


def _line(one: CheckIn, person: str | None) -> dict[str, Any]:
    from server.whistles.machine import CHECK_IN

    state, unit = CHECK_IN.state(one.state), policy.current().units.get(one.unit_code)
    return {
        "id": str(one.id),
        "no": one.no,
        "unit": {"code": one.unit_code, "zh": unit.zh if unit else one.unit_code},
        "state": state.told(),
        "revision": one.revision,
        "person": person,
        "expected_at": iso(one.expected_at),
        "responded_at": iso(one.responded_at),
        "responded_late": one.responded_late,
        "arrived_at": iso(one.arrived_at),
        "arrived_late": one.arrived_late,
        "method": one.method,
        "method_zh": METHODS.get(one.method or "", ""),
        "offline": one.offline,
        "scores": {"arrival": one.arrival_score, "measures": one.measures_score, "result": one.result_score},
        "evaluation": masked(one.evaluation),
        "result_text": masked(one.result_text),
    }


def describe_check_in(one: CheckIn, by: Actor) -> dict[str, Any]:
    """Return the fields of a check-in; the called department also gets what an offline signature needs."""
    whistle = db.session.get_one(Whistle, one.whistle_id)
    kind = policy.current().whistles[whistle.kind_code]
    lon, lat = place_of(whistle)
    name = sa.select(Person.name).where(Person.id == one.person_id)
    body = _line(one, db.session.scalar(name) if one.person_id else None)
    for common in ("id", "no", "state", "revision"):
        body.pop(common)
    body |= {
        "whistle": {
            "id": str(whistle.id),
            "no": whistle.no,
            "kind_code": {"code": kind.code, "zh": kind.zh, "en": kind.en},
            "reason": mask_text(whistle.reason),
            "blown_at": iso(whistle.blown_at),
            "meet_at": iso(whistle.meet_at),
            "lon": lon,
            "lat": lat,
            "crs": "cgcs2000",
        },
        "distance_m": one.distance_m,
        "accuracy_m": one.accuracy_m,
        "awaited": one.state in AWAITED and one.closed_at is None,
        "release_asked": release_asked(one),
    }
    return body | _for_the_called(one, whistle) if one.unit_code in by.units else body


def release_asked(one: CheckIn) -> dict[str, Any] | None:
    """Return when a department at work asked last to be released, and what it says it has done."""
    if one.state != "working":
        return None
    asked = sa.select(Entry.at, Entry.facts["reason"]).where(Entry.item_id == one.id, Entry.action == RELEASE_ASKED)
    row = db.session.execute(asked.order_by(Entry.id.desc()).limit(1)).first()
    return {"at": iso(row[0]), "reason": masked(row[1])} if row else None


def _for_the_called(one: CheckIn, whistle: Whistle) -> dict[str, Any]:
    """Return what only the called department is told: what comes next, and what an offline signature needs."""
    from server.whistles.machine import CHECK_IN

    return {"nonce": whistle.nonce, "next_zh": CHECK_IN.state(one.state).next_zh if one.closed_at is None else ""}


def place_of(whistle: Whistle) -> tuple[float | None, float | None]:
    """Return longitude and latitude of a whistle's place."""
    point = sa.select(sa.func.ST_X(Whistle.point), sa.func.ST_Y(Whistle.point)).where(Whistle.id == whistle.id)
    row = db.session.execute(point).one()
    return row[0], row[1]
