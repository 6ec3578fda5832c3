"""Whose phone it is, by touch: enrolling, the PIN, signing out, a lost phone; and the settings of the phone."""

from __future__ import annotations

from collections.abc import Callable

from kivy.metrics import Metrics

from mobile.widgets.fields import TextBox
from mobile.widgets.theme import THEME
from tests.mobile.screens.phone import Phone
from tests.mobile.screens.town import Town

Make = Callable[..., Phone]


def pin(p: Phone, digits: str) -> None:
    for digit in digits:
        p.tap(digit, exact=True)


def test_a_code_typed_once_and_a_pin_typed_twice_open_the_app(phone: Make) -> None:
    p = phone(Town(), enrolled=False)
    assert p.sees("网格哨")
    p.type(p.find_all(TextBox)[0], "abcd-2345")
    p.tap("登记这部手机")
    p.wait(lambda: p.sees("设一个开锁口令"), "the PIN")
    assert ("POST", "/tokens") in [(method, path) for method, path, _ in p.town.asked]
    assert next(body for _, path, body in p.town.asked if path == "/tokens")["enrol_code"] == "ABCD2345"
    pin(p, "2580")
    p.tap("下一步")
    pin(p, "2580")
    p.tap("完成")
    p.wait(lambda: p.sees("拍照上报"), "the first page")


def test_two_pins_that_differ_are_asked_for_again(phone: Make) -> None:
    p = phone(Town(), enrolled=False)
    p.field.enrol("ABCD2345")
    p.wait(lambda: p.sees("设一个开锁口令"), "the PIN")
    pin(p, "2580")
    p.tap("下一步")
    pin(p, "2581")
    p.tap("完成")
    assert p.sees("两遍不一样")


def test_a_wrong_code_is_said_in_words(phone: Make) -> None:
    town = Town()
    town.refuse["tokens"] = (401, {"code": "wrong_credentials", "title": "登记码不对或已过期", "status": 401})
    p = phone(town, enrolled=False)
    p.type(p.find_all(TextBox)[0], "WRONG234")
    p.tap("登记这部手机")
    p.wait(lambda: p.sees("登记码不对或已过期"), "the answer")


def test_without_a_network_enrolling_says_so(phone: Make) -> None:
    town = Town()
    town.is_down = True
    p = phone(town, enrolled=False)
    p.type(p.find_all(TextBox)[0], "ABCD2345")
    p.tap("登记这部手机")
    p.wait(lambda: p.sees("没有网络"), "the answer")


def test_the_qr_link_that_opened_the_app_enrols_at_once(phone: Make) -> None:
    p = phone(Town(), enrolled=False, link="gridwhistle:enrol:WXYZ6789")
    p.wait(lambda: p.sees("设一个开锁口令"), "the PIN")
    assert next(body for _, path, body in p.town.asked if path == "/tokens")["enrol_code"] == "WXYZ6789"


def test_a_locked_app_opens_by_the_pin_alone(phone: Make) -> None:
    p = phone(Town())
    p.field.lock()
    p.wait(lambda: p.sees("请输入口令"), "the keys")
    p.back()
    assert p.sees("请输入口令")
    pin(p, "1111")
    p.tap("打开")
    assert p.sees("还可以试")
    pin(p, "2580")
    p.tap("打开")
    p.wait(lambda: p.sees("拍照上报"), "the first page")


def test_signing_out_says_what_stays(phone: Make) -> None:
    p = phone(Town())
    p.offline()
    p.field.report(p.field.new_draft("event", "report", {"category": "A01"}), p.device.last_fix())
    p.tap("我的", exact=True)
    p.tap("退出登录")
    assert p.sees("还有 1 条没有发送")
    p.tap(p.app.layers.question.sheet.children[1])
    p.wait(lambda: p.sees("请重新登录"), "the way in")
    assert p.field.outbox.unsent == 1


def test_a_lost_phone_is_empty_and_says_so(phone: Make) -> None:
    p = phone(Town())
    p.field.account.wipe()
    p.wait(lambda: p.sees("这部手机已挂失"), "the page")
    assert not p.field.drafts()


def test_larger_letters_full_sun_and_night_are_worn_at_once(phone: Make) -> None:
    p = phone(Town())
    p.app.go("settings")
    p.tap("特大", exact=True)
    assert Metrics.fontscale == 1.6
    p.tap("强光模式")
    assert THEME.name == "outdoor"
    p.tap("夜间模式")
    assert THEME.name == "night"
    assert p.app.page.name == "settings"


def test_letters_never_grow_beyond_what_the_screens_are_laid_out_for(phone: Make) -> None:
    p = phone(Town())
    p.app.system_scale = 2.0
    p.app.dress()
    assert Metrics.fontscale == 1.6


def test_the_key_back_leads_home_and_then_leaves_the_screen_to_others(phone: Make) -> None:
    p = phone(Town())
    p.tap("消息", exact=True)
    p.back()
    assert p.app.page.name == "today"
    p.back()
    assert ("step_back",) in p.device.told


def test_in_the_back_nothing_polls_and_after_ten_minutes_the_pin_is_asked_for(phone: Make) -> None:
    p = phone(Town())
    p.app.on_pause()
    assert not p.field.courier._in_front
    p.app._left_at -= 700
    p.app.on_resume()
    p.wait(lambda: p.sees("请输入口令"), "the keys")
