"""What the guards of whistles and check-ins ask about, loaded before they are asked.

Never: refuse or change anything.
"""

from __future__ import annotations

import base64
import uuid
from datetime import datetime
from functools import partial
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from gis import crs as conversions
from server import access, policy
from server.db import CN, db
from server.events.machine import EVENT
from server.events.models import Event
from server.flow import Case
from server.people import desks, devices
from server.whistles import verdict
from server.whistles.forms import CheckInAt
from server.whistles.models import CheckIn, Whistle
from server.whistles.promise import rule_of

TRIES = 5
BLOW = "whistle.blow"
SAID = CheckInAt(only=("method", "lon", "lat", "crs", "accuracy_m", "is_mock", "code"))
"""What a signed line says of a check-in."""


def check_ins(case: Case) -> None:
    """Load the check-ins of the whistle, locked, in order of calling."""
    query = sa.select(CheckIn).where(CheckIn.whistle_id == case.item.id).order_by(CheckIn.created_at, CheckIn.no)
    case.facts["check_ins"] = list(db.session.scalars(query.with_for_update()))


def linked_event(case: Case) -> None:
    """Say whether the linked event is open and lies where the caller may blow: having reported it is not enough."""
    query = sa.select(Event.state).where(Event.id == case.item.event_id, access.within(case.by, BLOW, Event))
    state = db.session.scalar(query)
    case.facts["linked_open"] = state is not None and EVENT.state(state).kind != "final"


def responder(case: Case) -> None:
    """Find the post of the named responder (default: oneself) in the called department."""
    person = case.facts.pop("person_id", None) or case.by.person_id
    case.facts["expected_at"] = case.facts.get("expected_at") or case.at
    desk = desks.post_of(person, case.item.unit_code)
    case.facts["responder_desk"] = desk if desk.post_id else None


def whistle_of(check_in: CheckIn) -> Whistle:
    """Return the whistle a check-in belongs to, locked."""
    return db.session.scalars(sa.select(Whistle).where(Whistle.id == check_in.whistle_id).with_for_update()).one()


def arrival(case: Case) -> None:
    """Judge the arrival: a signed offline record at its own moment, everything else now."""
    whistle = db.session.get_one(Whistle, case.item.whistle_id)
    said = _signed_verdict(case, whistle) if case.facts.get("signature") else verdict.OK
    if said == verdict.OK:
        said = _judge(case, whistle, case.true_at or case.at)
    case.facts["verdict"] = case.shown["verdict"] = said
    if said == verdict.WRONG_CODE:
        case.leaves = partial(_count_wrong_code, case.item.id)


def _signed_verdict(case: Case, whistle: Whistle) -> str:
    """Take over what a device signed offline, with its moment; FORGED when it is not what it says."""
    signed = _read_signed(case, whistle)
    if signed is None:
        return verdict.FORGED
    case.true_at = signed.pop("moment")
    case.facts |= signed
    return verdict.OK


def _count_wrong_code(check_in_id: uuid.UUID) -> None:
    """A wrong code is counted although the act is refused: codes cannot be guessed for ever."""
    counted = sa.update(CheckIn).where(CheckIn.id == check_in_id).values(wrong_codes=CheckIn.wrong_codes + 1)
    db.session.execute(counted)


def _read_signed(case: Case, whistle: Whistle) -> dict[str, Any] | None:
    """Return the signed fields, read by the same form as unsigned ones, and their moment.

    None when forged, malformed, of another check-in, too old, or from before the whistle.
    """
    line, rule = case.facts.get("signed_text") or "", policy.current().settings.check_in
    values = verdict.read_statement(line)
    if values is None or not _signed_by_device(case, line):
        return None
    if (values["check_in"], values["nonce"]) != (str(case.item.id), whistle.nonce):
        return None
    try:
        moment = datetime.fromisoformat(values["captured_at"])
        said: dict[str, Any] = SAID.load({name: values[name] for name in SAID.fields if values[name]})
    except (ValueError, ma.ValidationError):
        return None
    age = (case.at - moment).total_seconds() if moment.tzinfo else -1
    if not 0 <= age <= (rule.offline_max.minutes() or 0) * 60 or (whistle.blown_at and moment < whistle.blown_at):
        return None
    return said | {"moment": moment}


def _signed_by_device(case: Case, line: str) -> bool:
    key = devices.public_key(case.by.device_id or "", case.by.person_id)
    try:
        signature = base64.b64decode(case.facts["signature"], validate=True)
    except ValueError:
        return False
    return key is not None and devices.is_signed(key, line.encode(), signature)


def _judge(case: Case, whistle: Whistle, moment: datetime) -> str:
    rule, facts = rule_of(whistle), case.facts
    if facts["method"] == "position":
        facts["distance_m"] = distance_m(whistle.id, facts["lon"], facts["lat"], facts["crs"])
        if facts["distance_m"] is None:
            return verdict.NO_PROOF
        return verdict.by_position(facts["distance_m"], facts["accuracy_m"], is_mock=facts["is_mock"], rule=rule)
    if case.item.wrong_codes >= TRIES:
        return verdict.LOCKED
    day = moment.astimezone(CN).date()
    meeting = day if facts["method"] == "meeting" and whistle.meet_at and _on(whistle.meet_at, day) else None
    if facts["method"] == "meeting" and meeting is None:
        return verdict.NO_PROOF
    return verdict.by_code(facts["code"] or "", whistle.nonce, moment, rule, meeting)


def _on(moment: datetime, day: Any) -> bool:
    return bool(moment.astimezone(CN).date() == day)


def distance_m(whistle_id: uuid.UUID, lon: float | None, lat: float | None, crs: str | None) -> float | None:
    """Return the metres from a point to the whistle's place, on the ellipsoid; None without place or point."""
    if lon is None or lat is None or crs is None:
        return None
    x, y = conversions.convert(lon, lat, crs, "cgcs2000")
    here = sa.func.ST_SetSRID(sa.func.ST_MakePoint(float(x), float(y)), 4490)
    apart = sa.func.ST_DistanceSpheroid(Whistle.point, here)
    return db.session.scalar(sa.select(apart).where(Whistle.id == whistle_id))
