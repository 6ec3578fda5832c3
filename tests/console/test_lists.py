"""Lists: what the address says is what is shown, page by page; who may export gets it masked, noted and harmless."""

from __future__ import annotations

import io
import re
import uuid

import openpyxl
import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from server.console import listing
from server.db import db
from server.journal import Entry
from tests.console.conftest import House, Open, Watch
from tests.console.test_pages import entered
from tests.server.town import Town

LANDSCAPE = 1030
"""Pixels between the margins of an A4 sheet that lies on its side: 273 mm."""


def test_a_filter_stands_in_the_address_and_is_taken_from_it(open_page: Open, town: Town) -> None:
    town.report(text="独一无二的井盖")
    page = open_page("desk", "/lists/events")
    page.fill("input[name=q]", "独一无二")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    expect(page.locator("tbody tr[data-href]")).to_have_count(1)
    page.reload()
    expect(page.locator("input[name=q]")).to_have_value("独一无二")


def test_a_list_goes_on_page_by_page_and_repeats_nothing(house: House, town: Town) -> None:
    made = {town.report(text="翻页" + "甲乙丙"[n % 3])["id"] for n in range(listing.PAGE + 5)}
    session, path, seen = entered(house, "desk"), "/lists/events?q=翻页", []
    while path:
        text = session.get(f"{house.address}{path}").text
        seen += re.findall(r'data-href="/cases/event/([0-9a-f-]+)"', text)
        onward = re.search(r'href="([^"]+)" rel="next"', text)
        path = onward[1].replace("&amp;", "&") if onward else ""
    assert len(seen) == len(set(seen))
    assert set(seen) == made


def test_an_empty_list_says_what_to_do(open_page: Open) -> None:
    page = open_page("desk", "/lists/events?q=绝无此事")
    expect(page.locator(".empty")).to_contain_text("放宽条件")


def test_a_filter_that_makes_no_sense_is_told_and_can_be_cleared(open_page: Open) -> None:
    page = open_page("desk", "/lists/events?urgency=U9")
    expect(page.locator(".note.bad")).to_be_visible()
    page.click(".note.bad a")
    expect(page.locator(".note.bad")).to_have_count(0)


@pytest.mark.parametrize("words", ["until=9999-12-31", "since=0001-01-01", "until=0001-01-01"])
def test_a_day_at_the_end_of_time_hides_no_list(house: House, words: str) -> None:
    assert entered(house, "desk").get(f"{house.address}/lists/events?{words}").status_code == 200


@pytest.mark.parametrize("row", ["x", "x|1|E1", f"{uuid.UUID(int=7)}|one|E1", ""])
def test_a_row_that_is_none_is_refused_and_breaks_nothing(house: House, row: str) -> None:
    session = entered(house, "desk")
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', session.get(f"{house.address}/lists/events").text))
    answer = session.post(f"{house.address}/lists/events/bulk/file", data={"row": row, "csrf_token": token})
    assert answer.status_code == 422


def test_a_township_sees_no_column_of_townships(open_page: Open, town: Town) -> None:
    town.report()
    assert open_page("desk", "/lists/events").locator("th", has_text="镇街").count() == 0
    assert open_page("centre", "/lists/events").locator("th", has_text="镇街").count() == 1


@pytest.mark.parametrize("path", ["/lists/events", "/lists/check-ins", "/roster"])
def test_a_list_is_printed_with_all_its_columns(open_page: Open, town: Town, path: str) -> None:
    town.blown()
    page = open_page("centre", path)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": LANDSCAPE, "height": 700})
    over = (
        "[...document.querySelectorAll('th, td')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)"
    )
    assert page.evaluate(f"{over}.length") == 0
    assert page.locator(".scroll").evaluate("(one) => getComputedStyle(one).overflowX") == "visible"


def test_a_printed_list_says_its_filters_and_who_printed_it(open_page: Open, town: Town) -> None:
    for _ in range(2):
        town.report(text="印出来")
    page = open_page(
        "centre", "/lists/events?state=reported&state=filed&urgency=U4&township=441602001&until=2199-01-01"
    )
    told = page.locator("#printed")
    expect(told).to_be_hidden()
    page.pdf()
    for words in ("打印 centre", "状态 已上报、已立案", "紧急程度 U4", "镇街 上城街道", "上报至 2199-01-01"):
        expect(told).to_contain_text(words)
    page.goto("/lists/subtasks?whose=set")
    page.pdf()
    expect(told).to_contain_text("待办或全部 待办；哪些子任务 我布置的")
    page.goto("/roster?gaps=1")
    page.pdf()
    expect(told).to_contain_text("条件：只看空缺")
    page.emulate_media(media="print")
    expect(told).to_be_visible()


def test_an_export_is_masked_noted_and_holds_no_formula(house: House, town: Town) -> None:
    town.report(text="=HYPERLINK(1) 张三电话13800138000")
    session = entered(house, "centre")
    answer = session.get(f"{house.address}/lists/events/export.csv?q=HYPERLINK")
    text = answer.content.decode("utf-8-sig")
    assert answer.status_code == 200
    assert "13800138000" not in text
    assert "'=HYPERLINK" in text
    assert "centre 于" in text
    assert "条件：查找词 HYPERLINK" in text
    line = db.session.scalars(sa.select(Entry).where(Entry.action == "data.exported").order_by(Entry.id.desc())).first()
    assert line is not None
    assert line.facts["list"] == "events"
    book = openpyxl.load_workbook(io.BytesIO(session.get(f"{house.address}/lists/events/export.xlsx").content))
    assert book.sheetnames == ["数据", "说明"]
    assert book["数据"]["A1"].value == "编号"


def test_no_character_of_one_text_keeps_a_list_from_being_taken_away(house: House, town: Town) -> None:
    town.report(text="第一行\x0b第二行")
    answer = entered(house, "centre").get(f"{house.address}/lists/events/export.xlsx?q=第二行")
    cells = [str(cell) for row in openpyxl.load_workbook(io.BytesIO(answer.content))["数据"].values for cell in row]
    assert any("第一行 第二行" in cell for cell in cells)


def test_who_may_not_export_is_not_offered_it_and_is_refused(house: House, open_page: Open, watch: Watch) -> None:
    page = open_page("desk", "/lists/events")
    assert page.locator("a", has_text="CSV").count() == 0
    assert entered(house, "desk").get(f"{house.address}/lists/events/export.csv").status_code == 403
