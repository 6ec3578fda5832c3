"""The only way out of an assignment, the 1 % rule, and a clock that never stops (spec 5.16, 6, 16.3 no. 1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server.db import db, new_id, now
from server.flow import Assignment
from server.journal import Entry
from tests.server.town import OLD_TOWN, Town

BASIS = {"basis": "三定方案第五条", "reason": "该路灯由供电企业管护"}
NEW = [{"unit": "DEP37", "role": "lead", "share_pct": 100}]
LEAD_AND_CO = [
    {"unit": "DEP28", "role": "lead", "share_pct": 60},
    {"unit": "DEP37", "role": "co", "share_pct": 40},
]


def file(town: Town, card: dict[str, Any], who: str = "lamp_desk", **change: Any) -> Any:
    body = {"kind": "event", "item_id": card["id"]} | BASIS | change
    return town.call(who, "PUT", f"/objections/{new_id()}", body)


def handle_clock(town: Town, id: str) -> dict[str, Any]:
    clocks = town.get("desk", f"/events/{id}").json["clocks"]
    return next(one for one in clocks if one["code"] == "HANDLE")


def test_a_unit_with_one_percent_cannot_leave(town: Town) -> None:
    card = town.dispatched()
    answer = file(town, card, claimed_share_pct=1)
    assert (answer.status_code, answer.json["code"]) == (409, "one_percent_keeps_it")
    assert "首接负责" in answer.json["title"]


def test_an_upheld_objection_moves_the_item_and_no_clock(town: Town) -> None:
    card = town.dispatched()
    before = handle_clock(town, card["id"])
    objection = file(town, card).json
    assert [clock["code"] for clock in objection["clocks"]] == ["ARBITRATE"]
    town.act("arbiter", objection, "uphold", share_pct=0, reason="职责为0%", legal_basis="条例第二十三条", units=NEW)
    moved = town.get("desk", f"/events/{card['id']}").json
    assert (moved["state"]["code"], [unit["code"] for unit in moved["units"]]) == ("dispatched", ["DEP37"])
    assert moved["reassignments"] == 1
    after = handle_clock(town, card["id"])
    assert (after["started_at"], after["due_at"]) == (before["started_at"], before["due_at"])
    first = db.session.scalars(sa.select(Assignment).where(Assignment.first_recipient)).one()
    assert (first.unit_code, first.ended_by) == ("DEP28", "objection_upheld")
    assert town.get("lamp_desk", f"/events/{card['id']}").status_code == 404
    assert town.get("water_desk", f"/events/{card['id']}").status_code == 200


def test_a_dismissed_objection_keeps_the_unit(town: Town) -> None:
    card = town.dispatched()
    objection = file(town, card).json
    assert (
        town.attempt("arbiter", objection, "dismiss", share_pct=0, reason="驳回").json["code"]
        == "share_is_at_least_one"
    )
    town.act("arbiter", objection, "dismiss", share_pct=20, reason="职责占20%")
    kept = town.get("lamp_desk", f"/events/{card['id']}").json
    assert [unit["code"] for unit in kept["units"]] == ["DEP28"]


def test_asking_for_another_lead_keeps_the_old_one_as_co_unit(town: Town) -> None:
    card = town.dispatched()
    objection = file(town, card, aim="change_lead", claimed_share_pct=30).json
    town.act("arbiter", objection, "dismiss", share_pct=30, reason="改由供水牵头", new_lead="DEP37")
    units = town.get("desk", f"/events/{card['id']}").json["units"]
    assert [(unit["code"], unit["role"]) for unit in units] == [("DEP37", "lead"), ("DEP28", "co")]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"share_pct": 5, "units": NEW}, "share_is_proven_nothing"),
        ({"share_pct": 0, "units": []}, "another_lead_is_named"),
        ({"share_pct": 0, "units": [{"unit": "DEP28", "role": "lead", "share_pct": 9}]}, "another_lead_is_named"),
        ({"share_pct": 0, "units": [{"unit": "DEP08", "role": "lead", "share_pct": 9}]}, "arbiter_stands_apart"),
    ],
)
def test_upholding_needs_a_proven_zero_and_a_new_lead(town: Town, facts: dict, code: str) -> None:
    objection = file(town, town.dispatched()).json
    answer = town.attempt("arbiter", objection, "uphold", reason="成立", legal_basis="第二十三条", **facts)
    assert (answer.status_code, answer.json["code"]) == (409, code)


def test_only_the_arbiter_decides_and_a_unit_objects_once(town: Town) -> None:
    card = town.dispatched()
    objection = file(town, card).json
    assert (
        town.attempt("lamp_head", objection, "uphold", share_pct=0, reason="x", legal_basis="x", units=NEW).status_code
        == 403
    )
    assert file(town, card).json["code"] == "objected_before"
    assert file(town, card, who="water_desk").status_code == 404
    assert file(town, card, who="mei").status_code == 403


def test_out_of_time_is_out_of_time(town: Town, clock: Any) -> None:
    clock.set(now())
    card = town.dispatched()
    clock.advance(timedelta(days=15))
    late = file(town, card)
    assert (late.status_code, late.json["state"]["code"]) == (201, "late")
    assert town.get("lamp_desk", f"/events/{card['id']}").status_code == 200
    assert db.session.scalars(sa.select(Entry.move).where(Entry.move == "OB-03")).one() == "OB-03"


def test_a_called_department_without_competence_is_excused_by_the_arbiter_only(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    id = whistle["check_ins"][0]["id"]
    card = town.get("lamp_desk", f"/check-ins/{id}").json
    soon = (now() + timedelta(minutes=30)).isoformat()
    town.act("lamp_desk", card, "respond", expected_at=soon, person_id=str(town.persons["lamp_hand"]))
    body = {"kind": "check_in", "item_id": id} | BASIS
    objection = town.call("lamp_desk", "PUT", f"/objections/{new_id()}", body).json
    town.act("arbiter", objection, "uphold", share_pct=0, reason="无职责", legal_basis="第二十三条")
    assert town.get("desk", f"/check-ins/{id}").json["state"]["code"] == "excused"


def test_a_co_units_upheld_objection_lets_only_the_co_unit_go(town: Town) -> None:
    card = town.act("desk", town.act("desk", town.report(), "file"), "dispatch", units=LEAD_AND_CO)
    objection = file(town, card, who="water_desk").json
    town.act("arbiter", objection, "uphold", share_pct=0, reason="职责为0%", legal_basis="第二十三条")
    kept = town.get("desk", f"/events/{card['id']}").json
    assert (kept["state"]["code"], [unit["code"] for unit in kept["units"]]) == ("dispatched", ["DEP28"])
    assert kept["reassignments"] == 0
    assert kept["revision"] > card["revision"]
    left = db.session.scalars(sa.select(Assignment).where(Assignment.unit_code == "DEP37")).one()
    assert left.ended_by == "objection_upheld"
    assert town.get("water_desk", f"/events/{card['id']}").status_code == 404


def test_when_the_lead_leaves_the_co_units_stay(town: Town) -> None:
    card = town.act("desk", town.act("desk", town.report(), "file"), "dispatch", units=LEAD_AND_CO)
    objection = file(town, card).json
    new = [{"unit": "DEP22", "role": "lead", "share_pct": 60}]
    town.act("arbiter", objection, "uphold", share_pct=0, reason="职责为0%", legal_basis="第二十三条", units=new)
    units = town.get("desk", f"/events/{card['id']}").json["units"]
    assert [(unit["code"], unit["role"]) for unit in units] == [("DEP22", "lead"), ("DEP37", "co")]


def test_a_co_unit_may_become_the_new_lead(town: Town) -> None:
    card = town.act("desk", town.act("desk", town.report(), "file"), "dispatch", units=LEAD_AND_CO)
    objection = file(town, card).json
    town.act("arbiter", objection, "uphold", share_pct=0, reason="职责为0%", legal_basis="第二十三条", units=NEW)
    units = town.get("desk", f"/events/{card['id']}").json["units"]
    assert [(unit["code"], unit["role"]) for unit in units] == [("DEP37", "lead")]


def test_an_assignment_that_ended_meanwhile_is_not_left_twice(town: Town) -> None:
    card = town.act("desk", town.act("desk", town.report(), "file"), "dispatch", units=LEAD_AND_CO)
    of_lead, of_co = file(town, card).json, file(town, card, who="water_desk").json
    facts = {"share_pct": 0, "reason": "职责为0%", "legal_basis": "第二十三条"}
    town.act("arbiter", of_lead, "uphold", units=NEW, **facts)
    answer = town.attempt("arbiter", of_co, "uphold", **facts)
    assert (answer.status_code, answer.json["code"]) == (409, "item_can_still_leave")


def test_another_lead_accepts_and_names_its_own_handler_whatever_was_done_before(town: Town) -> None:
    card = town.handling()
    handle = handle_clock(town, card["id"])
    objection = file(town, card, aim="change_lead", claimed_share_pct=30).json
    town.act("arbiter", objection, "dismiss", share_pct=30, reason="改由供水牵头", new_lead="DEP37")
    moved = town.get("water_desk", f"/events/{card['id']}").json
    assert moved["state"]["code"] == "dispatched"
    assert handle_clock(town, card["id"])["due_at"] == handle["due_at"]
    old = db.session.scalars(sa.select(Assignment).where(Assignment.first_recipient)).one()
    assert (old.unit_code, old.ended_by) == ("DEP28", "lead_changed")
    moved = town.act("water_desk", moved, "accept", person_id=str(town.persons["water_hand"]))
    moved = town.act("water_hand", moved, "start")
    assert [(unit["code"], unit["role"]) for unit in moved["units"]] == [("DEP37", "lead"), ("DEP28", "co")]


@pytest.mark.parametrize(
    ("new_lead", "code"),
    [
        ("NOPE", "units_take_dispatches"),
        (OLD_TOWN, "township_leads_only_its_duties"),
        ("DEP28", "another_unit_takes_the_lead"),
        ("DEP08", "arbiter_stands_apart"),
    ],
)
def test_a_new_lead_keeps_the_rules_of_every_dispatch(town: Town, new_lead: str, code: str) -> None:
    card = town.dispatched()
    objection = file(town, card, aim="change_lead", claimed_share_pct=30).json
    answer = town.attempt("arbiter", objection, "dismiss", share_pct=30, reason="改牵头", new_lead=new_lead)
    assert (answer.status_code, answer.json["code"]) == (409, code)
    assert [unit["code"] for unit in town.get("desk", f"/events/{card['id']}").json["units"]] == ["DEP28"]


def test_a_call_has_no_lead_to_change(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    id = whistle["check_ins"][0]["id"]
    body = {"kind": "check_in", "item_id": id, "aim": "change_lead", "claimed_share_pct": 30} | BASIS
    objection = town.call("lamp_desk", "PUT", f"/objections/{new_id()}", body).json
    answer = town.attempt("arbiter", objection, "dismiss", share_pct=30, reason="改牵头", new_lead="DEP37")
    assert (answer.status_code, answer.json["code"]) == (409, "the_lead_can_still_change")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Assignment)) == 0


def test_a_department_that_has_not_responded_cannot_be_excused(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    id = whistle["check_ins"][0]["id"]
    objection = town.call(
        "lamp_desk", "PUT", f"/objections/{new_id()}", {"kind": "check_in", "item_id": id} | BASIS
    ).json
    answer = town.attempt("arbiter", objection, "uphold", share_pct=0, reason="无职责", legal_basis="第二十三条")
    assert (answer.status_code, answer.json["code"]) == (409, "item_can_still_leave")


def test_a_late_objection_shows_no_running_clock(town: Town, clock: Any) -> None:
    clock.set(now())
    card = town.dispatched()
    clock.advance(timedelta(days=15))
    late = file(town, card).json
    assert [one["stopped_at"] is None for one in late["clocks"]] == [False]
