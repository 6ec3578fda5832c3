"""The responsibility rules find nothing after ordinary work, and name what somebody broke."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from server.db import db, new_id
from server.invariants import acts
from tests.server.town import AFTER, LOOKED, OLD_TOWN, Town


def worked(town: Town) -> str:
    """Walk an event to its end and return its id."""
    return str(town.act("mei", town.handled(), "verify", note="已核查")["id"])


def test_ordinary_work_breaks_no_rule(town: Town) -> None:
    worked(town)
    card = town.report(category="A01")
    card = town.act("mei", card, "self_handle", result_text="已清", photos=[{"sha256": AFTER, "kind": "after"}])
    town.act("leader", card, "verify", **LOOKED)
    town.act("desk", town.report(), "reject", reason_code="not_found", reason="没有")
    town.blown(["DEP28"])
    town.dispatched()
    assert acts.broken() == []


SABOTAGE = {
    "R2": "update assignments set role = 'co' where until is null",
    "R4": "update custody set since = since + interval '1 hour', until = until + interval '1 hour' where unit_code = 'DEP28'",
    "R5": "update clocks set stopped_at = started_at, rings_at = null, result = 'waived' where code = 'ACCEPT'",
    "R6": "update events set result_text = null where state = 'closed'",
    "R11": f"update assignments set unit_code = '{OLD_TOWN}'",
    "R15": "update events set closed_at = created_at - interval '1 day' where closed_at is not null",
}


@pytest.mark.parametrize("rule", SABOTAGE)
def test_a_broken_rule_is_named_with_its_record(town: Town, rule: str) -> None:
    worked(town)
    town.dispatched()
    db.session.execute(sa.text("alter table custody drop constraint ex_one_custodian"))
    db.session.execute(sa.text(SABOTAGE[rule]))
    assert rule in {one["rule"] for one in acts.broken()}


def test_a_handler_who_verified_is_found(town: Town) -> None:
    card = worked(town)
    db.session.execute(sa.text("alter table journal disable trigger all"))
    handler = {"who": town.persons["lamp_hand"]}
    db.session.execute(sa.text("update journal set person_id = :who where move = 'EV-16'"), handler)
    found = [one for one in acts.broken() if one["rule"] == "R7"]
    assert [one["item"] for one in found] == [card]


def test_the_trace_names_the_custodian_of_each_breach(town: Town, clock: Any) -> None:
    from datetime import timedelta

    from server.worker import exhaust

    card = town.act("desk", town.act("desk", town.report(), "file"), "dispatch")
    card = town.act("lamp_desk", card, "accept", person_id=str(town.persons["lamp_hand"]))
    clock.advance(timedelta(days=9))
    exhaust()
    trace = town.get("desk", f"/trace/event/{card['id']}").json
    (breach,) = [one for one in trace["breaches"] if one["clock"] == "HANDLE"]
    assert breach["custody"]["unit_code"] == "DEP28"
    assert breach["co_units"] == ["DEP36"]
    assert [line["move"] for line in trace["lines"] if line["move"]] == ["EV-01", "EV-04", "EV-08", "EV-09"]
    assert town.get("stranger", f"/trace/event/{card['id']}").status_code == 404


def test_subtasks_are_set_by_the_lead_within_its_limit_and_done_by_the_unit(town: Town) -> None:
    from datetime import datetime, timedelta

    card = town.act("desk", town.act("desk", town.report(), "file"), "dispatch")
    handle = next(one for one in card["clocks"] if one["code"] == "HANDLE")
    due = datetime.fromisoformat(handle["due_at"])
    body = {
        "item_id": card["id"],
        "unit": "DEP36",
        "text": "断电配合",
        "due_at": (due - timedelta(hours=1)).isoformat(),
    }
    path = f"/subtasks/{new_id()}"
    assert town.call("desk", "PUT", path, body).json["code"] == "only_the_lead"
    late = body | {"due_at": (due + timedelta(hours=1)).isoformat()}
    assert town.call("lamp_desk", "PUT", f"/subtasks/{new_id()}", late).json["code"] == "later_than_the_item"
    assert town.call("lamp_desk", "PUT", f"/subtasks/{new_id()}", body | {"unit": "DEP22"}).status_code == 409
    assert town.call("lamp_desk", "PUT", path, body).status_code == 201
    card = town.act("lamp_desk", card, "accept", person_id=str(town.persons["lamp_hand"]))
    card = town.act("lamp_hand", card, "start")
    done = {"result_code": "repaired", "result_text": "好了", "photos": [{"sha256": AFTER, "kind": "after"}]}
    assert town.attempt("lamp_hand", card, "report_result", **done).json["code"] == "mandatory_subtasks_done"
    assert town.call("water_desk", "POST", f"{path}/done", {"done_text": "x"}).status_code == 404


def test_a_person_keeps_away_from_what_concerns_him(town: Town) -> None:
    card = town.report()
    body = {"kind": "event", "item_id": card["id"], "reason": "本人家门口"}
    assert town.call("desk", "PUT", f"/interests/{new_id()}", body).status_code == 201
    assert town.attempt("desk", card, "file").json["code"] == "conflict_of_interest"


def test_the_auditor_reads_lines_without_their_facts(town: Town) -> None:
    town.report(text="某某某的事")
    lines = town.get("auditor", "/journal").json["items"]
    assert lines[0]["action"]
    assert all("facts" not in line for line in lines)
    assert town.get("desk", "/journal").status_code == 403
