"""The small town with an item in every state that can be reached, so that any act finds something to act upon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from server.db import db, new_id, now
from server.flow.models import MoveConflict
from server.people.models import Device, Interest
from tests.server.town import AFTER, INSIDE, PHOTO, Town, device

Cards = dict[str, dict[str, dict[str, Any]]]
"""Kind of item → state → the card of one that stands there."""
HERE = {"method": "position", "lon": INSIDE[0], "lat": INSIDE[1], "crs": "wgs84", "accuracy_m": 10.0}


def stage(town: Town) -> Cards:
    """Return the cards of events, whistles, check-ins and objections, one for each state in which work can follow."""
    cards: Cards = {"event": _events(town), "whistle": {}, "check_in": {}, "objection": {}}
    whistles: Mapping[str, Callable[[Town], Any]] = {
        "screening": lambda town: town.blown(who="leader"),
        "blown": lambda town: town.blown(),
        "assembling": lambda town: _seen(town, _responded(town, town.blown())[0]),
        "handling": _joined,
        "resolved": lambda town: town.act("desk", _joined(town), "resolve", result_text="已协同处置"),
    }
    cards["whistle"] = {state: make(town) for state, make in whistles.items()}
    cards["check_in"] = _check_ins(town, cards["whistle"])
    cards["objection"]["filed"] = _objection(town)
    return cards


def _events(town: Town) -> dict[str, Any]:
    dispatched = town.dispatched()
    accepted = town.act("lamp_desk", town.dispatched(), "accept", person_id=str(town.persons["lamp_hand"]))
    photos = [{"sha256": AFTER, "kind": "after"}]
    waiting = {"reason_code": "permit", "reason": "等待审批", "interim_measure": "设围挡"}
    until = (now() + timedelta(days=3)).isoformat()
    return {
        "reported": town.report(category="A01"),
        "self_done": town.act("mei", town.report(category="A01"), "self_handle", result_text="已清运", photos=photos),
        "filed": town.act("desk", town.report(), "file"),
        "dispatched": dispatched,
        "accepted": accepted,
        "handling": town.handling(),
        "suspended": town.act("lamp_head", town.handling(), "suspend", until=until, **waiting),
        "handled": town.handled(),
    }


def _seen(town: Town, whistle: dict[str, Any]) -> dict[str, Any]:
    return dict(town.get("desk", f"/whistles/{whistle['id']}").json)


def _called(town: Town, whistle: dict[str, Any]) -> dict[str, Any]:
    """Return the card of the first check-in of ``whistle``."""
    first = _seen(town, whistle)["check_ins"][0]["id"]
    return dict(town.get("lamp_hand", f"/check-ins/{first}").json)


def _responded(town: Town, whistle: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    soon = (now() + timedelta(minutes=20)).isoformat()
    person = str(town.persons["lamp_hand"])
    return whistle, town.act("lamp_desk", _called(town, whistle), "respond", expected_at=soon, person_id=person)


def _joined(town: Town) -> dict[str, Any]:
    """Return a whistle whose department works on the spot."""
    whistle, check_in = _responded(town, town.blown())
    town.act("lamp_hand", town.act("lamp_hand", check_in, "check_in", **HERE), "work")
    due = (now() + timedelta(days=1)).isoformat()
    return town.act("desk", _seen(town, whistle), "start", due_at=due)


def _check_ins(town: Town, whistles: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    _, responded = _responded(town, town.blown())
    arrived = town.act("lamp_hand", _responded(town, town.blown())[1], "check_in", **HERE)
    alone = town.blown(["DEP28", "DEP37"])
    _responded(town, alone)
    due = (now() + timedelta(days=1)).isoformat()
    town.act("desk", _seen(town, alone), "start", due_at=due, without_absent=True)
    absent = [one for one in _seen(town, alone)["check_ins"] if one["state"]["code"] == "no_show"]
    released = _called(town, whistles["resolved"])
    return {
        "notified": _called(town, town.blown()),
        "responded": responded,
        "checked_in": arrived,
        "working": _called(town, _joined(town)),
        "no_show": town.get("desk", f"/check-ins/{absent[0]['id']}").json,
        "released": released,
    }


def _objection(town: Town) -> dict[str, Any]:
    body = {
        "kind": "event", "item_id": town.dispatched()["id"], "aim": "change_lead", "claimed_share_pct": 10,
        "basis": "三定方案第二条", "reason": "非本部门主责",
    }  # fmt: skip
    answer = town.call("lamp_desk", "PUT", f"/objections/{new_id()}", body)
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def things(town: Town, cards: Cards) -> dict[str, Any]:
    """Return what else a path can name: how the path begins → the id of one."""
    event = cards["event"]["handling"]
    subtask, conflict = new_id(), new_id()
    handle = next(clock for clock in event["clocks"] if clock["code"] == "HANDLE")
    body = {"item_id": event["id"], "text": "换灯泡", "unit": "DEP28", "due_at": handle["due_at"]}
    answer = town.call("lamp_desk", "PUT", f"/subtasks/{subtask}", body)
    assert answer.status_code == 201, answer.json
    late = MoveConflict(
        id=conflict, item_kind="event", item_id=event["id"], township_code=event["township_code"], act="file",
        facts={}, created_by=town.persons["mei"], captured_at=now(), created_at=now(), state_now="dispatched",
    )  # fmt: skip
    interest = Interest(
        id=new_id(), person_id=town.persons["gang"], item_id=event["id"], reason="本人住户", declared_at=now()
    )
    db.session.add_all([late, interest, Device(id=device("mei"), person_id=town.persons["mei"], enrolled_at=now())])
    db.session.commit()
    return {
        "subtasks": subtask,
        "conflicts": conflict,
        "interests": interest.id,
        "persons": town.persons["gang"],
        "devices": device("mei"),
        "photo": PHOTO,
    }
