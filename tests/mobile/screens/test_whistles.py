"""Whistles by touch: the grid blows and follows, the township confirms, starts, calls more and judges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.mobile.screens import calls
from tests.mobile.screens.calling import blown, event, follow, later, sent
from tests.mobile.screens.calls import CallTown as Town
from tests.mobile.screens.phone import Phone

Make = Callable[..., Phone]


def left(phone: Phone) -> int:
    """Seconds left to respond, as the clock shows them."""
    words = next(words for words in phone.words() if words.startswith("响应 还剩"))
    minutes, seconds = words.removeprefix("响应 还剩 ").split(":")
    return int(minutes) * 60 + int(seconds)


@pytest.mark.parametrize("role", ["GWF", "GLD"])
def test_an_emergency_is_blown_in_two_taps_from_its_event(phone: Make, role: str) -> None:
    one = phone(Town(role))
    card = event(one)
    one.app.go("card", kind="event", id=card["id"])
    one.settle()
    one.taps = 0
    one.tap("吹应急哨")
    one.tap("立即吹哨")
    assert one.taps == 2
    one.sent()
    (body,) = blown(one)
    assert (body["kind"], body["event_id"]) == ("EMERGENCY", card["id"])
    assert body["departments"]
    assert "主水管爆裂" in body["reason"]
    assert one.app.page.name == "whistle"


def test_each_suggested_department_stands_with_its_share_and_clause(phone: Make) -> None:
    one = phone(Town("GLD"))
    card = event(one, "U4")
    one.app.go("blow", event=card["id"])
    one.settle()
    proposed = one.app.page.calling.proposed
    assert proposed
    assert all("%" in why for _, _, why in proposed)
    assert all("依据" in why for _, _, why in proposed)
    assert one.app.page.calling.chosen == [code for code, *_ in proposed]


def test_a_whistle_without_its_kind_is_not_blown_and_the_field_says_so(phone: Make) -> None:
    one = phone(Town("GLD"))
    card = event(one, "U4")
    one.app.go("blow", event=card["id"])
    one.settle()
    one.tap("吹哨", exact=True)
    assert one.sees("请填写哨种")
    assert not blown(one)
    one.tap("群众诉求哨")
    one.tap("吹哨（先由镇街研判）")
    assert one.sees("请填写镇街（网格）无法单独解决的理由")
    assert not blown(one)
    one.type(one.app.page.reason, "电梯停运多日，需住建和市场监管一起处理")
    one.tap("吹哨（先由镇街研判）")
    one.sent()
    assert blown(one)[0]["kind"] == "DEMAND"


def test_what_was_begun_survives_and_is_taken_up_again(phone: Make) -> None:
    one = phone(Town("GLD"))
    card = event(one, "U4")
    one.app.go("blow", event=card["id"])
    one.settle()
    one.tap("应急处置哨")
    one.back()
    (draft,) = [one for one in one.field.drafts() if one.kind == "whistle"]
    assert draft.facts["kind"] == "EMERGENCY"
    assert draft.facts["event_id"] == card["id"]
    one.app.go("outbox")
    one.settle()
    one.tap("接着填")
    assert one.app.page.name == "blow"
    assert one.app.page.kind == "EMERGENCY"


def test_a_whistle_blown_without_a_network_follows_its_event(phone: Make) -> None:
    one = phone(Town("GWF"))
    card = event(one)
    one.offline()
    one.app.go("blow", event=card["id"])
    one.settle()
    one.tap("立即吹哨")
    assert one.sees("已保存在手机")
    assert not blown(one)
    one.online()
    one.sent()
    assert len(blown(one)) == 1


def test_the_leader_sees_who_is_silent_coming_there_and_absent_with_running_clocks(phone: Make) -> None:
    one = phone(Town("GLD"))
    follow(one)
    assert one.sees("叫了 4 个部门：1 个已到，1 个在路上，1 个还没回音，1 个未报到")
    assert one.sees("陈建军 预计")
    assert one.sees("还有 1")
    before = left(one)
    later(one, seconds=90)
    assert 89 <= before - left(one) <= 120
    later(one, minutes=6)
    assert one.sees("响应 已超时 0")


def test_the_callers_code_is_big_renews_itself_and_names_its_whistle_in_the_qr(phone: Make) -> None:
    one = phone(Town("GLD"))
    card = follow(one)
    address = f"/whistles/{card['id']}/code"
    one.town.more[address] = {"code": "483920", "valid_s": 3}
    one.tap("出示报到码")
    one.wait(lambda: one.sees("483 920"), "the code")
    assert one.app.page.digits.font_size >= 48
    assert one.app.page.qr.text_coded == f"GWC:{card['id']}:483920"
    one.town.more[address] = {"code": "112233", "valid_s": 60}
    one.run_for(4)
    one.wait(lambda: one.sees("112 233"), "the next code")


def test_no_old_code_is_shown_when_the_network_is_gone(phone: Make) -> None:
    one = phone(Town("GLD"))
    card = follow(one)
    one.town.more[f"/whistles/{card['id']}/code"] = {"code": "483920", "valid_s": 2}
    one.tap("出示报到码")
    one.wait(lambda: one.sees("483 920"), "the code")
    one.town.is_down = True
    one.run_for(3)
    one.wait(lambda: one.sees("没有取到报到码"), "that there is none")
    assert not one.sees("483 920")
    assert one.app.page.qr.text_coded == ""


def test_a_grids_whistle_is_confirmed_with_the_departments_it_asked_for(phone: Make) -> None:
    one = phone(Town("TWD"))
    follow(one, "screening", kind="DEMAND", asked=[{"code": "DEP28", "zh": calls.names()["DEP28"]}])
    assert one.sees(f"想叫：{calls.names()['DEP28']}")
    one.tap("转为正式吹哨")
    assert one.sees("网格想叫的")
    one.tap(one.app.page.push)
    one.sent()
    assert sent(one, "POST", "/confirm")[0]["departments"] == ["DEP28"]


def test_the_absent_are_named_before_the_work_starts_without_them(phone: Make) -> None:
    one = phone(Town("TWD"))
    follow(one)
    one.tap("到齐处置")
    assert one.sees("公安交警部门")
    assert one.sees("区城市管理和综合执法局")
    one.tap("3 天内")
    one.tap(one.app.page.push)
    assert one.sees("还有部门没到")
    assert not sent(one, "POST", "/start")
    one.tap("不等了，记为未报到")
    one.tap(one.app.page.push)
    one.sent()
    body = sent(one, "POST", "/start")[0]
    assert body["without_absent"] is True
    assert datetime.fromisoformat(body["due_at"]) > one.town.now


def test_one_more_department_is_called_with_a_reason(phone: Make) -> None:
    one = phone(Town("TWD"))
    follow(one, "handling")
    one.tap("加哨")
    one.tap("加别的部门")
    assert not any(said.startswith("供水排水企业") for said in one.words())
    one.tap("区应急管理局")
    one.tap("选好了")
    one.type(one.app.page.reason, "需要应急队伍")
    one.tap(one.app.page.push)
    one.sent()
    body = sent(one, "POST", "/add")[0]
    assert (body["departments"], body["reason"]) == (["DEP26"], "需要应急队伍")


def test_no_whistle_is_closed_before_every_department_was_judged(phone: Make) -> None:
    one = phone(Town("TWD"))
    follow(one, "resolved")
    one.tap("评价销哨")
    page = one.app.page
    assert all(sheet.measures.chosen is None for sheet in page.sheets)
    one.tap(page.push)
    assert one.sees("处置力度还没打分")
    assert not sent(one, "POST", "/close")
    for n, sheet in enumerate(page.sheets):
        sheet.measures.press(4)
        sheet.result.press(n)
        sheet._note("按时到场，处置到位")
    assert page.progress.said == "已评 4 个，共 4 个部门"
    one.tap(page.push)
    one.sent()
    told = sent(one, "POST", "/close")[0]["evaluations"]
    assert [one["result"] for one in told] == [0, 1, 2, 3]
    assert {one["measures"] for one in told} == {4}


def test_what_the_card_does_not_offer_is_not_there(phone: Make) -> None:
    one = phone(Town("DPH"))
    follow(one, "resolved")
    assert not one.app.page.card["actions"]
    assert not one.sees("评价销哨")
    assert not one.sees("出示报到码")
