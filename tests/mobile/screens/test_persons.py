"""Another person is named by touch wherever a form's schema asks for one; the phone knows no act for it."""

from __future__ import annotations

from collections.abc import Callable

from tests.mobile.screens import calls, tour_calls
from tests.mobile.screens.calls import CallTown as Town
from tests.mobile.screens.phone import Phone

Make = Callable[..., Phone]
YE = "00000000-0000-7000-8000-00000000000a"


def test_the_head_of_a_department_hands_an_event_over_to_a_colleague_found_by_name(phone: Make) -> None:
    one = phone(Town("DPD"))
    card = one.town.event(1, "A01", "绿化带堆放建筑垃圾", "handling")
    offer = {"act": "hand_over", "zh": "转交经办人", "en": "", "weight": "side", "method": "POST"}
    href = f"/api/v1/events/{card['id']}/hand_over"
    card["actions"] = [offer | {"href": href, "form": "event.hand_over"}]
    tour_calls.known(one, card)
    one.app.go("card", kind="event", id=card["id"])
    one.settle()
    one.tap("转交经办人")
    one.tap("转交经办人", exact=True)
    assert one.sees("还有 2 处要填")
    assert {name for name, field in one.app.page.inputs.items() if field.named._fault} == {"person_id", "reason"}
    one.app.layers.hush()
    one.run_for(0.6)
    one.tap("点这里选人")
    assert one.sees("吴晓敏（本人）")
    assert not one.sees("不指定")
    one.type(one.app.page.search, "叶")
    assert not one.sees("曾国强")
    one.tap("叶文", exact=True)
    assert one.sees("叶文")
    one.tap("转交经办人", exact=True)
    assert one.sees("还有 1 处要填")
    assert not [path for _, path, _ in one.town.asked if path.endswith("/hand_over")]
    one.app.layers.hush()
    one.run_for(0.6)
    one.type(one.app.page.inputs["reason"].box, "本人休假")
    one.tap("转交经办人", exact=True)
    one.sent()
    (body,) = [body for how, path, body in one.town.asked if how == "POST" and path.endswith("/hand_over")]
    assert (body["person_id"], body["reason"]) == (YE, "本人休假")


def test_the_dispatcher_of_a_department_names_who_comes_also_without_a_network(phone: Make) -> None:
    one = phone(Town("DPD"))
    card = tour_calls.known(one, calls.check_in(one.town, "notified"))
    one.offline()
    one.app.go("respond", kind="check_in", id=card["id"])
    one.settle()
    one.tap("30 分钟")
    one.tap("点这里选人")
    one.tap("叶文")
    one.tap("响应：")
    one.online()
    one.sent()
    (body,) = [body for how, path, body in one.town.asked if how == "POST" and path.endswith("/respond")]
    assert body["person_id"] == YE


def test_a_short_form_that_wants_more_stays_where_it_was_and_answers_the_next_touch(phone: Make) -> None:
    """2026-11-28: after "still to fill in" a form shorter than the screen dropped to its foot, and touches missed."""
    one = phone(Town("DPD"))
    card = one.town.event(1, "A01", "绿化带堆放建筑垃圾", "handling")
    tour_calls.known(one, card)
    one.app.go("form", kind="event", id=card["id"], act="hand_over")
    one.settle()
    before = one.find("点这里选人").to_window(0, one.find("点这里选人").top)[1]
    one.tap(one.app.page._label(), exact=True)
    one.app.layers.hush()
    one.run_for(0.6)
    assert one.find("点这里选人").to_window(0, one.find("点这里选人").top)[1] == before
    one.tap("点这里选人")
    assert one.app.page.name == "persons"


def test_nobody_need_be_named(phone: Make) -> None:
    one = phone(Town("DPD"))
    card = tour_calls.known(one, calls.check_in(one.town, "notified"))
    one.app.go("respond", kind="check_in", id=card["id"])
    one.settle()
    one.tap("30 分钟")
    one.tap("点这里选人")
    one.tap("叶文")
    one.tap("叶文")
    one.tap("不指定")
    one.tap("响应：")
    one.sent()
    (body,) = [body for how, path, body in one.town.asked if how == "POST" and path.endswith("/respond")]
    assert "person_id" not in body
