"""What a hostile insider tries, and is refused: each was possible once, on the day its test names."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from server.db import db, new_id, now
from server.flow.models import MoveConflict, Subtask
from tests.server.town import AFTER, FAR_INSIDE, INSIDE, PUQIAN, Town, report

HERE = {"method": "position", "lon": INSIDE[0], "lat": INSIDE[1], "crs": "wgs84", "accuracy_m": 5.0}


def whistle(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "DEMAND", "event_id": event["id"], "departments": ["DEP28"], "reason": "镇街无权处理"} | more


# --- own reports in foreign places ----------------------------------------------------------------------------------


def test_reporting_in_a_foreign_township_gives_no_whistle_there(town: Town) -> None:
    """2026-11-23: a dispatcher could call departments to a neighbour's township after reporting something there."""
    event = town.report("far_desk")
    assert town.get("far_desk", f"/events/{event['id']}").status_code == 200
    answer = town.call("far_desk", "PUT", f"/whistles/{new_id()}", whistle(event))
    assert (answer.status_code, answer.json["code"]) == (409, "the_linked_event_is_open")
    assert town.get("centre", "/whistles").json["items"] == []


def test_reporting_in_a_foreign_township_gives_no_act_there(town: Town) -> None:
    event = town.report("far_desk")
    for act, facts in (("file", {}), ("reject", {"reason_code": "not_found", "reason": "无"})):
        assert town.attempt("far_desk", event, act, **facts).status_code == 403
    assert town.get("far_desk", f"/events/{event['id']}").json["actions"] == []


def test_an_own_report_cannot_be_merged_into_an_event_of_a_foreign_township(town: Town) -> None:
    """2026-11-23: any id was taken as the main event; the reason of the refusal told whether it exists."""
    foreign = town.report("stranger", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    mine = town.report()
    answers = [town.attempt("desk", mine, "merge", parent_id=id) for id in (foreign["id"], str(new_id()))]
    assert answers[0].status_code == answers[1].status_code == 409
    assert answers[0].json == answers[1].json
    assert town.get("stranger", f"/events/{foreign['id']}").json["merged_count"] == 0


# --- the second person ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["mei", "leader", "village", "lamp_desk", "inspector", "secretary"])
def test_only_who_files_and_dispatches_may_ask_for_a_void(town: Town, who: str) -> None:
    """2026-11-23: whoever saw an event could be the "second person", so one officer of the centre voided alone."""
    card = town.dispatched()
    assert town.call(who, "POST", f"/events/{card['id']}/ask_void", {"reason": "测试"}).status_code == 403
    assert town.attempt("centre", card, "void", reason="测试").status_code == 409


def test_nobody_is_his_own_second_person(town: Town) -> None:
    card = town.dispatched()
    assert town.call("centre", "POST", f"/events/{card['id']}/ask_void", {"reason": "测试"}).status_code == 200
    assert town.attempt("centre", card, "void", reason="测试").json["code"] == "second_person_confirms"
    assert town.attempt("centre_two", card, "void", reason="测试").status_code == 200


def test_who_handled_an_event_verifies_it_in_no_other_post(town: Town) -> None:
    card = town.handled()
    for who in ("lamp_hand", "lamp_desk", "desk"):
        assert town.attempt(who, card, "verify", note="好").status_code == 403
    assert town.attempt("mei", card, "verify", note="好").status_code == 200


def test_a_department_scores_itself_neither_alone_nor_twice(town: Town) -> None:
    card = town.blown()
    one = town.act("lamp_hand", card["check_ins"][0] | {"kind": "check_in"}, "check_in", **HERE)
    one = town.act("desk", town.act("lamp_hand", one, "work"), "release", result_text="已处置")
    scores = {"measures": 5, "result": 5, "note": "很好"}
    for who in ("lamp_desk", "lamp_hand", "lamp_head", "far_desk"):
        assert town.attempt(who, one, "evaluate", **scores).status_code in (403, 404)
    one = town.act("desk", one, "evaluate", **scores)
    assert town.attempt("chief", one, "evaluate", **scores).status_code == 409


# --- what the documents promise -------------------------------------------------------------------------------------


def test_tracing_back_is_for_those_who_may_read_figures(town: Town) -> None:
    """2026-11-23: whoever saw an item read who held it when, with names; the part-time workers too."""
    card = town.report("part")
    assert town.get("part", f"/trace/event/{card['id']}").status_code == 403
    assert town.get("stranger", f"/trace/event/{card['id']}").status_code == 404
    assert town.get("desk", f"/trace/event/{card['id']}").status_code == 200


def test_a_sub_task_is_finished_by_those_who_see_the_item_only(town: Town) -> None:
    """2026-11-23: anybody of the unit could, the three administrators too, and read its text (spec 12)."""
    units = [{"unit": "DEP28", "role": "lead", "share_pct": 60}, {"unit": "DEP29", "role": "co", "share_pct": 40}]
    card = town.act("desk", town.act("desk", town.report(), "file"), "dispatch", units=units)
    body = {"kind": "event", "item_id": card["id"], "unit": "DEP29", "text": "核对数据", "due_at": now().isoformat()}
    id = new_id()
    assert town.call("lamp_desk", "PUT", f"/subtasks/{id}", body).status_code == 201
    for who in ("admin", "security", "auditor"):
        assert town.call(who, "POST", f"/subtasks/{id}/done", {"done_text": "好"}).status_code == 404
    assert db.session.get_one(Subtask, id).done_at is None


def test_who_may_not_act_leaves_no_conflict_task_either(town: Town) -> None:
    """2026-11-23: an offline act that came late was kept for the township whoever sent it."""
    card = town.report("part")
    before = now().isoformat()
    town.act("desk", card, "file")
    late = {"reason_code": "not_found", "reason": "无", "captured_at": before}
    assert town.attempt("part", card, "reject", **late).status_code == 403
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MoveConflict)) == 0


# --- keys, cursors, codes -------------------------------------------------------------------------------------------


def test_a_key_of_somebody_else_gives_no_answer_of_his(town: Town) -> None:
    event = town.report()
    answer = town.call("gang", "PUT", f"/events/{event['id']}", report())
    assert (answer.status_code, answer.json["code"]) == (409, "key_taken")
    assert "stored" not in answer.json
    again = {"revision": event["revision"]}
    key = str(new_id())
    assert town.call("desk", "POST", f"/events/{event['id']}/file", again, Idempotency_Key=key).status_code == 200
    other = town.report()
    reused = town.call("desk", "POST", f"/events/{other['id']}/file", again, Idempotency_Key=key)
    assert (reused.status_code, reused.json["code"]) == (409, "key_taken")


def test_an_id_that_exists_without_a_request_is_taken_not_an_error(town: Town) -> None:
    """2026-11-23: an account under the id of an existing person broke the server."""
    body = {"username": "sockpuppet", "name": "替身"}
    answer = town.call("security", "PUT", f"/persons/{town.persons['mei']}", body)
    assert (answer.status_code, answer.json["code"]) == (409, "collision")


def test_a_key_that_is_none_is_refused_not_ignored(town: Town) -> None:
    """2026-11-23: a mistyped Idempotency-Key was ignored, and the client believed itself safe."""
    event = town.report()
    body = {"revision": event["revision"]}
    answer = town.call("desk", "POST", f"/events/{event['id']}/file", body, Idempotency_Key="once")
    assert (answer.status_code, answer.json["code"]) == (422, "wrong_key")


def test_a_code_in_other_digits_is_wrong_not_an_error(town: Town) -> None:
    """2026-11-23: full-width digits broke the comparison (500), and were not counted as a wrong try."""
    card = town.blown()
    for code in ("１２３４５６", "६६६६६६", "é"):
        one = town.get("lamp_hand", f"/check-ins/{card['check_ins'][0]['id']}").json
        answer = town.attempt("lamp_hand", one, "check_in", method="code", code=code)
        assert (answer.status_code, answer.json["verdict"]) == (409, "wrong_code")


def test_unknown_units_and_tasks_in_a_decision_are_refused(town: Town) -> None:
    """2026-11-23: an unknown sub-task handed over with the result broke the server."""
    card = town.blown()
    town.act("lamp_hand", card["check_ins"][0] | {"kind": "check_in"}, "check_in", **HERE)
    card = town.get("desk", f"/whistles/{card['id']}").json
    card = town.act("desk", card, "start", due_at="2199-01-01T00:00:00+08:00")
    handed = [{"subtask_id": str(new_id()), "unit": "DEP37", "due_at": "2199-01-01T00:00:00+08:00"}]
    answer = town.attempt("desk", card, "resolve", result_text="好", handed_over=handed)
    assert (answer.status_code, answer.json["code"]) == (409, "every_task_done_or_handed_over")


def test_figures_and_their_records_stay_in_the_readers_scope(town: Town) -> None:
    mine = town.dispatched()
    foreign = town.report("stranger", lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    day = f"from={now():%Y-%m-%d}&to={now():%Y-%m-%d}"
    for who, seen in (("desk", {mine["id"]}), ("far_desk", {foreign["id"]}), ("lamp_desk", {mine["id"]})):
        for part in ("", f"&township={PUQIAN}", "&unit=DEP28", "&category=B"):
            for code in ("K06", "K07", "K10"):
                path = f"/figures/{code}/records?{day}&side=below{part}"
                found = {one["id"] for one in town.get(who, path).json["items"]}
                assert found <= seen, (who, path)
    assert town.get("water_desk", f"/figures/K06/records?{day}&side=below").json["items"] == []
    assert town.get("mei", f"/figures?{day}").status_code == 403


ID, MOBILE = "441602199001011234", "13812345678"
TOLD = f"当事人身份证{ID}，电话{MOBILE}"


def test_what_identifies_a_resident_is_masked_wherever_words_are_shown(town: Town) -> None:
    """2026-11-23: the report's own text was masked; address, reasons, results, objections and evaluations were not."""
    card = town.dispatched(text=TOLD, address=f"解放路{MOBILE}")
    objection = {"kind": "event", "item_id": card["id"], "basis": TOLD, "reason": TOLD}
    town.call("lamp_desk", "PUT", f"/objections/{new_id()}", objection)
    done = town.act("lamp_desk", card, "accept", person_id=str(town.persons["lamp_hand"]))
    done = town.act("lamp_hand", done, "start")
    photos = [{"sha256": AFTER, "kind": "after"}]
    done = town.act("lamp_hand", done, "report_result", result_code="repaired", result_text=TOLD, photos=photos)
    town.act("mei", done, "send_back", reason=TOLD)
    town.blown(reason=TOLD)
    shown = "".join(
        town.get(who, path).text
        for who in ("desk", "lamp_desk", "centre")
        for path in (
            f"/events/{card['id']}", "/events", "/objections", "/whistles", "/check-ins", "/conflicts", "/inbox",
        )
    )  # fmt: skip
    assert "4416**********1234" in shown
    assert ID not in shown
    assert MOBILE not in shown
