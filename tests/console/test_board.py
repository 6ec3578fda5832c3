"""The duty board: what happens outside is on the wall within a second, heard when it is the worst, and never silently old."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import House, Open, Watch
from tests.server.town import Town


def test_a_report_stands_on_the_board_without_a_reload(open_page: Open, town: Town) -> None:
    page = open_page("centre", "/board")
    page.evaluate("window.unreloaded = true")
    expect(page.locator("#live")).to_have_text("实时")
    expect(page.locator("#board[data-shown]")).to_be_visible()
    event = town.report(text="育才路井盖松动")
    expect(page.locator(f"#n-{event['id']}")).to_be_visible()
    assert page.evaluate("window.unreloaded")


def test_who_sees_what_colleagues_do_not_asks_for_the_board_alone(open_page: Open, town: Town) -> None:
    page = open_page("lamp_hand", "/board")
    expect(page.locator("#live")).to_have_text("实时")
    event = town.handling()
    expect(page.locator(f"#n-{event['id']}")).to_be_visible()
    assert page.locator("#board[data-shown]").count() == 0


def test_a_count_opens_exactly_the_list_it_counts(open_page: Open, town: Town) -> None:
    town.report()
    page = open_page("centre", "/board")
    tile = page.locator(".tile", has_text="待立案")
    count = int(tile.locator("b").inner_text())
    tile.click()
    page.wait_for_url("**/lists/events?**")
    assert page.locator("tbody tr[data-href]").count() == min(count, 50)
    assert page.locator("tbody .chip", has_text="已上报").count() == min(count, 50)


def test_an_emergency_whistle_rings_and_shows_who_has_not_answered(open_page: Open, town: Town) -> None:
    page = open_page("centre", "/board")
    expect(page.locator("#live")).to_have_text("实时")
    whistle = town.blown(("DEP28", "DEP22"), kind="EMERGENCY")
    expect(page.locator("#alarm")).to_be_visible()
    expect(page.locator("#alarm")).to_contain_text(whistle["no"])
    assert page.evaluate("Number(document.documentElement.dataset.rang)") >= 1
    card = page.locator(f"#w-{whistle['id']}")
    expect(card.locator("tbody tr")).to_have_count(2)
    expect(card.locator("tbody tr", has_text="城市管理").locator(".chip")).to_have_text("待响应")
    assert card.locator("time.clock").first.inner_text().startswith("剩")
    line = next(one for one in whistle["check_ins"] if one["unit"]["code"] == "DEP28")
    town.act("lamp_desk", {"kind": "check_in", **line}, "respond", expected_at="2126-01-01T00:00:00+08:00")
    expect(card.locator("tbody tr", has_text="城市管理").locator(".chip")).to_have_text("在途")


def test_a_lost_connection_is_seen_and_nothing_is_missed_when_it_is_back(
    open_page: Open, town: Town, house: House, watch: Watch
) -> None:
    watch.may_fail = True
    page = open_page("centre", "/board")
    expect(page.locator("#live")).to_have_text("实时")
    house.stop("stream")
    expect(page.locator("#live")).to_contain_text("连接中断")
    expect(page.locator("#live")).to_contain_text("数据截至")
    event = town.report(text="断线期间上报")
    house.start("stream")
    expect(page.locator("#live")).to_have_text("实时")
    expect(page.locator(f"#n-{event['id']}")).to_be_visible()


@pytest.mark.parametrize(
    ("who", "start"), [("admin", "/admin/health"), ("security", "/admin/people"), ("auditor", "/admin/audit")]
)
def test_who_has_nothing_on_the_board_is_sent_to_the_own_work(open_page: Open, who: str, start: str) -> None:
    assert open_page(who, "/board").url.endswith(start)


def test_the_board_shows_only_what_its_reader_may_see(open_page: Open, town: Town) -> None:
    event = town.report(text="只有本镇能看")
    page = open_page("far_desk", "/board")
    expect(page.locator("#newest")).to_be_visible()
    assert page.locator(f"#n-{event['id']}").count() == 0
