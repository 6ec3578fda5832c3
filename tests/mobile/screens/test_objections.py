"""Objections by touch: the one lawful way out of a call, or to another lead."""

from __future__ import annotations

from collections.abc import Callable

from tests.mobile.screens import tour_calls
from tests.mobile.screens.calling import called
from tests.mobile.screens.calls import CallTown as Town
from tests.mobile.screens.district import Body
from tests.mobile.screens.phone import Phone

Make = Callable[..., Phone]


def test_an_objection_states_a_share_of_nothing_and_its_clause(phone: Make) -> None:
    one = phone(Town("DPD"))
    card = called(one, "responded")
    one.app.go("check_in", kind="check_in", id=card["id"])
    one.settle()
    one.tap("提出职责异议")
    one.tap("提交异议")
    assert one.sees("请填写职责清单（三定方案）条款")
    one.type(one.app.page.basis, "本局三定方案第三条")
    one.type(one.app.page.reason, "供水管网由供水企业管理")
    one.tap("提交异议")
    one.sent()
    (body,) = [body for how, path, body in one.town.asked if how == "PUT" and "/objections/" in path]
    assert (body["claimed_share_pct"], body["aim"], body["item_id"]) == (0, "leave", card["id"])
    assert body["basis"] == "本局三定方案第三条"


def dispatched(one: Phone) -> Body:
    """An event whose lead is the bearer's department, with a co-unit, as the phone knows it."""
    card = one.town.event(1, "B04", "供水管破裂，路面积水", "dispatched")
    card["units"] = [
        {"code": "DEP12", "zh": "区城市管理和综合执法局", "role": "lead", "share_pct": 60, "person": None},
        {"code": "DEP37", "zh": "区供水企业", "role": "co", "share_pct": 40, "person": None},
    ]
    tour_calls.known(one, card)
    one.app.go("card", kind="event", id=card["id"])
    one.settle()
    return card


def filed(one: Phone) -> list[Body]:
    return [body for how, path, body in one.town.asked if how == "PUT" and "/objections/" in path]


def test_the_lead_of_an_event_may_ask_for_another_lead_and_names_its_own_share(phone: Make) -> None:
    one = phone(Town("DPD"))
    card = dispatched(one)
    one.tap("提出职责异议")
    assert one.sees("本单位职责占比：0 %")
    one.tap("更换牵头单位")
    assert not one.sees("本单位职责占比：0 %")
    one.type(one.app.page.basis, "本局三定方案第三条")
    one.type(one.app.page.reason, "主因是供水管破裂，应由供水企业牵头")
    one.tap("提交异议")
    assert not filed(one)
    assert one.sees("请填写本单位的职责占比")
    one.type(one.app.page.share, "30")
    one.tap("提交异议")
    one.sent()
    (body,) = filed(one)
    assert (body["aim"], body["claimed_share_pct"], body["item_id"]) == ("change_lead", 30, card["id"])


def test_who_comes_back_to_leaving_has_a_share_of_nothing_whatever_was_typed(phone: Make) -> None:
    one = phone(Town("DPD"))
    dispatched(one)
    one.tap("提出职责异议")
    one.tap("更换牵头单位")
    one.type(one.app.page.share, "30")
    one.tap("退出办理")
    one.type(one.app.page.basis, "本局三定方案第三条")
    one.type(one.app.page.reason, "与本单位无关")
    one.tap("提交异议")
    one.sent()
    (body,) = filed(one)
    assert (body["aim"], body["claimed_share_pct"]) == ("leave", 0)


def test_a_call_has_no_lead_to_change_and_offers_none(phone: Make) -> None:
    one = phone(Town("DPD"))
    card = called(one, "responded")
    one.app.go("objection", kind="check_in", id=card["id"])
    one.settle()
    assert not one.sees("更换牵头单位")
    assert one.sees("本单位职责占比：0 %")


def test_an_objection_begun_offline_is_taken_up_again_as_it_was(phone: Make) -> None:
    one = phone(Town("DPD"))
    dispatched(one)
    one.offline()
    one.tap("提出职责异议")
    one.tap("更换牵头单位")
    one.type(one.app.page.share, "25")
    one.type(one.app.page.basis, "本局三定方案第三条")
    one.back()
    (draft,) = one.field.drafts()
    one.app.go("objection", draft=draft)
    one.settle()
    assert one.app.page.share.typed == "25"
    one.type(one.app.page.reason, "应由供水企业牵头")
    one.tap("提交异议")
    one.online()
    one.sent()
    assert filed(one)[0]["claimed_share_pct"] == 25
