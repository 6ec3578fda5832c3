"""Sub-tasks by touch: the lead sets them from the item's page, the unit that was asked finishes its own; also offline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mobile.widgets.rows import ItemRow
from tests.mobile.screens import calls, tour_calls, tour_parts
from tests.mobile.screens.calls import CallTown as Town
from tests.mobile.screens.district import Body
from tests.mobile.screens.phone import Phone

Make = Callable[..., Phone]
LEAD, WATER, LAMPS = ("DEP12", "lead"), ("DEP37", "co"), ("DEP28", "co")


def led(one: Phone, *parts: tuple[str, str]) -> Body:
    """An event that these units answer for, opened on the phone."""
    names = calls.names()
    card = one.town.event(1, "B04", "供水管破裂，路面积水", "handling", 48)
    card["units"] = [
        {"code": code, "zh": names[code], "role": role, "share_pct": 50, "person": None} for code, role in parts
    ]
    tour_calls.known(one, card)
    one.app.go("card", kind="event", id=card["id"])
    one.settle()
    return card


def told(one: Phone) -> set[str]:
    """All that the page says, whether scrolled into sight or not."""
    return {getattr(w, "said", "") for w in one.walk()}


def asked(one: Phone, way: str) -> list[tuple[str, Body]]:
    return [(path, body) for how, path, body in one.town.asked if "/subtasks/" in path and how == way]


def task(card: Body, unit: str, *, mine: bool, text: str = "先关闭阀门") -> Body:
    """A sub-task of a card as the server tells it to its unit, or to another reader."""
    id = "01900000-0000-7000-8009-000000000001"
    done = {
        "act": "done",
        "zh": "完成子任务",
        "weight": "main",
        "method": "POST",
        "href": f"/api/v1/subtasks/{id}/done",
        "form": "subtask.done",
    }
    made: dict[str, Any] = {
        "id": id, "unit_code": unit, "text": text, "due_at": card["clocks"][0]["due_at"], "mandatory": True,
        "done_at": None, "done_text": None, "actions": [done] if mine else [],
    }  # fmt: skip
    card["subtasks"].append(made)
    return made


def test_the_lead_asks_a_co_unit_for_something_by_the_form_the_server_sent(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = led(one, LEAD, WATER, LAMPS)
    one.tap("布置子任务")
    assert one.sees("供水管破裂，路面积水")
    assert not one.sees(calls.names()["DEP12"])
    one.tap(calls.names()["DEP37"])
    one.type(one.app.page.inputs["text"].box, "先关闭阀门，再抢修")
    one.tap("今天下班")
    one.tap("布置子任务", exact=True)
    one.sent()
    ((_, body),) = asked(one, "PUT")
    assert (body["kind"], body["item_id"], body["unit"], body["text"]) == (
        "event",
        card["id"],
        "DEP37",
        "先关闭阀门，再抢修",
    )
    assert body["mandatory"] is True
    assert "about" not in body
    one.wait(lambda: "先关闭阀门，再抢修" in told(one), "the card tells it")


def test_the_only_other_unit_is_chosen_already(phone: Make) -> None:
    one = phone(Town("DPH"))
    led(one, LEAD, WATER)
    one.tap("布置子任务")
    one.type(one.app.page.inputs["text"].box, "先关闭阀门")
    one.tap("今天下班")
    one.tap("布置子任务", exact=True)
    one.sent()
    assert asked(one, "PUT")[0][1]["unit"] == "DEP37"


def test_set_without_a_network_it_stands_on_the_card_waits_and_goes_once(phone: Make) -> None:
    one = phone(Town("DPH"))
    led(one, LEAD, WATER)
    one.offline()
    one.tap("布置子任务")
    one.type(one.app.page.inputs["text"].box, "先关闭阀门")
    one.tap("今天下班")
    one.tap("布置子任务", exact=True)
    one.wait(lambda: one.app.page.name == "card", "back at the event")
    assert one.sees("「布置子任务」等待发送")
    assert "先关闭阀门" in told(one)
    assert one.app.page.card["actions"], "what else may be done stays offered"
    assert not [row for row in one.field.today().rows if row.kind == "subtask"]
    one.online()
    one.sent()
    assert len(asked(one, "PUT")) == 1
    one.wait(lambda: not one.sees("等待发送"), "nothing waits")


def test_a_date_behind_the_items_own_is_refused_in_words_and_mended(phone: Make) -> None:
    one = phone(Town("DPH"))
    led(one, LEAD, WATER)
    title = "子任务期限不得晚于事项办理期限。"
    one.town.refuse["subtask.set"] = (409, {"code": "later_than_the_item", "title": title, "status": 409})
    one.tap("布置子任务")
    one.type(one.app.page.inputs["text"].box, "先关闭阀门")
    one.tap("7 天后")
    one.tap("布置子任务", exact=True)
    one.wait(lambda: one.field.outbox.rejected, "the refusal")
    del one.town.refuse["subtask.set"]
    one.app.go("outbox")
    one.settle()
    assert one.sees("子任务期限不得晚于事项办理期限")
    (draft,) = one.field.drafts()
    one.app.go("form", draft=draft)
    one.settle()
    assert one.app.page.inputs["text"].value == "先关闭阀门"
    one.tap("今天下班")
    one.tap("布置子任务", exact=True)
    one.sent()
    first, second = (body["due_at"] for _, body in asked(one, "PUT"))
    assert second < first
    assert not one.field.drafts()


def test_the_unit_that_was_asked_finishes_its_own_from_the_card_also_offline(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = led(one, ("DEP37", "lead"), ("DEP12", "co"))
    made = task(card, "DEP12", mine=True)
    one.app.page.refresh()
    one.wait(lambda: "先关闭阀门" in told(one), "the card tells what is asked")
    one.offline()
    one.tap("完成子任务")
    one.type(one.app.page.inputs["done_text"].box, "阀门已关，积水已排")
    one.tap("完成子任务", exact=True)
    one.wait(lambda: one.app.page.name == "card", "back at the event")
    assert "已办完，等待发送" in told(one)
    one.online()
    one.sent()
    ((path, body),) = asked(one, "POST")
    assert path.endswith(f"/subtasks/{made['id']}/done")
    assert body == {"done_text": "阀门已关，积水已排"}
    one.wait(lambda: any(words.startswith("已完成") for words in told(one)), "the card tells it")


def test_the_dispatcher_of_a_co_unit_names_who_does_it(phone: Make) -> None:
    one = phone(Town("DPD"))
    card = led(one, ("DEP37", "lead"), ("DEP12", "co"))
    made = task(card, "DEP12", mine=True)
    name = {"act": "name", "zh": "指定经办人", "weight": "side", "method": "POST", "form": "subtask.name"}
    made["actions"].append(name | {"href": f"/api/v1/subtasks/{made['id']}/name"})
    one.app.page.refresh()
    one.wait(lambda: "指定经办人" in told(one), "the card tells that somebody may be named")
    one.tap("指定经办人")
    one.tap("点这里选人")
    one.tap("叶文", exact=True)
    one.tap("指定子任务经办人", exact=True)
    one.sent()
    ((path, body),) = asked(one, "POST")
    assert path.endswith(f"/subtasks/{made['id']}/name")
    assert body == {"person_id": "00000000-0000-7000-8000-00000000000a"}


def test_who_was_not_asked_and_does_not_lead_can_do_neither(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = led(one, ("DEP37", "lead"), ("DEP28", "co"))
    task(card, "DEP28", mine=False)
    one.app.page.refresh()
    one.wait(lambda: "先关闭阀门" in told(one), "the card tells what is asked")
    assert not {"完成子任务", "布置子任务"} & told(one)


def test_the_caller_of_a_whistle_asks_one_of_the_called_departments(phone: Make) -> None:
    one = phone(Town("TWD"))
    card = tour_calls.known(one, calls.whistle(one.town, "handling"))
    one.app.go("whistle", kind="whistle", id=card["id"])
    one.settle()
    one.tap("布置子任务")
    first = card["check_ins"][0]["unit"]
    one.tap(first["zh"])
    one.type(one.app.page.inputs["text"].box, "提供抢修方案")
    one.tap("今天下班")
    one.tap("布置子任务", exact=True)
    one.sent()
    ((_, body),) = asked(one, "PUT")
    assert (body["kind"], body["unit"]) == ("whistle", first["code"])


def line(one: Phone, n: int, text: str, whose: dict[str, str], *, due_h: float, mine: bool = True) -> Body:
    """A sub-task of another event as the server's lists and the worklist tell it."""
    card = one.town.event(40 + n, "B04", "供水管破裂", "handling", 48)
    made = task(card, "DEP12" if mine else "DEP37", mine=mine, text=text)
    made |= {"id": made["id"][:-1] + str(n), "due_at": one.town.iso(hours=due_h)}
    return tour_parts.line(card, made, whose)


def test_what_my_unit_is_asked_is_found_on_today_and_leads_to_the_item(phone: Make) -> None:
    one = phone(Town("DPD"))
    asked_of = line(one, 1, "先关闭阀门", {"unit": "本单位的"}, due_h=2)
    one.town.more["/worklist"] = {"items": [asked_of], "more": False}
    one.field.sync_now()
    one.wait(lambda: one.sees("先关闭阀门"), "the sub-task among today's work")
    assert one.sees("要办：完成子任务")
    one.tap("先关闭阀门")
    one.wait(lambda: one.app.page.name == "card" and "完成子任务" in told(one), "the item with the sub-task")
    assert one.app.page.given["id"] == asked_of["item"]["id"]


def test_the_list_tells_whose_they_are_and_with_whom_what_i_set_stands(phone: Make) -> None:
    one = phone(Town("DPD"))
    mine = line(one, 1, "先关闭阀门", {"unit": "本单位的", "me": "派给我的"}, due_h=2)
    set_by_me = line(one, 2, "提供管线图", {"set": "我布置的"}, due_h=4, mine=False)
    one.town.more["/subtasks"] = {"items": [set_by_me, mine], "next_cursor": None}
    one.tap("子任务")
    one.wait(lambda: one.sees("提供管线图"), "the list")
    rows = [row.item for row in one.find_all(ItemRow)]
    assert [row.title for row in rows] == ["先关闭阀门", "提供管线图"], "the nearest moment first"
    assert one.sees(f"待完成 · {calls.names()['DEP37']}")
    one.tap("我布置的")
    one.wait(lambda: not one.sees("先关闭阀门"), "only what I set")
    one.tap("我布置的")
    one.wait(lambda: one.sees("先关闭阀门"), "all again")
