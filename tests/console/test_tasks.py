"""Lists about items: what could not be applied offline is settled where it stands, what others asked is done there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import expect

from server.console import suggestions
from server.db import db, new_id, now
from server.flow.models import Subtask
from tests.console.conftest import SIZES, House, Open, Watch
from tests.console.test_pages import entered, faults, look
from tests.server.town import LOOKED, Town


def conflict(town: Town) -> dict[str, Any]:
    """Let a grid worker check offline what the village checked meanwhile; return the event."""
    card = town.handled()
    captured = now().isoformat()
    town.act("village", card, "verify", **LOOKED)
    answer = town.attempt("mei", card, "verify", captured_at=captured, **(LOOKED | {"note": "离线核查：灯已亮"}))
    assert answer.status_code == 202, answer.json
    return card


def asked_of(town: Town, unit: str) -> tuple[dict[str, Any], str]:
    """Let the lead ask a co-unit for something, due before all that waits: it stands on the first page of every list.

    Returns the event and the id of the sub-task.
    """
    card = town.act("desk", town.report(), "file")
    parts = [("DEP28", "lead", 60), (unit, "co", 40)]
    units = [{"unit": code, "role": role, "share_pct": share} for code, role, share in parts]
    card = town.act("desk", card, "dispatch", units=units)
    first = sa.func.least(now() + timedelta(hours=1), sa.func.min(Subtask.due_at) - timedelta(seconds=1))
    due = db.session.execute(sa.select(first).where(Subtask.done_at.is_(None))).scalar_one()
    body = {"item_id": card["id"], "unit": unit, "text": "先关掉水阀", "due_at": due.isoformat()}
    id = str(new_id())
    answer = town.call("lamp_desk", "PUT", f"/subtasks/{id}", body)
    assert answer.status_code == 201, answer.json
    return card, id


def test_an_offline_conflict_stands_in_the_list_and_is_settled_there(open_page: Open, town: Town) -> None:
    card = conflict(town)
    for size in SIZES:
        page = open_page("desk", "/lists/conflicts", size)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
        look(page, f"conflicts_{size}")
    page = open_page("desk", "/lists/conflicts")
    row = page.locator("tbody tr", has_text=card["no"])
    expect(row).to_contain_text("离线核查：灯已亮")
    expect(row).to_contain_text("已处置待核查")
    expect(row).to_contain_text("已结案")
    assert faults(page) == []
    row.locator("summary").click()
    row.locator("textarea").fill("以村里的核查为准")
    row.locator("button").click()
    expect(page.locator("tbody tr", has_text=card["no"])).to_have_count(0)
    page.goto("/lists/conflicts?open=false")
    expect(page.locator("tbody tr", has_text=card["no"])).to_contain_text("以村里的核查为准")


def test_what_the_room_refuses_keeps_the_words(open_page: Open, town: Town, watch: Watch) -> None:
    watch.expected.add(409)
    card = conflict(town)
    page = open_page("desk", "/lists/conflicts")
    row = page.locator("tbody tr", has_text=card["no"])
    row.locator("summary").click()
    row.locator("textarea").fill("我这样处理")
    task = next(one for one in town.get("centre", "/conflicts").json["items"] if one["item"]["id"] == card["id"])
    settled = town.call("centre", "POST", f"/conflicts/{task['id']}/settle", {"settlement": "中心先处理了"})
    assert settled.status_code == 200
    row.locator("button").click()
    expect(page.locator(".note.bad")).to_contain_text("已处理")


def test_a_unit_sees_its_own_sub_tasks_and_finishes_one_where_it_stands(open_page: Open, town: Town) -> None:
    card, _ = asked_of(town, "DEP37")
    page = open_page("water_desk", "/lists/subtasks")
    row = page.locator("tbody tr", has_text=card["no"])
    expect(row).to_contain_text("先关掉水阀")
    look(page, "subtasks")
    row.locator("a.no").click()
    page.wait_for_selector("#case .timeline")
    page.go_back()
    row.locator("summary").click()
    row.locator("textarea").fill("阀门已关")
    row.locator("button").click()
    expect(page.locator("tbody tr", has_text=card["no"])).to_have_count(0)
    seen = town.get("desk", f"/events/{card['id']}").json["subtasks"]
    assert [one["done_text"] for one in seen] == ["阀门已关"]


def test_another_unit_sees_nothing_of_it(house: House, town: Town) -> None:
    card, id = asked_of(town, "DEP37")
    assert [one["id"] for one in town.get("water_desk", "/subtasks").json["items"]].count(id) == 1
    assert id not in {one["id"] for one in town.get("lamp_desk", "/subtasks").json["items"]}
    assert card["no"] not in entered(house, "water_bureau").get(f"{house.address}/lists/subtasks").text
    assert town.get("auditor", "/subtasks").status_code == 403


def test_a_township_sees_no_conflict_of_another(house: House, town: Town) -> None:
    card = conflict(town)
    assert card["no"] not in entered(house, "far_desk").get(f"{house.address}/lists/conflicts").text
    assert entered(house, "lamp_desk").get(f"{house.address}/lists/conflicts").status_code == 404


def test_the_desk_queues_what_the_unit_was_asked_for_and_it_is_finished_by_keyboard(
    open_page: Open, town: Town
) -> None:
    card, id = asked_of(town, "DEP37")
    page = open_page("water_desk", f"/department/asked?item={card['id']}&kind=event")
    row = page.locator(f"#q-{id}")
    expect(row).to_have_class("here")
    expect(row).to_contain_text("先关掉水阀")
    expect(row.locator(".clock")).to_be_visible()
    for size in SIZES:
        look(open_page("water_desk", f"/department/asked?item={card['id']}&kind=event", size), f"asked_{size}")
    page.keyboard.press("Enter")
    page.keyboard.type("阀门已关")
    page.keyboard.press("Enter")
    expect(page.locator("#case")).to_contain_text("阀门已关")
    expect(row).to_have_count(0)
    assert [one["done_text"] for one in town.get("desk", f"/events/{card['id']}").json["subtasks"]] == ["阀门已关"]


def test_a_new_sub_task_stands_on_the_desk_of_who_was_asked_and_of_who_asked(open_page: Open, town: Town) -> None:
    desks = open_page("water_desk", "/department/asked"), open_page("lamp_desk", "/department/set")
    for page in desks:
        expect(page.locator("#live")).to_have_text("实时")
    _, id = asked_of(town, "DEP37")
    for page in desks:
        expect(page.locator(f"#q-{id}")).to_be_visible()


def test_the_lead_asks_a_unit_that_has_a_part_by_a_moment_that_fits(open_page: Open, town: Town) -> None:
    card, _ = asked_of(town, "DEP37")
    page = open_page("lamp_desk", f"/cases/event/{card['id']}/acts/ask")
    expect(page.locator("#act-form [name=unit] option")).to_have_count(2)
    expect(page.locator("#act-form [name=unit]")).to_have_value("DEP37")
    page.fill("#act-form [name=text]", "再查一次阀门")
    page.click("#act-form button.main")
    expect(page.locator("#case")).to_contain_text("再查一次阀门")


def test_a_call_that_was_taken_back_waits_for_nobody(open_page: Open, town: Town) -> None:
    whistle = town.blown(("DEP37",))
    line = whistle["check_ins"][0]
    page = open_page("water_desk", "/department/alarm")
    expect(page.locator(f"#q-{line['id']}")).to_be_visible()
    town.act("desk", whistle, "cancel", reason_code="solved", reason="已自行解决")
    expect(page.locator(f"#q-{line['id']}")).to_have_count(0)


def test_a_co_unit_finds_where_it_helps_and_is_not_asked_to_accept(open_page: Open, town: Town) -> None:
    card, _ = asked_of(town, "DEP37")
    assert "accept" in {one["act"] for one in town.get("lamp_desk", f"/events/{card['id']}").json["actions"]}
    assert "accept" not in {one["act"] for one in town.get("water_desk", f"/events/{card['id']}").json["actions"]}
    page = open_page("water_desk", "/department/helping")
    expect(page.locator(f"#q-{card['id']}")).to_be_visible()
    page.goto("/department/accept")
    expect(page.locator(f"#q-{card['id']}")).to_have_count(0)


def test_the_dispatcher_gives_a_sub_task_to_an_officer_who_finds_it_on_the_desk(open_page: Open, town: Town) -> None:
    card, id = asked_of(town, "DEP37")
    officer = open_page("water_hand", "/department/asked")
    expect(officer.locator("#live")).to_have_text("实时")
    expect(officer.locator(f"#q-{id}")).to_have_count(0)
    page = open_page("water_desk", f"/department/asked?item={card['id']}&kind=event")
    look(page, "asked_named")
    page.locator(".task [name=person_id]").select_option(str(town.persons["water_hand"]))
    page.click(".task button:has-text('交给')")
    expect(page.locator("#case .timeline")).to_contain_text("指定子任务经办人")
    expect(officer.locator(f"#q-{id}")).to_be_visible()
    officer.locator(f"#q-{id} a").click()
    officer.fill(".task [name=done_text]", "阀门已关")
    officer.click(".task button.main")
    expect(officer.locator("#case")).to_contain_text("阀门已关")


def test_a_dispatcher_hands_an_event_over_to_a_colleague_chosen_by_name(open_page: Open, town: Town) -> None:
    """2026-11-29: the form asked for a reason only; the person it needs could not be chosen."""
    card = town.handling()
    page = open_page("lamp_desk", f"/department/handling?item={card['id']}")
    page.click("[data-act=hand_over]")
    page.locator("#act-form [name=person_id]").select_option(str(town.persons["lamp_desk"]))
    page.fill("#act-form [name=reason]", "本人休假")
    page.click("#act-form button.main")
    expect(page.locator("#case .timeline")).to_contain_text("本人休假")
    assert town.get("desk", f"/events/{card['id']}").json["units"][0]["person"] == "lamp_desk"


def test_every_form_of_an_item_lets_a_person_be_chosen_where_it_needs_one(town: Town) -> None:
    forms = town.get("mei", "/forms").json["forms"]
    asking = {(key, name) for key, form in forms.items() for name in form["required"] if name == "person_id"}
    assert asking
    assert asking <= set(suggestions.CHOICES)
