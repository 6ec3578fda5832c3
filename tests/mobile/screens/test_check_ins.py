"""Reporting in by touch: the way there, by position, code or meeting, with and without a network; and its mark."""

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
from tests.mobile.screens.calling import called, sent
from tests.mobile.screens.calls import CallTown as Town
from tests.mobile.screens.district import Body
from tests.mobile.screens.phone import Phone

Make = Callable[..., Phone]


def arrived(phone: Phone, metres: float = 40, accuracy_m: float = 12.0, **more: Any) -> Body:
    """The page of reporting in, so far from the place."""
    tour_calls.arrive(metres, accuracy_m, **more)(phone)
    phone.settle()
    return phone.town.cards[phone.app.page.id]


def test_the_way_is_told_and_handed_over_in_wgs84(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = called(one, "responded")
    one.app.go("check_in", kind="check_in", id=card["id"])
    one.settle()
    assert one.sees("现场在正北 665 米")
    one.tap("导航到现场")
    told = next(told for told in one.device.told if told[0] == "navigate")
    place = card["whistle"]
    assert told[1:3] == pytest.approx((place["lon"], place["lat"]), abs=1e-6)


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
    assert abs(datetime.fromisoformat(body["captured_at"]) - at) < timedelta(minutes=1), "not two hours later"
    words = body["signed_text"].split("|")
    assert words[:2] == [card["id"], calls.NONCE]
    assert words[2] == body["captured_at"]
    key = load_pem_public_key(one.device.public_key().encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(base64.b64decode(body["signature"]), body["signed_text"].encode(), ec.ECDSA(SHA256()))


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"metres": 1400}, "离现场还有 1.4 公里，要走到 200 米以内"),
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


def test_a_department_at_work_is_told_that_the_caller_releases_it(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = called(one, "working")
    one.app.go("check_in", kind="check_in", id=card["id"])
    one.settle()
    assert one.sees("事不完、人不撤")
    assert not card["actions"]


def test_a_department_that_is_done_asks_the_caller_to_be_released_also_without_a_network(phone: Make) -> None:
    one = phone(Town("DPH"))
    card = called(one, "working")
    one.app.go("check_in", kind="check_in", id=card["id"])
    one.settle()
    one.offline()
    one.tap("申请撤离")
    assert one.sees("同意之前请留在现场")
    one.type(one.app.page.inputs["reason"].box, "管道已修复，路面已恢复")
    one.tap("申请撤离", exact=True)
    one.wait(lambda: one.sees("「申请撤离」等待发送"), "saved")
    one.online()
    one.sent()
    ((_, path, body),) = [told for told in one.town.asked if told[1].endswith("/ask_release")]
    assert (path.split("/")[-2], body) == (card["id"], {"reason": "管道已修复，路面已恢复"})


def test_the_caller_sees_that_the_department_asked_and_what_it_has_done(phone: Make) -> None:
    one = phone(Town("TWD"))
    card = called(one, "working", release_asked={"at": one.town.iso(minutes=-5), "reason": "管道已修复"})
    one.app.go("check_in", kind="check_in", id=card["id"])
    one.wait(lambda: one.sees("部门已申请撤离"), "the card")
    assert one.sees("管道已修复")
    one.tap("同意撤离")
    assert one.app.page.name == "form"


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
