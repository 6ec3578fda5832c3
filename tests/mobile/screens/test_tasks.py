"""The daily work of each role by touch: checking, forms, duty, messages, long lists."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from mobile.widgets.rows import ItemRow
from tests.mobile.screens.district import middle
from tests.mobile.screens.phone import Phone
from tests.mobile.screens.town import Town

Make = Callable[..., Phone]


def acts(town: Town, name: str) -> list[dict[str, Any]]:
    """The bodies of an act the server got."""
    return [body for method, path, body in town.asked if method == "POST" and path.endswith(f"/{name}")]


def to_check(due_h: float = -2) -> Town:
    town = Town()
    photos = [town.add_photo("before", "before"), town.add_photo("after", "after")]
    town.event(1, "A01", "绿化带堆放垃圾", "handled", due_h, photos=photos)
    return town


def test_what_is_due_first_stands_first(phone: Make) -> None:
    town = Town()
    town.event(1, "A01", "后天", due_h=40)
    town.event(2, "B01", "半小时", due_h=0.5)
    town.event(3, "B03", "超时的", due_h=-3)
    p = phone(town)
    assert [row.said.partition("：")[2] for row in p.find_all(ItemRow)][:2] == ["超时的", "半小时"]
    assert p.sees("已超时 3 小时")
    assert p.sees("还剩 30 分钟") or p.sees("还剩 29 分钟")


def test_when_all_is_done_one_sentence_says_so(phone: Make) -> None:
    p = phone(Town())
    assert not p.find_all(ItemRow)
    assert p.sees("办完") or p.sees("没有待办")


def test_one_tap_says_done_properly_and_a_second_look_is_not_needed(phone: Make) -> None:
    p = phone(to_check())
    p.tap("暴露垃圾、垃圾满溢：绿化带堆放垃圾")
    p.tap("核查结案")
    p.wait(lambda: p.sees("左边处置前，右边处置后"), "both photos")
    p.wait(lambda: p.app.page.fix, "the position")
    p.settle()
    p.taps = 0
    p.tap("办好了", exact=True)
    assert p.taps == 1
    p.sent()
    (body,) = acts(p.town, "verify")
    assert body["onsite"] is True
    assert body["note"]


def test_photos_that_come_last_of_all_are_still_laid_over_each_other(phone: Make) -> None:
    town = to_check()
    answer, may_come = town.answer, threading.Event()

    def slow(method: str, path: str, body: Any, etag: str | None = None) -> Any:
        if "size=view" in path:
            may_come.wait(30)
        return answer(method, path, body, etag)

    town.answer = slow  # type: ignore[method-assign]
    p = phone(town)
    p.tap("暴露垃圾、垃圾满溢：绿化带堆放垃圾")
    p.wait(lambda: all(p.field.album.bytes_of(sha256, "thumb") for sha256 in town.photos), "the thumbnails")
    p.tap("核查结案")
    p.wait(lambda: p.sees("您在现场"), "the position")
    p.settle()
    assert not p.sees("左边处置前")
    may_come.set()
    p.wait(lambda: p.sees("左边处置前，右边处置后"), "both photos")


def test_from_afar_it_is_said_that_the_check_is_not_on_the_spot(phone: Make) -> None:
    p = phone(to_check(), at=middle(2, 2))
    p.tap("暴露垃圾、垃圾满溢：绿化带堆放垃圾")
    p.tap("核查结案")
    p.wait(lambda: p.app.page.fix, "the position")
    p.wait(lambda: any("会记为非现场核查" in getattr(w, "said", "") for w in p.walk()), "the note")
    p.tap("办好了", exact=True)
    p.sent()
    assert acts(p.town, "verify")[0]["onsite"] is False


def test_not_yet_takes_a_photo_and_a_reason_at_hand(phone: Make) -> None:
    p = phone(to_check())
    p.tap("暴露垃圾、垃圾满溢：绿化带堆放垃圾")
    p.tap("核查结案")
    p.tap("还没好")
    p.wait(lambda: p.app.page.photos, "the photo")
    p.settle()
    p.tap("退回重办")
    assert p.sees("请说一下哪里没办好")
    p.run_for(5)
    p.tap("没有清理干净")
    p.tap("退回重办")
    p.sent()
    (body,) = acts(p.town, "send_back")
    assert body["reason"] == "没有清理干净"
    assert [one["kind"] for one in body["photos"]] == ["check"]


def test_on_duty_is_seen_on_every_page_and_ends_by_a_tap(phone: Make) -> None:
    p = phone(Town())
    assert p.sees("未上岗")
    p.tap("上岗，开始工作")
    p.wait(lambda: p.sees("在岗"), "the sign")
    p.tap("消息", exact=True)
    assert p.sees("在岗")
    p.tap("我的", exact=True)
    p.tap("下岗", exact=True)
    p.wait(lambda: p.sees("未上岗"), "the sign goes")
    p.sent()
    assert acts(p.town, "start")
    assert acts(p.town, "end")


def test_a_message_opens_what_it_is_about_and_is_read_from_then_on(phone: Make) -> None:
    town = to_check()
    town.notice(1, "有一条待核查", "请到现场核查", "warning", next(iter(town.cards.values())))
    p = phone(town)
    p.wait(lambda: p.sees("消息 1"), "the number beside the tab")
    p.tap("消息 1")
    p.tap("有一条待核查")
    p.wait(lambda: p.sees("绿化带堆放垃圾"), "the card")
    p.wait(lambda: p.field.inbox().unread == 0, "the mark")
    p.sent()
    p.settle()
    assert p.app.tabs.tabs["messages"].words.said == "消息"


def test_a_dispatcher_rejects_by_a_form_drawn_from_the_schema(phone: Make) -> None:
    town = Town("TWD")
    town.event(1, "A01", "看不清的照片", "reported", 1)
    p = phone(town)
    p.tap("暴露垃圾、垃圾满溢：看不清的照片")
    p.tap("不予立案")
    p.tap("不予立案", exact=True)
    assert p.sees("要填")
    p.run_for(5)
    p.type(p.app.page.inputs["reason"].box, "照片里看不出问题")
    p.tap("信息不足且无法补正")
    p.tap(p.app.page.children[0].children[0])
    p.sent()
    assert acts(town, "reject")[0] | {"revision": 3} == acts(town, "reject")[0]
    assert acts(town, "reject")[0]["reason_code"] == "too_little"


def test_a_dispatcher_sends_the_directory_s_proposal_to_its_units(phone: Make) -> None:
    town = Town("TWD")
    town.event(1, "B01", "井盖破损", "filed", 1)
    p = phone(town)
    p.tap("井盖缺失、破损：井盖破损")
    p.tap("派遣", exact=True)
    p.wait(lambda: p.sees("牵头"), "the proposal")
    p.tap(p.app.page.children[0].children[0])
    p.sent()
    (body,) = acts(town, "dispatch")
    assert sum(one["share_pct"] for one in body["units"]) == 100
    assert [one["role"] for one in body["units"]].count("lead") == 1


def test_a_department_starts_with_one_question_and_reports_the_result(phone: Make) -> None:
    town = Town("DPH")
    town.event(1, "A01", "绿化带堆放垃圾", "accepted", 5)
    p = phone(town)
    p.tap("暴露垃圾、垃圾满溢：绿化带堆放垃圾")
    p.tap("开始处置", exact=True)
    p.tap(p.app.layers.question.sheet.children[1])
    p.sent()
    assert len(acts(town, "start")) == 1
    p.wait(lambda: p.sees("处置反馈"), "the next act")
    p.tap("处置反馈", exact=True)
    p.tap("已清理、清除")
    p.type(p.app.page.inputs["result_text"].box, "已清运")
    p.tap("拍照", exact=True)
    p.wait(p.app.page.photos, "the photo")
    p.tap(p.app.page.children[0].children[0])
    p.sent()
    (body,) = acts(town, "report_result")
    assert body["result_text"] == "已清运"
    assert [one["kind"] for one in body["photos"]] == ["after"]


def test_an_act_of_tomorrow_needs_no_new_app(phone: Make) -> None:
    """A kind of act the app has never heard of: its form has every means of entry and one nobody knows yet."""
    town = Town("TWD")
    card = town.event(1, "A01", "旧事项", "reported", 1)
    fields = {
        "when": {"type": "string", "format": "date-time", "x-widget": "moment", "title": "约定时间"},
        "count": {"type": "integer", "x-widget": "number", "title": "户数", "minimum": 1, "maximum": 9},
        "agreed": {"type": "boolean", "x-widget": "switch", "title": "居民同意"},
        "colour": {"type": "string", "x-widget": "hologram", "title": "标牌颜色"},
    }
    form = {
        "$id": "event.visit",
        "title": "约访",
        "type": "object",
        "required": ["when"],
        "x-order": [*fields],
        "properties": fields,
    }
    action = {"act": "visit", "zh": "约访", "en": "visit", "weight": "main", "method": "POST", "form": "event.visit"}
    card["actions"] = [action | {"href": f"/api/v1/events/{card['id']}/visit"}]
    p = phone(town)
    forms = p.field.pages.body("forms", {})
    town.more["/forms"] = {**forms, "forms": forms["forms"] | {"event.visit": form}}
    p.field.sync_now()
    p.wait(lambda: p.field.catalogue.form("event", "visit"), "the new form")
    p.tap("暴露垃圾、垃圾满溢：旧事项")
    p.tap("约访", exact=True)
    p.tap("明天下班")
    p.type(p.app.page.inputs["count"].box, "12")
    p.tap(p.app.page.children[0].children[0])
    p.wait(lambda: p.sees("不能大于 9"), "what is wrong, in sight")
    p.app.page.inputs["count"].box.input.text = "3"
    p.tap("居民同意")
    p.app.page.inputs["colour"].box.input.text = "蓝"
    p.run_for(5)
    p.tap(p.app.page.children[0].children[0])
    p.sent()
    (body,) = acts(town, "visit")
    assert (body["count"], body["agreed"], body["colour"]) == (3, True, "蓝")
    assert "T18:00" in body["when"]


def test_two_thousand_rows_stay_smooth(phone: Make) -> None:
    town = Town()
    line = town._line(town.event(1, "A01", "文昌路与新市路交叉口绿化带堆放建筑垃圾", "handled", 5))
    many = [line | {"id": f"01900000-0000-7000-9000-{n:012d}", "no": f"E2026-{n:05d}"} for n in range(2000)]
    town.more["/events"] = {"items": many, "next_cursor": None}
    p = phone(town)
    p.app.go("list", kind="event")
    rows = p.app.page.rows
    p.wait(lambda: len(rows.data) > 2000, "the rows")
    p.settle()
    assert len([w for w in p.walk() if isinstance(w, ItemRow)]) < 20
    began = time.process_time()
    for share in range(99, 0, -1):
        rows.scroll_y = share / 100
        p.step()
    assert (time.process_time() - began) / 99 < 0.15
    began = time.process_time()
    p.app.page.refresh()
    p.settle()
    assert time.process_time() - began < 5


def test_words_are_read_aloud_when_the_voice_is_on(phone: Make) -> None:
    p = phone(to_check())
    p.field.prefer("voice", True)
    p.tap("暴露垃圾、垃圾满溢：绿化带堆放垃圾")
    p.tap("朗读")
    assert any(one[0] == "speak" and "绿化带堆放垃圾" in one[1] for one in p.device.told)
    p.app.tell("已保存")
    assert ("speak", "已保存") in p.device.told
