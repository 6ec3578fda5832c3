"""An alarm by touch: it fills the screen and rings until it is answered or put aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.mobile.screens import calls
from tests.mobile.screens.calling import called, later, sent
from tests.mobile.screens.calls import CallTown as Town
from tests.mobile.screens.district import Body
from tests.mobile.screens.phone import Phone

Make = Callable[..., Phone]


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
