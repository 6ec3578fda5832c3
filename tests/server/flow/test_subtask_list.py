"""Sub-tasks are found by who must do them and by who set them, in the list and among the day's work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server import policy
from server.db import db, new_id, now
from server.journal import Entry
from tests.server.town import Town

PARTS = (("DEP28", "lead", 60), ("DEP37", "co", 40))


def shared(town: Town) -> dict[str, Any]:
    """An event of which the street lamps are the lead and the water company is a co-unit."""
    card = town.act("desk", town.report(), "file")
    units = [{"unit": code, "role": role, "share_pct": share} for code, role, share in PARTS]
    return town.act("desk", card, "dispatch", units=units)


def asked(
    town: Town, card: dict[str, Any], *, minutes: float = 30, text: str = "先关掉水阀", who: str = "lamp_desk"
) -> str:
    due = (now() + timedelta(minutes=minutes)).isoformat()
    body = {"kind": card["kind"], "item_id": card["id"], "unit": "DEP37", "text": text, "due_at": due}
    id = str(new_id())
    answer = town.call(who, "PUT", f"/subtasks/{id}", body)
    assert answer.status_code == 201, answer.json
    return id


def listed(town: Town, who: str, **ask: str) -> list[str]:
    answer = town.get(who, "/subtasks?" + "&".join(f"{name}={value}" for name, value in ask.items()))
    assert answer.status_code == 200, answer.json
    return [row["id"] for row in answer.json["items"]]


def worked(town: Town, who: str) -> list[dict[str, Any]]:
    return [line for line in town.get(who, "/worklist").json["items"] if line["kind"] == "subtask"]


def test_the_unit_that_was_asked_finds_it_among_its_work_until_it_is_done(town: Town) -> None:
    card = shared(town)
    id = asked(town, card)
    (line,) = worked(town, "water_desk")
    assert (line["id"], line["title"], line["no"]) == (id, "先关掉水阀", card["no"])
    assert (line["item"]["kind"], line["item"]["id"]) == ("event", card["id"])
    assert [act["form"] for act in line["acts"]] == ["subtask.done"]
    for other in ("lamp_desk", "desk", "water_hand", "water_bureau", "mei", "auditor"):
        assert worked(town, other) == [], other
    town.call("water_desk", "POST", f"/subtasks/{id}/done", {"done_text": "已关"})
    assert worked(town, "water_desk") == []


def test_the_most_pressing_sub_task_stands_among_the_items_by_its_moment(town: Town) -> None:
    card = shared(town)
    late, soon = asked(town, card, minutes=50), asked(town, card, minutes=10)
    assert [line["id"] for line in worked(town, "water_desk")] == [soon, late]
    dues = [line["due_at"] for line in town.get("water_desk", "/worklist").json["items"] if line["due_at"]]
    assert dues == sorted(dues)


def test_who_set_it_follows_it_and_the_unit_finds_what_is_over_when_asking_for_all(town: Town) -> None:
    card = shared(town)
    id = asked(town, card)
    assert listed(town, "lamp_desk") == []
    assert listed(town, "lamp_desk", whose="set") == listed(town, "lamp_desk", whose="all") == [id]
    assert listed(town, "water_desk", whose="set") == []
    town.call("water_desk", "POST", f"/subtasks/{id}/done", {"done_text": "已关"})
    assert listed(town, "water_desk") == listed(town, "lamp_desk", whose="set") == []
    (row,) = town.get("lamp_desk", "/subtasks?whose=set&open=false").json["items"]
    assert (row["done_text"], row["state"]["type"], row["acts"]) == ("已关", "final", [])


def test_an_item_has_so_many_sub_tasks_and_no_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    card, now_in_force = shared(town), policy.current()
    events = replace(now_in_force.settings.events, subtasks_max=2)
    fewer = replace(now_in_force, settings=replace(now_in_force.settings, events=events))
    monkeypatch.setattr(policy, "current", lambda: fewer)
    ids = {asked(town, card), asked(town, card)}
    due = (now() + timedelta(minutes=10)).isoformat()
    body = {"kind": "event", "item_id": card["id"], "unit": "DEP37", "text": "再加一件", "due_at": due}
    answer = town.call("lamp_desk", "PUT", f"/subtasks/{new_id()}", body)
    assert (answer.status_code, answer.json["most"]) == (409, 2), answer.json
    assert {one["id"] for one in town.get("lamp_desk", f"/events/{card['id']}").json["subtasks"]} == ids


def test_only_the_officer_to_whom_the_item_was_given_finds_it_as_his_own(town: Town) -> None:
    whistle = town.blown(("DEP37",))
    id = asked(town, whistle, who="desk")
    assert listed(town, "water_hand", whose="me") == [id], "nobody is named yet: any of them may take it"
    call = town.get("water_desk", "/check-ins").json["items"][0]
    soon = (now() + timedelta(minutes=20)).isoformat()
    named = str(town.persons["water_desk"])
    town.act("water_desk", call, "respond", expected_at=soon, person_id=named)
    assert listed(town, "water_hand", whose="me") == listed(town, "water_hand") == []
    assert worked(town, "water_hand") == []
    assert listed(town, "water_desk", whose="unit") == [id]


def named(town: Town, who: str, id: str, whom: str) -> Any:
    body = {"person_id": str(town.persons[whom])}
    return town.call(who, "POST", f"/subtasks/{id}/name", body, Idempotency_Key=str(new_id()))


def test_the_co_unit_names_its_officer_who_then_sees_the_item_and_finishes_what_was_asked(town: Town) -> None:
    card = shared(town)
    id = asked(town, card)
    assert town.get("water_hand", f"/events/{card['id']}").status_code == 404
    offered = town.get("water_desk", f"/events/{card['id']}").json["subtasks"][0]["actions"]
    assert [one["form"] for one in offered] == ["subtask.done", "subtask.name"]
    assert named(town, "water_desk", id, "water_hand").status_code == 200
    seen = town.get("water_hand", f"/events/{card['id']}").json
    assert seen["subtasks"][0]["person"] == "water_hand"
    assert listed(town, "water_hand", whose="me") == [line["id"] for line in worked(town, "water_hand")] == [id]
    assert [one["act"] for one in seen["actions"]] == [], "the item stays the lead's"
    assert town.call("water_hand", "POST", f"/subtasks/{id}/done", {"done_text": "已关"}).status_code == 200


def test_who_is_named_for_a_sub_task_cannot_act_for_the_lead(town: Town) -> None:
    card = town.handling()
    id = str(new_id())
    due = (now() + timedelta(minutes=30)).isoformat()
    body = {"item_id": card["id"], "unit": card["units"][0]["code"], "text": "先断电", "due_at": due}
    assert town.call("lamp_desk", "PUT", f"/subtasks/{id}", body).status_code == 201
    for who, whom, code in (("water_desk", "water_hand", 404), ("lamp_hand", "lamp_hand", 403)):
        assert named(town, who, id, whom).status_code == code, who
    assert named(town, "lamp_desk", id, "water_hand").json["code"] == "not_of_this_unit"


def test_the_named_officer_is_told_and_another_may_be_named_instead(town: Town) -> None:
    card = shared(town)
    id = asked(town, card)
    for whom in ("water_hand", "water_desk", "water_hand"):
        assert named(town, "water_desk", id, whom).json["person_id"] == str(town.persons[whom])
        assert listed(town, whom, whose="me") == [id]
    assert town.get("desk", f"/events/{card['id']}").json["subtasks"][0]["person_id"] == str(town.persons["water_hand"])
    line = db.session.scalars(sa.select(Entry).where(Entry.action == "subtask.named").order_by(Entry.id.desc())).first()
    assert line is not None
    assert f"p:{town.persons['water_hand']}" in line.audience
    assert line.facts["to"] == str(town.persons["water_hand"])
