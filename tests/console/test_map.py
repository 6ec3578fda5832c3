"""The map: a link shows what its sender saw, every number is in the table too, and nobody sees beyond the own area."""

from __future__ import annotations

import csv
import io

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import SIZES, Open
from tests.console.test_pages import faults, look
from tests.server.town import HOME, NEXT, Town

READY = "html[data-map-ready]"


def shown(open_page: Open, who: str, query: str = "", size: str = "desk", **more: object) -> Page:
    page = open_page(who, f"/map{query}", size, **more)
    page.wait_for_selector(READY, state="attached", timeout=60_000)
    return page


def total(page: Page) -> int:
    return int(page.locator("#sum strong").inner_text().replace(",", ""))


def counted(page: Page) -> dict[str, str]:
    """Return code → number as the table beside the map says."""
    rows = page.locator("#pane-table tbody tr")
    return {row.get_attribute("data-code") or "": row.locator("td.n").first.inner_text() for row in rows.all()}


def test_the_table_says_what_the_map_counts(open_page: Open, town: Town) -> None:
    town.report()
    page = shown(open_page, "centre")
    told = town.get("centre", "/maps/density").json
    assert total(page) == told["total"]
    assert counted(page) == {item["code"]: str(item["n"]) for item in told["items"]}


def test_nobody_is_told_numbers_of_a_foreign_grid(open_page: Open, town: Town) -> None:
    town.report()
    assert set(counted(shown(open_page, "leader"))) == {HOME}
    assert not {HOME, NEXT} & set(counted(shown(open_page, "far_desk")))


def test_a_link_shows_what_its_sender_saw(open_page: Open, town: Town) -> None:
    town.report(category="C01")
    page = shown(open_page, "centre")
    page.locator("#filters [name=category]").select_option("C01")
    page.locator(".map-layers [value=hot]").check()
    page.locator(".map-layers [value=events]").uncheck()
    page.wait_for_url(lambda url: "category=C01" in url and "fill=hot" in url)
    expect(page.locator("#legend h2")).to_contain_text("Gi*")
    seen = (page.locator("#sum").inner_text(), page.locator("#legend").inner_text())
    other = shown(open_page, "centre_two", page.evaluate("location.search"))
    assert (other.locator("#sum").inner_text(), other.locator("#legend").inner_text()) == seen
    assert other.locator("#filters [name=category]").input_value() == "C01"
    assert not other.locator(".map-layers [value=events]").is_checked()


def test_a_new_report_is_counted_without_a_reload(open_page: Open, town: Town) -> None:
    page = shown(open_page, "centre")
    expect(page.locator("#live")).to_have_text("实时")
    before = total(page)
    page.evaluate("window.unreloaded = true")
    town.report(text="新上报的井盖")
    expect(page.locator("#sum strong")).to_have_text(f"{before + 1:,}")
    assert page.evaluate("window.unreloaded")


def test_a_grid_opens_its_people_and_events(open_page: Open, town: Town) -> None:
    card = town.report()
    page = shown(open_page, "desk")
    page.locator(f"#pane-table tr[data-code='{HOME}'] button").click()
    pane = page.locator("#pane-grid")
    expect(pane.locator(".people")).to_contain_text("mei")
    expect(pane.locator(f"a[href='/cases/event/{card['id']}']")).to_be_visible()
    expect(pane.locator(".grid-numbers")).to_contain_text("每平方公里")
    assert f"grid={HOME}" in page.url


def test_a_foreign_grid_opens_nothing(open_page: Open, town: Town, watch) -> None:
    watch.expected.add(404)
    page = open_page("far_desk", f"/map?grid={HOME}")
    expect(page.locator("#pane-grid")).to_contain_text("没有您可以查看的内容")


def test_a_filter_that_names_nothing_is_named_and_can_be_taken_back(open_page: Open, town: Town, watch) -> None:
    watch.expected.add(422)
    page = open_page("centre", "/map?township=441602999&unit=DEP99")
    said = page.locator("#failed")
    expect(said).to_contain_text("看不懂筛选条件：镇街、承办单位")
    said.get_by_role("button", name="恢复默认").click()
    page.wait_for_selector(READY, state="attached")
    expect(said).to_be_hidden()
    assert "township" not in page.url


def test_two_periods_stand_side_by_side(open_page: Open, town: Town) -> None:
    town.report()
    page = shown(open_page, "centre")
    page.click("#compare")
    expect(page.locator("#half-b")).to_be_visible()
    expect(page.locator("#pane-table thead")).to_contain_text("增减")
    expect(page.locator("#title-b")).to_contain_text("—")
    assert "cmp=" in page.url
    page.click("#compare")
    expect(page.locator("#half-b")).to_be_hidden()


def test_a_whistle_shows_who_comes_and_who_is_there(open_page: Open, town: Town) -> None:
    page = shown(open_page, "centre")
    expect(page.locator("#live")).to_have_text("实时")
    whistle = town.blown(("DEP28",))
    entry = page.locator(f"#pane-whistles li[data-id='{whistle['id']}']")
    page.click("#tab-whistles")
    expect(entry.locator(".units li")).to_contain_text("已通知")
    line = {"kind": "check_in", **whistle["check_ins"][0]}
    town.act("lamp_desk", line, "respond", expected_at="2126-01-01T00:00:00+08:00")
    expect(entry.locator(".units li")).to_contain_text("在途")
    assert page.locator(".hush").count() >= 1


def test_numbers_leave_as_a_table_and_the_view_as_a_picture(open_page: Open, town: Town) -> None:
    town.report()
    page = shown(open_page, "centre")
    with page.expect_download() as download:
        page.click("#csv")
    text = (download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][:4] == ["网格", "名称", "镇街", "件数"]
    assert {row[0]: row[3] for row in rows[2:] if row[0]} == counted(page)
    with page.expect_download() as download:
        page.click("#png")
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_the_keyboard_reaches_numbers_tabs_and_order(open_page: Open, town: Town) -> None:
    town.report()
    page = shown(open_page, "centre")
    page.locator("#pane-table [data-sort=code]").focus()
    page.keyboard.press("Enter")
    assert page.locator("#pane-table th[aria-sort]").inner_text() == "网格"
    codes = list(counted(page))
    assert codes == sorted(codes)
    page.locator("#tab-table").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#pane-grid")).to_be_visible()
    expect(page.locator("#tab-grid")).to_be_focused()


def test_the_bars_of_the_time_axis_have_their_table(open_page: Open, town: Town) -> None:
    town.report()
    page = shown(open_page, "centre")
    page.locator(".days-table summary").focus()
    page.keyboard.press("Enter")
    rows = page.locator("#days-rows tr")
    expect(rows.first).to_be_visible()
    assert rows.count() == page.locator("#bars rect").count()
    told = sum(int(text) for text in page.locator("#days-rows td").all_inner_texts())
    assert told == total(page)
    assert faults(page) == []


def test_the_window_slides_and_plays(open_page: Open, town: Town) -> None:
    page = shown(open_page, "centre")
    page.locator("#win").select_option("7")
    page.wait_for_url(lambda url: "win=7" in url)
    page.locator("#at").fill("0")
    page.wait_for_url(lambda url: "at=" in url)
    first = page.locator("#when").inner_text()
    page.click("#play")
    expect(page.locator("#when")).not_to_have_text(first)
    page.click("#play")
    expect(page.locator("#play")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("size", SIZES)
def test_the_map_fits_every_screen(open_page: Open, town: Town, size: str) -> None:
    page = shown(open_page, "centre", "?show=events&show=heat&show=hex&show=names&show=whistles", size)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    box = page.locator("#map canvas").first.bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert box["height"] > 300
    look(page, f"map_{size}")
    if size != "tablet":
        assert faults(page) == []
