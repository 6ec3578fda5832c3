"""The leaders' page: every number opens exactly the records it counts, nothing due is no success, a phone shows it all."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.console.conftest import House, Open, Watch, at_each_size
from tests.console.test_pages import entered, faults, look
from tests.server.town import Town


@pytest.mark.parametrize("who", ["secretary", "chief", "lamp_head"])
def test_the_page_fits_every_screen_and_can_be_read_by_everybody(open_page: Open, town: Town, who: str) -> None:
    town.handled()
    town.blown()
    for size, page in at_each_size(open_page, who, "/leaders"):
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
        look(page, f"leaders_{who}_{size}")
        if size != "tablet":
            assert faults(page) == [], size


def test_a_number_opens_exactly_the_records_it_counts(open_page: Open, town: Town) -> None:
    town.report()
    page = open_page("secretary", "/leaders?period=year", "phone")
    reported = page.locator(".figures li", has_text="有效上报率").locator(".counts a").nth(1)
    count = int(reported.inner_text().split("（")[0].replace("\u2009", ""))
    reported.click()
    expect(page.locator(".head p")).to_contain_text(f"共 {count} 条")
    assert page.locator("tbody tr").count() == min(count, 50)
    page.locator("tbody .no").first.click()
    page.wait_for_selector("#case .timeline")


def test_nothing_due_is_a_dash_and_never_a_hundred(open_page: Open, town: Town) -> None:
    page = open_page("secretary", "/leaders?from=2024-02-01&to=2024-02-02")
    assert set(page.locator(".figures .value").all_inner_texts()) == {"—"}
    assert set(page.locator(".figures .change").all_inner_texts()) == {""}


def test_silence_lateness_and_the_map_stand_beside_the_figures(open_page: Open, town: Town) -> None:
    page = open_page("secretary", "/leaders")
    expect(page.locator("h2", has_text="未按时响应的部门")).to_be_visible()
    expect(page.locator("h2", has_text="超时未结")).to_be_visible()
    expect(page.locator(".small-map svg path").first).to_be_attached()


def test_the_small_map_has_its_table_beside_it(open_page: Open, town: Town) -> None:
    town.report()
    page = open_page("secretary", "/leaders?period=year")
    page.locator("section:has(.small-map) summary").focus()
    page.keyboard.press("Enter")
    rows = page.locator("section:has(.small-map) tbody tr")
    expect(rows.first).to_be_visible()
    told = sum(int(row.locator("td").first.inner_text()) for row in rows.all())
    assert (
        0 < told <= int(re.sub(r"\D", "", page.locator("section:has(.small-map) h2 small").inner_text().split("件")[0]))
    )
    assert faults(page) == []


def test_a_period_that_is_none_is_told_and_not_a_crash(open_page: Open, town: Town, watch: Watch) -> None:
    page = open_page("secretary", "/leaders?from=2026-02-03&to=2026-02-01")
    expect(page.locator(".note.bad")).to_contain_text("起止日期有误")


def test_a_township_that_nobody_knows_is_named(house: House) -> None:
    text = entered(house, "secretary").get(f"{house.address}/leaders?township=441602999").text
    assert re.search(r'role="alert">看不懂筛选条件：镇街[^<]*<a href="/leaders">', text)


@pytest.mark.parametrize(
    ("who", "path"),
    [("secretary", "/leaders?from=0001-01-01&to=0001-01-03"), ("auditor", "/admin/audit?until=9999-12-31")],
)
def test_days_beyond_all_reach_are_told_and_not_a_crash(house: House, who: str, path: str) -> None:
    answer = entered(house, who).get(f"{house.address}{path}")
    assert answer.status_code == 200
    assert 'class="note bad' in answer.text


def test_a_township_leader_sees_the_own_township_only(open_page: Open, town: Town) -> None:
    page = open_page("chief", "/leaders")
    assert page.locator("select[name=township]").count() == 0
    assert open_page("secretary", "/leaders").locator("select[name=township] option").count() > 2


READERS = ("desk", "chief", "lamp_desk", "lamp_head", "centre", "arbiter", "inspector", "deputy", "secretary")
"""Everybody who reads figures of units."""
RECORDS = re.compile(r'href="(/leaders/(?:records|units)/[^"]+)"')
CASE = re.compile(r'href="(/cases/[^"]+)"')
NUMBER = re.compile(r'class="no"[^>]*>([A-Z]\d+)<')


@pytest.mark.parametrize("who", READERS)
def test_the_records_of_a_figure_lead_only_to_what_their_reader_may_open(house: House, town: Town, who: str) -> None:
    town.handled()
    town.report("stranger", lon=114.705, lat=23.605)
    town.blown(("DEP28", "DEP22"))
    session = entered(house, who)
    session.headers["Accept"] = "text/html"
    pages = {one.replace("&amp;", "&") for one in RECORDS.findall(session.get(f"{house.address}/leaders").text)}
    texts = {page: session.get(house.address + page).text for page in pages}
    assert any(NUMBER.search(text) for text in texts.values())
    ways = {way: page for page, text in texts.items() for way in CASE.findall(text)[:3]}
    assert [(way, page) for way, page in ways.items() if session.get(house.address + way).status_code != 200] == []


def test_a_record_that_does_not_open_still_stands_with_its_number(house: House, town: Town) -> None:
    event = town.handled()
    session = entered(house, "arbiter")
    page = session.get(f"{house.address}/leaders").text
    address = next(one for one in RECORDS.findall(page) if "/K01?" in one and "side=below" in one)
    rows = session.get(house.address + address.replace("&amp;", "&")).text
    numbers = NUMBER.findall(rows)
    assert event["no"] in numbers or len(numbers) == 50
    assert numbers
    assert "/cases/event/" not in rows
