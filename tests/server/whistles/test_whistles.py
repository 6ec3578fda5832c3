"""A whistle is blown by those who may, answered by each department on its own clock, and judged by the caller."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from server import policy
from server.db import db, new_id, now
from server.flow import Custody
from server.whistles.models import CheckIn, Whistle
from tests.server.town import INSIDE, Town
from tests.server.whistles.calls import HERE, SCORES, arrived, check_in, line_of, responded, seen


def test_a_whistle_goes_from_blow_to_close(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    assert whistle["state"]["code"] == "blown"
    card = arrived(town, whistle)
    assert (card["state"]["code"], card["arrived_late"]) == ("checked_in", False)
    town.act("lamp_hand", card, "work")
    whistle = town.get("desk", f"/whistles/{whistle['id']}").json
    assert whistle["state"]["code"] == "assembling"
    due = (now() + timedelta(days=1)).isoformat()
    whistle = town.act("desk", whistle, "start", due_at=due)
    whistle = town.act("desk", whistle, "resolve", result_text="已协同处置")
    assert line_of(whistle, "DEP28")["state"]["code"] == "released"
    refused = town.attempt("desk", whistle, "close")
    assert refused.json["code"] == "every_department_evaluated"
    whistle = town.act("desk", whistle, "close", evaluations=[{"unit": "DEP28"} | SCORES])
    assert whistle["state"]["code"] == "closed"
    assert line_of(whistle, "DEP28")["scores"] == {"arrival": 5, "measures": 4, "result": 5}


def test_custody_of_whistle_and_check_in_has_no_gap_and_ends(town: Town) -> None:
    test_a_whistle_goes_from_blow_to_close(town)
    for model in (Whistle, CheckIn):
        item = db.session.scalars(sa.select(model)).one()
        held = list(db.session.scalars(sa.select(Custody).where(Custody.item_id == item.id).order_by(Custody.since)))
        assert all(one.until == after.since for one, after in pairwise(held))
        assert held[-1].until == item.closed_at


@pytest.mark.parametrize(
    ("who", "kind", "more", "code"),
    [
        ("desk", "ENFORCEMENT", {}, "the_law_is_named"),
        ("desk", "KEYWORK", {}, "this_post_may_blow_this_kind"),
        ("leader", "ENFORCEMENT", {"law_article": "某法第十条"}, "this_post_may_blow_this_kind"),
        ("mei", "DEMAND", {}, "not_your_move"),
        ("desk", "DEMAND", {"departments": []}, None),
        ("desk", "DEMAND", {"departments": ["DEP03"]}, "departments_are_called"),
        ("desk", "DEMAND", {"reason": " "}, None),
        ("gang", "EMERGENCY", {}, None),
        ("far_desk", "DEMAND", {}, "the_linked_event_is_open"),
    ],
)
def test_a_whistle_is_refused_to_the_wrong_post_or_without_what_it_needs(
    town: Town, who: str, kind: str, more: dict, code: str | None
) -> None:
    event = town.report()
    body = {"kind": kind, "event_id": event["id"], "departments": ["DEP28"], "reason": "无权处理"} | more
    answer = town.call(who, "PUT", f"/whistles/{new_id()}", body)
    assert answer.status_code in (403, 409, 422), answer.json
    assert code is None or answer.json["code"] == code
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Whistle)) == 0


def test_a_grid_whistle_is_screened_and_confirmed_and_stays_a_grid_whistle(town: Town) -> None:
    whistle = town.blown(["DEP28"], who="leader")
    assert (whistle["state"]["code"], whistle["level"]) == ("screening", "grid")
    whistle = town.act("desk", whistle, "confirm", departments=["DEP28", "DEP37"])
    assert (whistle["state"]["code"], whistle["level"]) == ("blown", "grid")
    assert {line["unit"]["code"] for line in whistle["check_ins"]} == {"DEP28", "DEP37"}


def test_the_township_sees_whom_the_grid_wants_called_and_what_each_department_owes_next(town: Town) -> None:
    asked = town.blown(["DEP28"], who="leader", kind="DEMAND")
    seen = town.get("desk", f"/whistles/{asked['id']}").json
    assert [one["code"] for one in seen["asked"]] == ["DEP28"]
    confirmed = town.act("desk", seen, "confirm", departments=["DEP28"])
    assert confirmed["asked"] == []
    card = town.get("desk", f"/whistles/{asked['id']}").json
    assert line_of(card, "DEP28")["due"]["code"] == "RESP"
    responded(town, card)
    assert line_of(town.get("desk", f"/whistles/{asked['id']}").json, "DEP28")["due"]["code"] == "ARRIVE"


def test_the_township_may_settle_a_grid_whistle_itself(town: Town) -> None:
    whistle = town.blown(["DEP28"], who="leader")
    whistle = town.act("desk", whistle, "settle", result_text="镇街已组织清理")
    assert (whistle["state"]["code"], whistle["check_ins"]) == ("settled", [])


def test_an_emergency_of_the_grid_skips_the_screening(town: Town) -> None:
    whistle = town.blown(["DEP37"], kind="EMERGENCY", who="mei")
    assert (whistle["state"]["code"], whistle["level"]) == ("blown", "grid")


def test_each_department_has_its_own_clocks(town: Town) -> None:
    whistle = town.blown(["DEP28", "DEP37"], kind="EMERGENCY")
    card = check_in(town, "lamp_desk", whistle, "DEP28")
    assert {clock["code"]: clock["limit"] for clock in card["clocks"]} == {"RESP": "10 min", "ARRIVE": "30 min"}
    responded(town, whistle)
    other = check_in(town, "water_desk", whistle, "DEP37")
    assert [clock["result"] for clock in other["clocks"]] == ["running", "running"]


def test_a_department_sees_its_own_check_in_only(town: Town) -> None:
    whistle = town.blown(["DEP28", "DEP37"])
    id = line_of(whistle, "DEP28")["id"]
    assert town.get("water_desk", f"/check-ins/{id}").status_code == 404
    assert town.get("water_desk", f"/whistles/{whistle['id']}").status_code == 200
    assert town.get("fire_desk", f"/whistles/{whistle['id']}").status_code == 404


def test_nobody_cancels_once_somebody_came(town: Town) -> None:
    whistle = town.blown(["DEP28", "DEP37"])
    facts = {"reason_code": "mistaken", "reason": "误吹"}
    assert town.attempt("lamp_desk", whistle, "cancel", **facts).status_code == 403
    arrived(town, whistle)
    whistle = town.get("desk", f"/whistles/{whistle['id']}").json
    assert town.attempt("desk", whistle, "cancel", **facts).status_code == 409


def test_a_cancelled_whistle_ends_its_check_ins(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    whistle = town.act("desk", whistle, "cancel", reason_code="mistaken", reason="误吹")
    assert whistle["state"]["code"] == "cancelled"
    card = check_in(town, "lamp_desk", whistle, "DEP28")
    assert {clock["result"] for clock in card["clocks"]} == {"cancelled"}
    assert card["closed_at"] is not None


def test_one_more_department_is_called_with_clocks_of_its_own(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    responded(town, whistle)
    whistle = town.get("desk", f"/whistles/{whistle['id']}").json
    assert (
        town.attempt("desk", whistle, "add", departments=["DEP28"], reason="再叫").json["code"] == "not_called_before"
    )
    whistle = town.act("desk", whistle, "add", departments=["DEP26"], reason="需应急力量")
    card = check_in(town, "fire_desk", whistle, "DEP26")
    assert {clock["code"] for clock in card["clocks"]} == {"RESP", "ARRIVE"}


def test_the_rule_in_force_at_the_blow_stays_with_the_whistle(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    card = responded(town, whistle)
    stricter = replace(policy.current().settings.check_in, radius_m=1)
    changed = replace(policy.current(), settings=replace(policy.current().settings, check_in=stricter))
    with policy.use(changed):
        card = town.act("lamp_hand", card, "check_in", **(HERE | {"lon": INSIDE[0] + 0.0015}))
    assert card["state"]["code"] == "checked_in"


def test_the_card_of_a_call_says_what_comes_next_and_what_else_may_be_offered(town: Town) -> None:
    whistle = town.blown(["DEP28"])
    told = [check_in(town, "lamp_desk", whistle, "DEP28")]
    card = responded(town, whistle)
    told.append(check_in(town, "lamp_desk", whistle, "DEP28"))
    town.act("lamp_hand", card, "check_in", **HERE)
    told.append(check_in(town, "lamp_desk", whistle, "DEP28"))
    assert [(one["next_zh"], one["further"], one["awaited"]) for one in told] == [
        ("先响应：告诉吹哨方几点到", [], True),
        ("到现场后报到", ["objection.file"], True),
        ("已报到，可以开始处置", [], False),
    ]
    assert "next_zh" not in check_in(town, "desk", whistle, "DEP28")


@pytest.mark.parametrize("kind", ["ENFORCEMENT", "KEYWORK"])
def test_an_agreed_time_and_a_date_of_work_lie_ahead(town: Town, kind: str) -> None:
    past, law = (now() - timedelta(days=1)).isoformat(), "某法第十条"
    body = {"kind": kind, "event_id": town.report()["id"], "departments": ["DEP28"], "reason": "无权处理"}
    answer = town.call("chief", "PUT", f"/whistles/{new_id()}", body | {"law_article": law, "meet_at": past})
    assert (answer.status_code, answer.json["code"]) == (409, "the_agreed_time_is_ahead")
    whistle = town.blown(["DEP28"], kind=kind, who="chief", law_article=law)
    arrived(town, whistle)
    answer = town.attempt("chief", seen(town, whistle), "start", due_at=past)
    assert (answer.status_code, answer.json["code"]) == (409, "the_work_ends_later")


def test_a_department_called_after_the_meeting_has_a_limit_of_its_own(town: Town, clock: Any) -> None:
    clock.set(now())
    whistle = town.blown(["DEP28"], kind="KEYWORK", who="chief", meet_at=(now() + timedelta(hours=5)).isoformat())
    responded(town, whistle)
    clock.advance(timedelta(days=1))
    whistle = town.act("chief", seen(town, whistle), "add", departments=["DEP37"], reason="需供水配合")
    card = check_in(town, "water_desk", whistle, "DEP37")
    arrive = next(one for one in card["clocks"] if one["code"] == "ARRIVE")
    assert arrive["due_at"] > now().isoformat()


def test_a_cancelled_whistle_asks_nothing_more_of_its_departments(town: Town) -> None:
    """2026-11-28: a department could still respond to a cancelled call, which took it up again after its end."""
    whistle = town.blown(["DEP28"])
    card = check_in(town, "lamp_desk", whistle, "DEP28")
    town.act("desk", whistle, "cancel", reason_code="solved", reason="已自行解决")
    seen = town.get("lamp_desk", f"/check-ins/{card['id']}").json
    assert (seen["actions"], seen["closed_at"] is not None) == ([], True)
    soon = (now() + timedelta(minutes=20)).isoformat()
    for who, act, facts in (("lamp_desk", "respond", {"expected_at": soon}), ("lamp_hand", "check_in", HERE)):
        answer = town.attempt(who, seen, act, **facts)
        assert (answer.status_code, answer.json["code"], answer.json["acts"]) == (409, "illegal_move", [])
    assert town.get("lamp_desk", f"/check-ins/{card['id']}").json == seen
