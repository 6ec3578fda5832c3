"""Blow a whistle: the arrow out of the draft that fits who calls.

Job: from a shaped body to a whistle with its check-ins; the codes a caller shows.
Never: commit.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server import journal, policy
from server.access import Actor
from server.db import CN, db, now
from server.errors import Conflict, Forbidden
from server.events.machine import EVENT
from server.events.models import Event
from server.flow import Case, Draft, create, numbers, reach
from server.flow.audience import of_item
from server.flow.refusals import NotYourMove
from server.journal import Entry, Line
from server.whistles import verdict
from server.whistles.card import RELEASE_ASKED, is_caller
from server.whistles.machine import WHISTLE
from server.whistles.models import CheckIn, Whistle
from server.whistles.promise import rule_of

NONCE_BYTES = 16
CONTESTED = "check_in.score_contested"
DEPARTMENT = ("DPH", "DPD")
"""Who speaks for a department on the spot."""
ROLES = ("TWL", "TWD", "GLD", "GWF")
LEVELS = {"TWD": "township", "TWL": "township", "GLD": "grid", "GWF": "grid"}
"""At which level each calling role stands; who stands at both calls for the township."""


class ContestedBefore(Conflict):
    """The score was contested before; that is possible once.
    已对该评价提出过一次申诉。
    """


class NotAtWork(Conflict):
    """Only a department at work asks for its release.
    只有“工作中”的部门可以申请撤离。
    """


class NotEvaluated(Conflict):
    """There is no score yet.
    尚未评价，不能申诉。
    """


class NotTheCaller(Forbidden):
    """Only the calling side may show the code.
    只有吹哨一方可以出示报到码。
    """


def blow(id: uuid.UUID, data: Mapping[str, Any], *, by: Actor) -> Case:
    """Blow the whistle ``id`` as the post of ``by`` allows: WH-01 township, WH-02 grid, WH-03 emergency of the grid.

    Raises:
        NotYourMove, GuardRefused.
    """
    role = _role(by, data["kind"])
    event = db.session.scalars(sa.select(Event).where(Event.id == data["event_id"], reach(EVENT, by))).first()
    level, at = LEVELS[role], now()
    whistle = _whistle(id, data, event, level, at)
    whistle.caller_unit = next(hat.township or hat.unit for hat in by.hats if hat.role == role)
    whistle.township_code = whistle.township_code or next(hat.township for hat in by.hats if hat.role == role)
    whistle.no = numbers.number(WHISTLE.prefix, at, whistle.township_code, numbers.take(1)[0])
    (case,) = create(WHISTLE, [Draft(whistle, by, dict(data), data.get("captured_at"))], act=_act(level, data["kind"]))
    return case


def _role(by: Actor, kind: str) -> str:
    """Return the strongest calling role of ``by`` that may blow this kind at its level."""
    blowers = policy.current().whistles[kind].blowers
    held = [role for role in ROLES if role in by.roles]
    if not held:
        raise NotYourMove(roles=list(ROLES))
    return next((role for role in held if role in blowers.get(LEVELS[role], ())), held[0])


def _act(level: str, kind: str) -> str:
    screened = level in policy.current().whistles[kind].screened
    return {"township": "blow", "grid": "call" if screened else "alarm"}[level]


def _whistle(id: uuid.UUID, data: Mapping[str, Any], event: Event | None, level: str, at: datetime) -> Whistle:
    place = event or Event(urgency="U4")
    return Whistle(
        id=id,
        created_at=at,
        kind_code=data["kind"],
        level=level,
        event_id=data["event_id"] if event else None,
        why=data["why"],
        reason=data["reason"],
        law_article=data["law_article"],
        ongoing=data["ongoing"],
        meet_at=data["meet_at"],
        point=place.point,
        urgency=place.urgency,
        township_code=place.township_code,
        village_code=place.village_code,
        grid_code=place.grid_code,
        synthetic=bool(place.synthetic),
        nonce=secrets.token_hex(NONCE_BYTES),
    )


def codes(whistle: Whistle, *, by: Actor) -> dict[str, Any]:
    """Return what the caller shows on the spot: the code, how long it lasts, the meeting's code if any."""
    if not is_caller(whistle, by):
        raise NotTheCaller
    rule, moment = rule_of(whistle), now()
    left = rule.code_life_s - int(moment.timestamp()) % rule.code_life_s
    body: dict[str, Any] = {
        "code": verdict.code(whistle.nonce, verdict.window_at(moment, rule.code_life_s), rule.code_digits),
        "valid_s": left,
    }
    if whistle.meet_at:
        day = whistle.meet_at.astimezone(CN).date()
        body["meeting_code"] = verdict.code(whistle.nonce, verdict.meeting_window(day), rule.code_digits)
    return body


def contest(check_in: CheckIn, reason: str, *, by: Actor) -> None:
    """Contest a caller's score once, to the supervisors; the score itself stays (spec 5.3 CI-09).

    Raises:
        NotYourMove, NotEvaluated, ContestedBefore.
    """
    hat = by.hat_as(("DPL", "DPD"))
    if hat is None or hat.unit != check_in.unit_code:
        raise NotYourMove(roles=["DPL", "DPD"])
    if check_in.state != "evaluated":
        raise NotEvaluated
    before = sa.exists().where(Entry.item_id == check_in.id, Entry.action == CONTESTED)
    if db.session.scalar(sa.select(before)):
        raise ContestedBefore
    audience = of_item(check_in)
    journal.write(Line(CONTESTED, by, hat, check_in, "check_in", facts={"reason": reason}, audience=audience))


def ask_release(check_in: CheckIn, reason: str, *, by: Actor) -> None:
    """Tell the caller that the department has done its work and asks to be released; the caller decides (CI-08).

    Raises:
        NotYourMove, NotAtWork.
    """
    hat = by.hat_as(DEPARTMENT)
    if hat is None or hat.unit != check_in.unit_code:
        raise NotYourMove(roles=list(DEPARTMENT))
    if check_in.state != "working":
        raise NotAtWork
    audience = of_item(check_in)
    journal.write(Line(RELEASE_ASKED, by, hat, check_in, "check_in", facts={"reason": reason}, audience=audience))
