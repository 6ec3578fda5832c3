"""Sub-tasks from the phone against the real server: set once by the lead, finished once by the unit that was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from server.db import now
from tests.mobile.core.phones import Phone
from tests.server.town import Town

Of = Callable[..., Phone]


def shared(town: Town) -> dict[str, Any]:
    """An event with a lead and a co-unit."""
    card = town.act("desk", town.report(), "file")
    parts = [("DEP28", "lead", 60), ("DEP37", "co", 40)]
    units = [{"unit": code, "role": role, "share_pct": share} for code, role, share in parts]
    return town.act("desk", card, "dispatch", units=units)


def known(phone: Phone, card: dict[str, Any]) -> Any:
    phone.field.items("event")
    phone.sync()
    phone.field.cards.keep(phone.field.client.send("GET", f"/events/{card['id']}").body, phone.field.clock.iso())
    return phone.field.card("event", card["id"])


def asked(lead: Phone, card: dict[str, Any], **facts: Any) -> str:
    given = {"about": ["event", card["id"]], "unit": "DEP37", "text": "先关掉水阀", "mandatory": True}
    due = (now() + timedelta(minutes=30)).isoformat()
    return lead.field.submit(lead.field.new_draft("subtask", "set", given | {"due_at": due} | facts))


def test_the_lead_sets_one_offline_and_it_arrives_once_on_a_line_that_loses_answers(town: Town, of: Of) -> None:
    lead, card = of("lamp_desk"), shared(town)
    known(lead, card)
    lead.line.down = True
    id = asked(lead, card)
    lead.sync(turns=2)
    told = lead.field.card("event", card["id"])
    assert told is not None
    assert told["pending_zh"] == "「布置子任务」等待发送"
    assert told["actions"], "the event's own acts stay offered"
    lead.line.down, lead.line.loss = False, 0.5
    lead.sync(turns=100)
    (task,) = town.get("desk", f"/events/{card['id']}").json["subtasks"]
    assert (task["id"], task["unit_code"], task["text"]) == (id, "DEP37", "先关掉水阀")
    lead.line.loss = 0.0
    lead.refresh()
    told = lead.field.card("event", card["id"])
    assert told is not None
    assert [one["id"] for one in told["subtasks"]] == [id]
    assert told["pending_zh"] == ""


def test_the_unit_that_was_asked_finishes_it_and_nobody_else_is_offered_to(town: Town, of: Of) -> None:
    lead, water, card = of("lamp_desk"), of("water_desk"), shared(town)
    known(lead, card)
    id = asked(lead, card)
    lead.sync()
    seen = {who: town.get(who, f"/events/{card['id']}").json["subtasks"][0]["actions"] for who in ("lamp_desk", "desk")}
    assert seen == {"lamp_desk": [], "desk": []}
    (task,) = known(water, card)["subtasks"]
    offered = {one["act"]: one for one in task["actions"]}
    assert {act: one["form"] for act, one in offered.items()} == {"done": "subtask.done", "name": "subtask.name"}
    facts = {"about": ["event", card["id"]], "done_text": "阀门已关"}
    draft = water.field.new_draft("subtask", "done", facts)
    water.field.submit(replace(draft, item_id=id))
    water.sync()
    (task,) = town.get("desk", f"/events/{card['id']}").json["subtasks"]
    assert task["done_text"] == "阀门已关"
    assert task["done_at"]
    assert not water.field.outbox.rejected


def test_one_behind_the_items_own_date_comes_back_as_a_draft_that_can_be_mended(town: Town, of: Of) -> None:
    lead = of("lamp_desk")
    card = shared(town)
    card = town.act("lamp_desk", card, "accept", person_id=str(town.persons["lamp_hand"]))
    known(lead, card)
    asked(lead, card, due_at=(now() + timedelta(days=400)).isoformat())
    lead.sync()
    (draft,) = lead.field.drafts()
    assert (draft.kind, draft.act, draft.code) == ("subtask", "set", "later_than_the_item")
    assert draft.facts["about"] == ["event", card["id"]]
    due = (now() + timedelta(minutes=20)).isoformat()
    lead.field.mend(replace(draft, facts=draft.facts | {"due_at": due}))
    lead.sync()
    assert len(town.get("desk", f"/events/{card['id']}").json["subtasks"]) == 1
    assert not lead.field.drafts()


def test_what_my_unit_is_asked_stands_among_todays_work_until_it_is_finished_here(town: Town, of: Of) -> None:
    lead, water, card = of("lamp_desk"), of("water_desk"), shared(town)
    known(lead, card)
    id = asked(lead, card)
    lead.sync()
    water.field.items("subtask")
    water.refresh()
    (row,) = [one for one in water.field.today().rows if one.kind == "subtask"]
    assert (row.id, row.title, row.about) == (id, "先关掉水阀", ("event", card["id"]))
    assert water.field.cards.tells_of({"id": id, "item": {"kind": "event", "id": card["id"]}}), (
        "ready without a network"
    )
    water.line.down = True
    facts = {"about": ["event", card["id"]], "done_text": "阀门已关"}
    water.field.submit(replace(water.field.new_draft("subtask", "done", facts), item_id=id))
    (row,) = [one for one in water.field.today().rows if one.kind == "subtask"]
    assert row.pending == "「完成子任务」等待发送"
    water.line.down = False
    water.sync()
    water.field.items("subtask")
    water.refresh()
    assert not [one for one in water.field.today().rows if one.kind == "subtask"]
    (row,) = water.field.items("subtask")
    assert (row.state_type, row.groups) == ("final", (("unit", "本单位的"),))
    lead.field.items("subtask")
    lead.refresh()
    (row,) = lead.field.items("subtask")
    assert row.groups == (("set", "我布置的"),)
