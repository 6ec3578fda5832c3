"""Reporting by touch: three taps and a photo, whatever is missing, odd or refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mobile.device.desktop import fix
from mobile.widgets.buttons import Push, Tile
from mobile.widgets.fields import TextBox
from mobile.widgets.text import Icon
from tests.mobile.screens.district import SIDE, SOUTH, WEST, grid_code, middle
from tests.mobile.screens.phone import Phone
from tests.mobile.screens.town import Town

Make = Callable[..., Phone]


def reports(town: Town) -> list[dict[str, Any]]:
    """The reports the server got, oldest first."""
    puts = [(path, body) for method, path, body in town.asked if method == "PUT" and "/events/" in path]
    return [body for path, body in puts if "/photos/" not in path and "/voices/" not in path]


def with_photo(phone: Phone) -> None:
    phone.wait(lambda: phone.app.page.draft.photos, "the photo")
    phone.settle()


def sign(phone: Phone) -> str:
    """The picture beside the place above the button."""
    return next(one.name for one in phone.app.page.line.walk() if isinstance(one, Icon) and "marker" in one.name)


def test_photo_first_three_taps_and_one_photo_lead_from_home_to_saved(phone: Make) -> None:
    p = phone(Town())
    p.taps = 0
    p.tap("拍照上报")
    with_photo(p)
    p.tap("暴露垃圾、垃圾满溢")
    p.tap("保存")
    assert p.taps == 3
    assert p.sees("已保存")
    p.sent()
    (body,) = reports(p.town)
    assert body["category"] == "A01"
    assert len(body["photos"]) == 1
    assert body["crs"] == "wgs84"
    assert body["accuracy_m"] == 8.0


def test_tile_first_the_camera_opens_by_itself_and_three_taps_suffice(phone: Make) -> None:
    p = phone(Town())
    p.taps = 0
    p.tap("上报", exact=True)
    p.tap("占道经营、乱摆卖")
    with_photo(p)
    p.tap("保存")
    assert p.taps == 3
    p.sent()
    assert reports(p.town)[0]["category"] == "A03"


def test_offline_the_report_is_saved_and_goes_when_the_network_is_back(phone: Make) -> None:
    p = phone(Town())
    p.offline()
    p.tap("拍照上报")
    with_photo(p)
    p.tap("暴露垃圾、垃圾满溢")
    p.tap("保存")
    assert p.sees("已保存在手机")
    p.wait(lambda: p.sees("等待网络"), "the strip says that something waits")
    assert p.sees("暴露垃圾、垃圾满溢")
    assert not reports(p.town)
    p.online()
    p.sent()
    assert len(reports(p.town)) == 1
    p.wait(lambda: p.sees("全部已送达"), "the strip says that all arrived")


def test_the_grid_is_told_at_once_without_a_network(phone: Make) -> None:
    p = phone(Town(), at=middle(1, 2))
    p.offline()
    p.tap("上报", exact=True)
    p.wait(lambda: p.sees("新风社区第3网格"), "the grid")
    assert p.sees("误差约 8 米")


def test_at_a_border_the_worker_chooses_the_grid(phone: Make) -> None:
    p = phone(Town(), at=(WEST + SIDE - 0.00003, SOUTH + SIDE / 2))
    p.tap("拍照上报")
    with_photo(p)
    p.tap("暴露垃圾、垃圾满溢")
    assert sign(p) == "map-marker-question"
    p.tap("新风社区第1网格", exact=True)
    assert sign(p) == "map-marker-check"
    assert p.sees("您选定的是 新风社区第1网格")
    p.tap("保存")
    p.sent()
    assert reports(p.town)[0]["grid_choice"] == grid_code(1, 0)


def test_a_moved_pin_keeps_its_coordinate_system(phone: Make) -> None:
    p = phone(Town())
    p.tap("拍照上报")
    with_photo(p)
    p.tap("暴露垃圾、垃圾满溢")
    p.tap("移动图钉", exact=True)
    pins = p.app.page.map
    pins.put(*middle(0, 1))
    p.settle()
    assert p.sees("南门社区第2网格")
    p.tap("就是这里")
    p.wait(lambda: p.sees("位置由图钉指定"), "the report says that the pin counts")
    p.tap("保存")
    p.sent()
    (body,) = reports(p.town)
    assert body["crs"] == "wgs84"
    assert abs(body["lat"] - middle(0, 1)[1]) < 1e-4


def test_danger_to_life_offers_to_dial_before_anything_else(phone: Make) -> None:
    p = phone(Town())
    p.tap("上报", exact=True)
    p.tap("其他类别")
    p.tap("市政设施", exact=True)
    p.tap("燃气泄漏、供气异常")
    p.wait(lambda: p.sees("先打电话，再上报"), "the advice to dial first")
    assert not p.app.page.draft.photos
    p.tap("打 119 消防救援")
    assert ("dial", "119") in p.device.told


def test_a_category_is_found_by_a_word(phone: Make) -> None:
    p = phone(Town())
    p.tap("上报", exact=True)
    p.tap("其他类别")
    p.type(p.find_all(TextBox)[0], "噪声")
    assert {tile.said for tile in p.find_all(Tile)} >= {"社会生活噪声扰民", "施工、工业噪声"}


def test_something_like_it_nearby_is_named_before_saving(phone: Make) -> None:
    town = Town()
    town.event(7, "A01", "路口一堆垃圾", "dispatched", 20)
    p = phone(town)
    p.tap("拍照上报")
    with_photo(p)
    p.tap("暴露垃圾、垃圾满溢")
    p.wait(lambda: any("已有人报过类似的" in getattr(w, "said", "") for w in p.walk()), "the hint")


def test_without_any_position_nothing_is_lost_and_the_page_says_what_to_do(phone: Make) -> None:
    p = phone(Town())
    p.device.place(None)
    p.tap("上报", exact=True)
    p.tap("占道经营、乱摆卖")
    with_photo(p)
    p.tap("保存")
    assert p.sees("还没有位置")
    assert p.sees("图钉")
    p.device.place(fix(*middle(0, 0), at=p.town.now))
    p.wait(lambda: p.sees("南门社区第1网格"), "the position")
    p.tap("保存")
    p.sent()
    assert len(reports(p.town)) == 1


def test_a_mock_position_is_flagged_in_words_and_never_blocked(phone: Make) -> None:
    p = phone(Town())
    p.device.place(fix(*middle(0, 0), at=p.town.now, is_mock=True))
    p.tap("拍照上报")
    with_photo(p)
    p.tap("暴露垃圾、垃圾满溢")
    p.wait(lambda: any("模拟定位" in getattr(w, "said", "") for w in p.walk()), "the warning")
    p.tap("保存")
    p.sent()
    assert reports(p.town)[0]["is_mock"] is True


def test_a_refused_report_says_why_and_goes_again_when_mended(phone: Make) -> None:
    town = Town()
    problem = {
        "code": "wrong_shape",
        "title": "内容不完整",
        "status": 422,
        "errors": {"json": {"text": ["请填写内容"]}},
    }
    town.refuse["report"] = (422, problem)
    p = phone(town)
    p.tap("拍照上报")
    with_photo(p)
    p.tap("暴露垃圾、垃圾满溢")
    p.tap("保存")
    p.wait(lambda: p.sees("有 1 条被退回"), "the refusal on the first page")
    p.tap("内容都还在，点这里改一改再发")
    p.tap("改一改再发")
    town.refuse.clear()
    p.app.page.words.box.input.text = ""
    p.type(p.app.page.words.box, "文明路口垃圾桶满了")
    p.tap("保存")
    p.sent()
    assert reports(town)[-1]["text"] == "文明路口垃圾桶满了"
    assert not p.field.drafts()


def test_a_draft_survives_the_key_back_and_can_be_finished(phone: Make) -> None:
    p = phone(Town())
    p.tap("上报", exact=True)
    p.tap("占道经营、乱摆卖")
    with_photo(p)
    p.back()
    assert len(p.field.drafts()) == 1
    p.tap("我的", exact=True)
    p.tap("待发送和草稿")
    p.tap("接着填")
    p.tap("保存")
    p.sent()
    assert reports(p.town)[0]["category"] == "A03"


def test_an_empty_report_leaves_no_draft(phone: Make) -> None:
    p = phone(Town())
    p.tap("上报", exact=True)
    p.back()
    assert not p.field.drafts()


def test_spoken_words_become_text(phone: Make) -> None:
    p = phone(Town())
    p.device.words = ["路口东侧有一堆垃圾"]
    p.tap("拍照上报")
    with_photo(p)
    p.tap("暴露垃圾、垃圾满溢")
    p.tap("说出来，自动变成文字")
    p.wait(lambda: p.app.page.words.box.typed, "the words")
    p.tap("保存")
    p.sent()
    assert reports(p.town)[0]["text"] == "路口东侧有一堆垃圾"


def test_handled_on_the_spot_two_photos_go_with_two_acts_in_order(phone: Make) -> None:
    p = phone(Town())
    p.tap("拍照上报")
    with_photo(p)
    p.tap("暴露垃圾、垃圾满溢")
    p.tap("我当场已经办好")
    p.tap("保存", exact=True)
    p.tap("拍处置后的照片")
    p.wait(lambda: p.app.page.after, "the photo after")
    p.wait(lambda: p.sees("左边处置前，右边处置后"), "both photos over each other")
    p.tap("保存", exact=True)
    p.sent()
    acts = [path.rpartition("/")[2] for method, path, _ in p.town.asked if method == "POST" and "/events/" in path]
    assert acts == ["self_handle"]
    (body,) = [body for _, path, body in p.town.asked if path.endswith("/self_handle")]
    assert [photo["kind"] for photo in body["photos"]] == ["after"]


@pytest.mark.parametrize("role", ["DPH", "TWL"])
def test_who_may_not_report_is_offered_no_report(role: str, phone: Make) -> None:
    p = phone(Town(role))
    assert not p.sees("拍照上报")
    assert "report" not in p.app.tabs.tabs
    assert not [push for push in p.find_all(Push) if "上报" in push.said]
