"""The directory's editor and the calendar by hand: drafted, tried, adopted, taken back; what is wrong stays in the form."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.console.conftest import Open, at_each_size
from tests.console.test_pages import faults
from tests.server.town import Town


def test_a_version_is_drafted_tried_adopted_and_taken_back(open_page: Open, town: Town, watch: Any) -> None:
    watch.expected.add(422)
    town.dispatched()
    page = open_page("centre", "/directory/leaves/B03")
    second = page.locator("tbody tr").nth(1)
    second.locator("[name=role]").select_option("lead")
    page.click("button:has-text('写入草稿')")
    expect(page.locator(".note.bad")).to_contain_text("2 个主办单位")
    assert page.locator("tbody tr").nth(1).locator("[name=role]").input_value() == "lead"
    page.locator("tbody tr").nth(0).locator("[name=role]").select_option("co")
    page.click("button:has-text('写入草稿')")
    expect(page.locator("h1")).to_contain_text("草稿")
    expect(page.locator("main")).to_contain_text("试运行")
    assert faults(page) == []
    page.fill("[name=reason]", "路灯移交供电企业")
    page.click("button:has-text('发布新版本')")
    expect(page.locator("tbody tr").first).to_contain_text("路灯移交供电企业")
    page.locator("tbody a").first.click()
    expect(page.locator("main")).to_contain_text("B03")
    page.fill("[name=reason]", "试验完毕")
    page.click("button:has-text('撤回')")
    expect(page.locator("tbody tr").first).to_contain_text("已撤回")


def test_who_does_not_keep_the_rules_reads_and_has_no_form(open_page: Open, town: Town) -> None:
    page = open_page("desk", "/directory/leaves/B03")
    expect(page.locator("main")).to_contain_text("牵头")
    assert page.locator("main form").count() == 0


def test_the_directory_fits_a_phone(open_page: Open, town: Town) -> None:
    for size, page in at_each_size(open_page, "centre", "/directory"):
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
    assert page.locator(".leaves li").first.bounding_box()["height"] < 140  # type: ignore[index]


def test_a_notice_is_tried_and_its_faults_are_named_by_line(open_page: Open, town: Town, watch: Any) -> None:
    watch.expected.add(422)
    page = open_page("centre", "/calendar?year=2027")
    page.fill("[name=text]", "日期,类型,名称\n2027-13-01,休,元旦\n")
    page.fill("[name=source]", "试验通知")
    page.click("button:has-text('先试算')")
    expect(page.locator(".note.bad")).to_contain_text("不是日期")
    page.fill("[name=text]", "日期,类型,名称\n2027-01-01,休,元旦\n")
    page.click("button:has-text('先试算')")
    expect(page.locator("[role=status] h2")).to_contain_text("试算结果")
    assert faults(page) == []
    page.goto("/calendar?year=2027")
    expect(page.locator("main")).to_contain_text("未公布")
