"""Who hears of an event: those whose business it is, nobody else, and never the one who acted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from server.db import CN, new_id, now
from server.worker import exhaust
from tests.server.town import OUTSIDE, Town


@pytest.fixture
def morning(clock: Any) -> Any:
    """Monday 2 November 2026, nine in the morning in Beijing."""
    clock.set(datetime(2026, 11, 2, 9, 0, tzinfo=CN))
    return clock


def told(town: Town, who: str) -> list[str]:
    return [item["title"] for item in town.get(who, "/inbox").json["items"]]


def test_a_report_is_told_to_grid_village_and_township_but_not_to_its_reporter(town: Town, morning: Any) -> None:
    card = town.report("mei")
    exhaust()
    assert told(town, "leader") == told(town, "village") == [f"网格内新上报 {card['no']}"]
    assert told(town, "desk") == [f"待立案：{card['no']}"]
    for nobody in ("mei", "gang", "part", "stranger", "far_desk", "centre", "lamp_desk", "admin"):
        assert told(town, nobody) == []


def test_a_report_outside_every_grid_is_told_to_the_centre(town: Town, morning: Any) -> None:
    card = town.report("mei", lon=OUTSIDE[0], lat=OUTSIDE[1])
    exhaust()
    assert told(town, "centre") == [f"网格外上报待定位：{card['no']}"]
    assert told(town, "desk") == []


def test_an_event_of_u1_rings_centre_and_township_even_at_night(town: Town, clock: Any) -> None:
    clock.set(datetime(2026, 11, 2, 23, 0, tzinfo=CN))
    town.report("mei")
    burst = town.report("mei", category="B07")
    assert burst["urgency"] == "U1"
    exhaust()
    rung = [f"特急事件上报：{burst['no']}"]
    assert told(town, "centre") == told(town, "desk") == rung, "the ordinary one waits until seven"


def test_a_dispatch_is_told_to_the_lead_unit_and_its_acceptance_to_the_named_handler(town: Town, morning: Any) -> None:
    card = town.dispatched()
    exhaust()
    assert told(town, "lamp_desk") == [f"新派单：{card['no']}，请签收"]
    assert told(town, "water_desk") == []
    town.act("lamp_desk", card, "accept", person_id=str(town.persons["lamp_hand"]))
    exhaust()
    assert told(town, "lamp_hand") == [f"新任务：{card['no']}"]


def test_a_call_rings_every_officer_of_the_department_until_one_is_named(town: Town, morning: Any) -> None:
    """2026-11-28: only the dispatcher was rung, although the officers may answer, and the one named heard nothing."""
    town.blown(["DEP28"])
    exhaust()
    call = town.get("lamp_desk", "/check-ins").json["items"][0]
    rung = f"哨声：{call['no']}，请立即响应"
    assert told(town, "lamp_desk") == told(town, "lamp_hand") == [rung]
    assert told(town, "water_desk") == []
    soon = (now() + timedelta(minutes=20)).isoformat()
    town.act("lamp_desk", call, "respond", expected_at=soon, person_id=str(town.persons["lamp_hand"]))
    exhaust()
    assert told(town, "lamp_hand") == [rung, f"请到现场报到：{call['no']}"]
    assert f"部门已响应：{call['no']}" in told(town, "desk")


def test_the_reporter_hears_how_it_ended_wherever_the_event_lies(town: Town, morning: Any) -> None:
    card = town.report("stranger")
    town.act("desk", card, "reject", reason_code="out_of_scope", reason="不属于本区")
    exhaust()
    assert told(town, "stranger") == [f"未予立案：{card['no']}"]


def test_a_clock_that_rings_tells_the_roles_of_its_ladder_within_their_scope(town: Town, morning: Any) -> None:
    card = town.report("mei")
    exhaust()
    morning.advance(timedelta(hours=1, minutes=5))
    exhaust()
    _, rang = told(town, "desk")
    assert rang == f"时限过半提醒：{card['no']}（立案）"
    assert told(town, "far_desk") == []


def test_a_notice_leads_to_its_item_and_holds_no_word_of_the_report(town: Town, morning: Any) -> None:
    card = town.report("mei", text="张三家门口路灯不亮，电话13800000000")
    exhaust()
    answer = town.get("desk", "/inbox")
    assert answer.json["items"][0]["item"] == {"kind": "event", "id": card["id"]}
    assert "张三" not in answer.text
    assert "13800000000" not in answer.text


def test_reading_and_polling_by_the_api(town: Town, morning: Any) -> None:
    town.report("mei")
    exhaust()
    page = town.get("leader", "/inbox").json
    assert (page["unread"], page["more"]) == (1, False)
    ids = [item["id"] for item in page["items"]]
    assert town.call("desk", "POST", "/inbox/read", {"ids": ids}).json == {"read": 0}
    assert town.call("leader", "POST", "/inbox/read", {"ids": ids}).json == {"read": 1}
    later = town.get("leader", f"/inbox?cursor={page['cursor']}").json
    assert (later["items"], later["cursor"], later["unread"]) == ([], page["cursor"], 0)
    assert town.get("leader", "/inbox?cursor=x").status_code == 422
    assert town.get(None, "/inbox").status_code == 401


def test_a_sub_task_is_told_to_the_unit_that_must_do_it_and_its_end_to_the_one_who_set_it(
    town: Town, morning: Any
) -> None:
    card = town.act("desk", town.report("mei"), "file")
    parts = [("DEP28", "lead", 60), ("DEP37", "co", 40)]
    units = [{"unit": code, "role": role, "share_pct": share} for code, role, share in parts]
    card = town.act("desk", card, "dispatch", units=units)
    due = (now() + timedelta(minutes=30)).isoformat()
    id = new_id()
    body = {"item_id": card["id"], "unit": "DEP37", "text": "先关掉水阀", "due_at": due}
    assert town.call("lamp_desk", "PUT", f"/subtasks/{id}", body).status_code == 201
    exhaust()
    asked, done = f"新的子任务：{card['no']}", f"子任务已完成：{card['no']}"
    assert asked in told(town, "water_desk")
    assert not [who for who in ("lamp_desk", "lamp_hand", "desk", "mei", "water_hand") if asked in told(town, who)]
    town.call("water_desk", "POST", f"/subtasks/{id}/done", {"done_text": "已关"})
    exhaust()
    assert [who for who in ("lamp_desk", "lamp_hand", "water_desk", "desk", "mei") if done in told(town, who)] == [
        "lamp_desk"
    ]
