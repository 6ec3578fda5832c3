"""Whistles by touch: the grid blows, the department answers and reports in, the township judges; with and without a network."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.mobile.screens import calls, tour_calls
from tests.mobile.screens.calls import CallTown as Town
from tests.mobile.screens.district import Body
from tests.mobile.screens.phone import Phone, passed

Make = Callable[..., Phone]
WATER = "B04"


def sent(phone: Phone, method: str, ending: str) -> list[Body]:
    """The bodies the town was sent at addresses that end so."""
    return [body for how, path, body in phone.town.asked if how == method and path.endswith(ending)]


def blown(phone: Phone) -> list[Body]:
    """The whistles the town was sent."""
    return [body for how, path, body in phone.town.asked if how == "PUT" and "/whistles/" in path]


def later(phone: Phone, **apart: float) -> None:
    """Let true time pass."""
    phone.town.now += timedelta(**apart)
    phone.field.clock.measured(phone.town.now + timedelta(seconds=passed(phone.town)))
    phone.run_for(1.2)


def event(phone: Phone, urgency: str = "U1") -> Body:
    """An urgent event the phone knows."""
    card = phone.town.event(1, WATER, "中山路主水管爆裂，水漫路面", "reported", urgency=urgency)
    return tour_calls.known(phone, card)


def called(phone: Phone, state: str = "notified", **more: Any) -> Body:
    """A call to the bearer's department that the phone knows."""
    return tour_calls.known(phone, calls.check_in(phone.town, state, **more))


def follow(phone: Phone, state: str = "assembling", **more: Any) -> Body:
    """A whistle the phone knows, opened."""
    card = tour_calls.known(phone, calls.whistle(phone.town, state, **more))
    phone.app.go("whistle", kind="whistle", id=card["id"])
    phone.settle()
    return card


# --- the grid ---------------------------------------------------------------------------------------------------------


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


def left(phone: Phone) -> int:
    """Seconds left to respond, as the clock shows them."""
    words = next(words for words in phone.words() if words.startswith("响应 还剩"))
    minutes, seconds = words.removeprefix("响应 还剩 ").split(":")
    return int(minutes) * 60 + int(seconds)


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


# --- the department ---------------------------------------------------------------------------------------------------


def ringing(phone: Phone) -> Body:
    """An alarm that has come."""
    card = called(phone)
    calls.alarm(phone.town, card)
    phone.field.sync_now()
    phone.wait(lambda: phone.app.page.name == "alarm", "the alarm")
    phone.settle()
    return card


def rings(phone: Phone) -> int:
    """How often the device was told to ring."""
    return sum(told[0] == "alarm" for told in phone.device.told)


def test_an_alarm_fills_the_screen_and_rings_until_it_is_answered_in_two_taps(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = ringing(one)
    assert one.sees("应急处置哨")
    assert one.sees("响应 还剩 0")
    before = rings(one)
    one.run_for(30)
    assert rings(one) >= before + 2
    assert ("vibrate", (0, 700, 250, 700, 250, 700)) in one.device.told
    one.back()
    assert one.app.page.name == "alarm"
    one.taps = 0
    one.tap("30 分钟")
    one.tap("我响应")
    assert one.taps == 2
    assert one.app.page.name == "check_in"
    one.sent()
    (body,) = sent(one, "POST", "/respond")
    expected = datetime.fromisoformat(body["expected_at"]) - one.town.now
    assert timedelta(minutes=29) < expected <= timedelta(minutes=32)
    silent = rings(one)
    one.run_for(30)
    assert rings(one) == silent
    assert not one.field.alarms()
    assert one.town.cards[card["id"]]["state"]["code"] == "responded"


def test_an_alarm_is_there_when_the_app_opens_anew(phone: Make) -> None:
    one = phone(Town("DPH"))
    ringing(one)
    one.app.enter()
    one.run_for(0.2)
    assert one.app.page.name == "alarm"


def test_an_alarm_is_put_aside_with_a_reason_and_rings_again(phone: Make) -> None:
    one = phone(Town("DPH"))
    ringing(one)
    one.tap("放一放")
    one.tap("正在开车")
    assert one.app.page.name != "alarm"
    assert one.field.alarms()
    assert next(iter(one.field.preference("alarms_aside").values()))["why"].startswith("正在开车")
    one.sent()
    assert [body["reason_code"] for body in sent(one, "POST", "/inbox/aside")] == ["driving"]
    later(one, minutes=5, seconds=2)
    one.run_for(310)
    assert one.app.page.name == "alarm"
    one.settle()
    one.tap("放一放")
    one.tap("我已请同事去响应")
    assert one.app.page.name != "alarm"
    assert not one.field.alarms()
    one.sent()
    assert [body["reason_code"] for body in sent(one, "POST", "/inbox/aside")] == ["driving", "colleague"]


def test_the_way_is_told_and_handed_over_in_wgs84(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = called(one, "responded")
    one.app.go("check_in", kind="check_in", id=card["id"])
    one.settle()
    assert one.sees("现场在您的正北方向 665 米")
    one.tap("导航到现场")
    told = next(told for told in one.device.told if told[0] == "navigate")
    place = card["whistle"]
    assert told[1:3] == pytest.approx((place["lon"], place["lat"]), abs=1e-6)


def arrived(phone: Phone, metres: float = 40, accuracy_m: float = 12.0, **more: Any) -> Body:
    """The page of reporting in, so far from the place."""
    tour_calls.arrive(metres, accuracy_m, **more)(phone)
    phone.settle()
    return phone.town.cards[phone.app.page.id]


def test_reporting_in_offline_is_signed_kept_and_counts_from_then(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = arrived(one)
    one.offline()
    at = one.field.clock.now()
    one.tap("我到了，报到")
    assert one.sees("联网后自动送达，按此刻时间算")
    assert not sent(one, "POST", "/check_in")
    one.town.now += timedelta(hours=2)
    one.online()
    one.sent()
    (body,) = sent(one, "POST", "/check_in")
    assert body["method"] == "position"
    assert abs(datetime.fromisoformat(body["captured_at"]) - at) < timedelta(seconds=5)
    words = body["signed_text"].split("|")
    assert words[:2] == [card["id"], calls.NONCE]
    assert words[2] == body["captured_at"]
    key = load_pem_public_key(one.device.public_key().encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(base64.b64decode(body["signature"]), body["signed_text"].encode(), ec.ECDSA(SHA256()))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"metres": 1400}, "离现场还有 1.4 公里，还不能报到"),
        ({"accuracy_m": 180}, "定位太不准（误差约 180 米）"),
        ({"mock": True}, "模拟定位"),
    ],
)
def test_a_position_that_will_not_do_is_said_in_words_and_not_sent(phone: Make, where: Body, said: str) -> None:
    one = phone(Town("DPH"))
    arrived(one, **where)
    assert one.sees(said)
    one.tap("我到了，报到")
    assert not one.field.outbox.unsent
    assert not sent(one, "POST", "/check_in")


def test_who_walks_nearer_may_report_in(phone: Make) -> None:
    from mobile.device.desktop import fix
    from tests.mobile.screens.district import middle

    one = phone(Town("DPH"))
    arrived(one, 1400)
    one.device.place(fix(*middle(0, 1), 9.0, one.town.now))
    one.settle()
    assert one.sees("可以报到")
    one.tap("我到了，报到")
    one.sent()
    assert sent(one, "POST", "/check_in")[0]["accuracy_m"] == 9.0


def test_the_callers_code_is_typed(phone: Make) -> None:
    one = phone(Town("DPH"))
    arrived(one, accuracy_m=500)
    one.tap("用报到码报到")
    for digit in "483920":
        one.tap(digit, exact=True)
    one.tap("用 483920 报到")
    one.sent()
    body = sent(one, "POST", "/check_in")[0]
    assert (body["method"], body["code"]) == ("code", "483920")


def test_the_callers_qr_is_scanned_and_anothers_is_noticed(phone: Make) -> None:
    one = phone(Town("DPH"))
    one.device.codes = ["GWC:01900000-0000-7000-8000-000000000099:111111"]
    card = arrived(one, accuracy_m=500)
    one.tap("扫吹哨方的二维码")
    assert one.sees("这是另一张哨单的报到码")
    assert not one.field.outbox.unsent
    one.device.codes = [f"GWC:{card['whistle']['id']}:483920"]
    one.app._show()
    one.app.page._show()
    one.settle()
    one.tap("扫吹哨方的二维码")
    one.sent()
    assert sent(one, "POST", "/check_in")[0]["code"] == "483920"


def test_a_meeting_of_today_is_signed_in_to(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = calls.check_in(one.town, "responded", "KEYWORK")
    card["whistle"]["meet_at"] = one.town.iso(minutes=1)
    tour_calls.known(one, card)
    one.app.go("arrive", kind="check_in", id=card["id"], act="check_in")
    one.settle()
    one.tap("用报到码报到")
    for digit in "771204":
        one.app.page.pad.press(digit)
    one.tap("这是会议签到码")
    one.sent()
    assert sent(one, "POST", "/check_in")[0]["method"] == "meeting"


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


def test_a_department_at_work_is_told_that_the_caller_releases_it(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = called(one, "working")
    one.app.go("check_in", kind="check_in", id=card["id"])
    one.settle()
    assert one.sees("事不完、人不撤")
    assert not card["actions"]


# --- the township -----------------------------------------------------------------------------------------------------


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


def test_a_mark_is_one_press_of_a_thumb_and_says_its_word(phone: Make) -> None:
    one = phone(Town("TWD"))
    card = called(one, "released", arrived_at=one.town.iso(minutes=-30), method="position")
    one.app.go("evaluate", kind="check_in", id=card["id"], act="evaluate")
    one.settle()
    one.tap(one.app.page.sheet.measures.marks[5])
    one.tap(one.app.page.sheet.result.marks[3])
    assert one.sees("处置力度：5 分 · 很好")
    assert one.sees("处置效果：3 分 · 部分解决")
    one.tap("按时到场，处置到位")
    one.tap(one.app.page.push)
    one.sent()
    body = sent(one, "POST", "/evaluate")[0]
    assert (body["measures"], body["result"], body["note"]) == (5, 3, "按时到场，处置到位")


def test_what_the_card_does_not_offer_is_not_there(phone: Make) -> None:
    one = phone(Town("DPH"))
    follow(one, "resolved")
    assert not one.app.page.card["actions"]
    assert not one.sees("评价销哨")
    assert not one.sees("出示报到码")


def test_a_department_that_responded_offline_is_told_what_follows_by_the_servers_own_words(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = called(one)
    one.app.go("check_in", kind="check_in", id=card["id"])
    one.settle()
    assert one.sees("先响应：告诉吹哨方几点到")
    one.offline()
    one.field.act(one.field.card("check_in", card["id"]), "respond", {"expected_at": one.town.iso(minutes=20)})
    one.wait(lambda: one.sees("到现场后报到"), "what follows")
    assert not one.sees("提出职责异议")
