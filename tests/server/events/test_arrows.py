"""Each arrow of the Event machine is walked by those who may, and refused with its sentence to those who may not."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from server import policy
from server.db import db, new_id, now
from server.flow import Assignment, Custody
from server.journal import Entry
from tests.server.events.lamps import LAMP, running
from tests.server.town import AFTER, HOME, LOOKED, OLD_TOWN, OUTSIDE, Town


def test_an_ordinary_street_lamp_from_report_to_close(town: Town) -> None:
    card = town.report()
    assert running(card) == {"FILE"}
    card = town.act("desk", card, "file")
    assert running(card) == {"DISPATCH"}
    card = town.act("desk", card, "dispatch", units=LAMP)
    assert running(card) == {"ACCEPT", "HANDLE"}
    assert [(unit["code"], unit["role"]) for unit in card["units"]] == [("DEP28", "lead"), ("DEP36", "co")]
    card = town.act("lamp_desk", card, "accept", person_id=str(town.persons["lamp_hand"]))
    card = town.act("lamp_hand", card, "start")
    photos = [{"sha256": AFTER, "kind": "after"}]
    card = town.act("lamp_hand", card, "report_result", result_code="repaired", result_text="已修复", photos=photos)
    assert running(card) == {"VERIFY"}
    card = town.act("mei", card, "verify", note="现场已亮灯")
    assert (card["state"]["code"], running(card)) == ("closed", set())
    assert card["result"] == {"code": "repaired", "text": "已修复"}


def test_custody_runs_without_gap_from_report_to_close(town: Town) -> None:
    card = town.act("mei", town.handled(), "verify", note="已核查")
    held = list(db.session.scalars(sa.select(Custody).where(Custody.item_id == card["id"]).order_by(Custody.since)))
    assert [one.unit_code for one in held] == [OLD_TOWN, "DEP28", "DEP28", OLD_TOWN]
    assert all(one.until == following.since for one, following in pairwise(held))
    assert held[-1].until is not None


def test_a_report_not_filed_tells_why_and_is_looked_at_again_once(town: Town) -> None:
    card = town.act("desk", town.report(), "reject", reason_code="not_found", reason="到现场未发现")
    assert card["result"] == {"code": "not_found", "text": "到现场未发现"}
    path = f"/events/{card['id']}/second_look"
    assert town.call("gang", "POST", path, {"reason": "再看看"}).status_code == 404
    assert town.call("mei", "POST", path, {"reason": "再看看"}).json == {"noted": True}
    assert town.call("mei", "POST", path, {"reason": "第三次"}).json["code"] == "already_asked"


def test_a_corrected_place_moves_the_event_and_keeps_the_raw_point(town: Town) -> None:
    card = town.report(lon=OUTSIDE[0], lat=OUTSIDE[1])
    assert town.attempt("centre", card, "file").json["code"] == "place_is_known"
    point = {"lon": 114.605, "lat": 23.705, "crs": "wgs84"}
    card = town.act("centre", card, "file", point=point)
    assert (card["grid_code"], card["township_code"], card["place"]["lon"]) == (HOME, OLD_TOWN, OUTSIDE[0])
    line = db.session.scalars(sa.select(Entry).where(Entry.move == "EV-04")).one()
    assert line.facts["corrected_from"] == {"grid_code": None, "placement": "outside"}


def test_a_corrected_category_takes_its_urgency_along_and_is_remembered(town: Town) -> None:
    card = town.act("desk", town.report(), "file", category="B01")
    assert (card["category"]["code"], card["urgency"]) == ("B01", "U2")
    line = db.session.scalars(sa.select(Entry).where(Entry.move == "EV-04")).one()
    assert line.facts["category_before"] == {"category": "B03", "urgency": "U4"}


@pytest.mark.parametrize(
    ("units", "code"),
    [
        ([{"unit": "DEP28", "role": "co", "share_pct": 5}], "exactly_one_lead"),
        ([{"unit": "DEP28", "role": "lead", "share_pct": 5}, {"unit": "DEP36", "role": "lead", "share_pct": 5}],
         "exactly_one_lead"),
        ([{"unit": "DEP28", "role": "lead", "share_pct": 0}], "every_share_at_least_one"),
        ([{"unit": "DEP28", "role": "lead", "share_pct": 9}, {"unit": "DEP28", "role": "co", "share_pct": 5}],
         "each_unit_once"),
        ([{"unit": "DEP03", "role": "lead", "share_pct": 9}], "units_take_dispatches"),
        ([{"unit": "DEP99", "role": "lead", "share_pct": 9}], "units_take_dispatches"),
        ([{"unit": OLD_TOWN, "role": "lead", "share_pct": 9}], "township_leads_only_its_duties"),
    ],
)  # fmt: skip
def test_a_dispatch_names_one_lead_with_a_share_and_spares_the_grass_roots(town: Town, units: list, code: str) -> None:
    card = town.act("desk", town.report(), "file")
    answer = town.attempt("desk", card, "dispatch", units=units)
    assert (answer.status_code, answer.json["code"]) == (409, code)
    assert any("一" <= letter <= "鿿" for letter in answer.json["title"])


def test_without_units_the_dispatch_directory_proposes(town: Town) -> None:
    card = town.act("desk", town.act("desk", town.report(), "file"), "dispatch")
    assert [(unit["code"], unit["role"]) for unit in card["units"]] == [("DEP28", "lead"), ("DEP36", "co")]
    first = db.session.scalars(sa.select(Assignment).where(Assignment.first_recipient)).one()
    assert first.unit_code == "DEP28"


def test_only_the_lead_accepts_and_names_somebody_of_its_own(town: Town) -> None:
    card = town.dispatched()
    assert town.attempt("water_desk", card, "accept").status_code == 404
    foreign = town.attempt("lamp_desk", card, "accept", person_id=str(town.persons["water_hand"]))
    assert foreign.json["code"] == "named_person_belongs_to_the_lead"


def test_a_suspension_pauses_the_clock_until_its_day(town: Town, clock: Any) -> None:
    card = town.handling()
    until = (now() + timedelta(days=3)).isoformat()
    suspended = {"reason_code": "permit", "reason": "等待占道审批", "interim_measure": "设围挡", "until": until}
    assert town.attempt("lamp_hand", card, "suspend", **suspended).status_code == 403
    too_long = suspended | {"until": (now() + timedelta(days=40)).isoformat()}
    assert town.attempt("lamp_head", card, "suspend", **too_long).json["code"] == "suspended_until_soon"
    card = town.act("lamp_head", card, "suspend", **suspended)
    handle = next(one for one in card["clocks"] if one["code"] == "HANDLE")
    assert handle["paused_until"] is not None
    clock.advance(timedelta(days=1))
    card = town.act("lamp_hand", card, "resume")
    later = next(one for one in card["clocks"] if one["code"] == "HANDLE")
    assert later["paused_until"] is None
    assert later["due_at"] >= later["original_due_at"]


def test_urgent_matters_wait_for_nothing(town: Town) -> None:
    card = town.handling(category="B01", text="井盖缺失")
    until = (now() + timedelta(days=2)).isoformat()
    facts = {"reason_code": "permit", "reason": "等待", "interim_measure": "围挡", "until": until}
    assert town.attempt("lamp_head", card, "suspend", **facts).json["code"] == "urgency_may_wait"


def test_an_extension_is_one_short_and_before_due(town: Town) -> None:
    card = town.handling(category="B02", text="路面破损")
    handle = next(one for one in card["clocks"] if one["code"] == "HANDLE")

    started, due = (datetime.fromisoformat(handle[name]) for name in ("started_at", "original_due_at"))
    short, long = due + (due - started) * 0.4, due + (due - started) * 0.6
    facts = {"reason": "材料未到"}
    assert (
        town.attempt("lamp_head", card, "extend", until=long.isoformat(), **facts).json["code"] == "extension_is_short"
    )
    card = town.act("lamp_head", card, "extend", until=short.isoformat(), **facts)
    moved = next(one for one in card["clocks"] if one["code"] == "HANDLE")
    assert (moved["due_at"], moved["original_due_at"]) != (handle["due_at"], None)
    assert moved["original_due_at"] == handle["original_due_at"]
    again = town.attempt("lamp_head", card, "extend", until=short.isoformat(), **facts)
    assert again.json["code"] == "extended_only_once"


def test_the_head_of_a_unit_that_helps_neither_suspends_nor_extends(town: Town) -> None:
    units = [{"unit": "DEP37", "role": "lead", "share_pct": 60}, {"unit": "DEP28", "role": "co", "share_pct": 40}]
    card = town.act("desk", town.act("desk", town.report(), "file"), "dispatch", units=units)
    card = town.act("water_desk", card, "accept", person_id=str(town.persons["water_hand"]))
    card = town.act("water_hand", card, "start")
    wait = {"reason_code": "permit", "interim_measure": "围挡", "until": (now() + timedelta(days=2)).isoformat()}
    handle = next(one for one in card["clocks"] if one["code"] == "HANDLE")
    started, due = (datetime.fromisoformat(handle[name]) for name in ("started_at", "original_due_at"))
    longer = {"until": (due + (due - started) * 0.2).isoformat()}
    for act, facts in (("suspend", wait), ("extend", longer)):
        refused = town.attempt("lamp_head", card, act, reason="等待", **facts)
        assert refused.json["code"] == "approver_leads_or_is_the_township"
    offered = {who: _acts(town, who, card) for who in ("lamp_head", "chief")}
    assert not {"suspend", "extend"} & offered["lamp_head"]
    assert {"suspend", "extend"} <= offered["chief"]
    assert town.act("chief", card, "suspend", reason="等待", **wait)["state"]["code"] == "suspended"


def _acts(town: Town, who: str, card: dict[str, Any]) -> set[str]:
    return {one["act"] for one in town.get(who, f"/events/{card['id']}").json["actions"]}


def test_a_result_needs_the_photos_its_leaf_asks_for(town: Town) -> None:
    card = town.handling()
    answer = town.attempt("lamp_hand", card, "report_result", result_code="repaired", result_text="好了")
    assert answer.json["code"] == "evidence_as_the_leaf_asks"


def test_rework_halves_the_limit_and_goes_back_to_the_handler(town: Town) -> None:
    card = town.handled()
    card = town.act("mei", card, "send_back", reason="还是不亮")
    assert (card["state"]["code"], card["reworks"]) == ("handling", 1)
    handle = next(one for one in card["clocks"] if one["code"] == "HANDLE" and one["stopped_at"] is None)
    assert handle["limit"] == "1 WD"


def test_voiding_takes_two_officers(town: Town) -> None:
    card = town.act("desk", town.report(), "file")
    assert town.attempt("centre", card, "void", reason="测试").json["code"] == "second_person_confirms"
    assert town.call("centre", "POST", f"/events/{card['id']}/ask_void", {"reason": "测试"}).status_code == 200
    assert town.attempt("centre", card, "void", reason="测试").json["code"] == "second_person_confirms"
    assert town.act("centre_two", card, "void", reason="测试")["state"]["code"] == "void"


def test_a_declared_interest_keeps_a_person_away(town: Town) -> None:
    from server.people.models import Interest

    card = town.report()
    db.session.add(Interest(person_id=town.persons["desk"], item_id=card["id"], reason="本人住户", declared_at=now()))
    db.session.commit()
    assert town.attempt("desk", card, "file").json["code"] == "conflict_of_interest"


def test_the_card_offers_each_post_its_own_acts(town: Town) -> None:
    card = town.report()
    offered = {who: [one["act"] for one in town.get(who, f"/events/{card['id']}").json["actions"]]
               for who in ("mei", "desk", "secretary")}  # fmt: skip
    assert offered["secretary"] == []
    assert "self_handle" in offered["mei"]
    assert {"file", "reject", "merge"} <= set(offered["desk"])


def test_a_converted_event_and_its_target_are_made_together(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from server.flow import MACHINES

    made: list[Any] = []

    def from_event(case: Any) -> Any:
        made.append((case.item.id, case.item.created_at))
        return SimpleNamespace(id=new_id(), no="A26030200100001")

    card = town.report()
    facts = {"target_kind": "appeal", "target_id": str(new_id())}
    assert town.attempt("desk", card, "convert", **facts).json["code"] == "target_is_ready"
    monkeypatch.setitem(MACHINES, "appeal", SimpleNamespace(kind="appeal", from_event=from_event, model=int, view=()))
    card = town.act("desk", card, "convert", **facts)
    assert (card["state"]["code"], card["result"]["text"]) == ("converted", "A26030200100001")
    line = db.session.scalars(sa.select(Entry).where(Entry.move == "EV-07")).one()
    assert line.facts["target_kind"] == "appeal"
    assert len(made) == 1


def closed(town: Town) -> dict[str, Any]:
    return town.act("mei", town.handled(), "verify", note="已核查")


def test_a_corrected_place_outside_every_grid_is_no_place(town: Town) -> None:
    point = {"lon": OUTSIDE[0], "lat": OUTSIDE[1], "crs": "wgs84"}
    assert town.attempt("centre", town.report(), "file", point=point).json["code"] == "place_is_known"


def test_a_relapse_within_thirty_days_is_linked_and_an_older_one_is_not(town: Town, clock: Any) -> None:
    clock.set(now())
    first = closed(town)
    clock.advance(timedelta(days=29))
    town.keys.clear()
    again = town.act("desk", town.report(recurrence_of=first["id"]), "file")
    assert again["recurrence_of"] == first["id"]
    assert town.act("desk", town.report(), "file", recurrence_of=first["id"])["recurrence_of"] == first["id"]
    clock.advance(timedelta(days=2))
    late = town.report(recurrence_of=first["id"])
    refused = town.attempt("desk", late, "file", recurrence_of=first["id"])
    assert (refused.status_code, refused.json["code"]) == (409, "recurrence_is_recent")
    assert town.act("desk", late, "file")["recurrence_of"] is None
    made_up = town.act("desk", town.report(recurrence_of=str(new_id())), "file")
    assert made_up["recurrence_of"] is None


def test_whoever_was_named_responsible_does_not_verify(town: Town) -> None:
    """2026-11-23: the township may start and report for the person named; that person is the handler all the same."""
    rules = policy.current()
    leaf = next(code for code in rules.categories if rules.township_may_lead(code, OLD_TOWN))
    card = town.act("desk", town.report(category=leaf), "file")
    card = town.act("desk", card, "dispatch", units=[{"unit": OLD_TOWN, "role": "lead", "share_pct": 100}])
    card = town.act("desk", card, "accept", person_id=str(town.persons["mei"]))
    card = town.act("desk", card, "start")
    photos = [{"sha256": AFTER, "kind": "after"}]
    card = town.act("desk", card, "report_result", result_code="repaired", result_text="已清", photos=photos)
    assert town.attempt("mei", card, "verify", note="看过").json["code"] == "checker_did_not_handle"
    assert town.act("leader", card, "verify", **LOOKED)["state"]["code"] == "closed"
