"""Whatever happens while one types — the session ends, the server dies, the answer is late or lost — the words stay.

A server that restarts behind its front: test_front.
"""

from __future__ import annotations

import os
import signal
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Page, Route, expect

from server.db import db, new_id
from server.journal import Entry
from tests.console.conftest import PASSWORD, House, Open, Watch, end_sessions
from tests.server.town import Town

WORDS = "现场没有找到，已与上报人核对"


def rejecting(open_page: Open, card: dict[str, Any]) -> Page:
    """Open a case and fill in the refusal to file it."""
    return refusing(open_page("desk", "/account"), card)


def refusing(page: Page, card: dict[str, Any]) -> Page:
    page.goto(f"/cases/event/{card['id']}")
    page.click("[data-act=reject]")
    page.locator("#act-form [name=reason_code]").select_option("not_found")
    page.fill("#act-form [name=reason]", WORDS)
    return page


def are_there(page: Page) -> None:
    expect(page.locator("#act-form [name=reason]")).to_have_value(WORDS)
    expect(page.locator("#act-form [name=reason_code]")).to_have_value("not_found")


def lines(card: dict[str, Any]) -> int:
    query = sa.select(sa.func.count()).select_from(Entry).where(Entry.action == "event.reject")
    return db.session.scalar(query.where(Entry.item_no == card["no"])) or 0


def test_when_the_answer_is_lost_the_same_is_sent_again_and_counts_once(
    open_page: Open, town: Town, watch: Watch
) -> None:
    watch.may_fail = True
    card = town.report(text="应答丢失")
    page = rejecting(open_page, card)
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/cases/event/*/acts/reject", lose, times=1)
    page.click("#act-form button.danger")
    expect(page.locator("#notes .note.bad")).to_contain_text("内容仍在本页")
    are_there(page)
    assert lost
    assert lines(card) == 1
    page.click("#act-form button.danger")
    expect(page.locator("#case .case-marks")).to_contain_text("不予立案")
    assert lines(card) == 1


def test_when_the_answer_takes_too_long_the_words_stay_and_the_act_counts_once(
    open_page: Open, house: House, town: Town, watch: Watch
) -> None:
    watch.may_fail = True
    card = town.report(text="应答超时")
    page = rejecting(open_page, card)
    page.evaluate("htmx.config.defaultTimeout = 700")
    process = house.programs["web"].process
    assert process is not None
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        page.click("#act-form button.danger")
        expect(page.locator("#notes .note.bad")).to_contain_text("内容仍在本页")
        are_there(page)
    finally:
        os.killpg(process.pid, signal.SIGCONT)
    page.evaluate("htmx.config.defaultTimeout = 30000")
    page.click("#act-form button.danger")
    expect(page.locator("#case .case-marks")).to_contain_text("不予立案")
    assert lines(card) == 1


def test_a_form_that_leaves_the_page_asks_at_the_door_first_and_goes_on(
    open_page: Open, town: Town, watch: Watch
) -> None:
    watch.expected.add(401)
    name = f"new{str(new_id())[-6:]}"
    page = open_page("security", "/admin/people/new")
    page.fill("[name=username]", name)
    page.fill("[name=name]", "会话过期的人")
    end_sessions(town, "security")
    page.click("main button.main")
    expect(page.locator("#door")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("会话过期的人")
    page.fill("#door [name=password]", PASSWORD)
    page.click("#door button.main")
    expect(page.locator("h1")).to_contain_text("会话过期的人")
    page.goto("/admin/people/new")
    expect(page.locator("[name=name]")).to_have_value("")


def test_a_form_that_leaves_the_page_stays_while_the_server_is_dead(
    open_page: Open, house: House, town: Town, watch: Watch
) -> None:
    watch.may_fail = True
    page = open_page("security", "/admin/people/new")
    page.fill("[name=username]", f"new{str(new_id())[-6:]}")
    page.fill("[name=name]", "断网时写的人")
    house.stop("web")
    page.click("main button.main")
    expect(page.locator("#notes .note.bad")).to_contain_text("内容仍在本页")
    expect(page.locator("[name=name]")).to_have_value("断网时写的人")
    house.start("web")
    page.reload()
    expect(page.locator("[name=name]")).to_have_value("断网时写的人")
    page.click("main button.main")
    expect(page.locator("h1")).to_contain_text("断网时写的人")


def test_what_was_refused_stays_in_the_form_that_left_the_page(open_page: Open, town: Town, watch: Watch) -> None:
    watch.expected.update({409, 422})
    page = open_page("security", "/admin/people/new")
    page.fill("[name=username]", "mei")
    page.fill("[name=name]", "重名的人")
    page.click("main button.main")
    expect(page.locator(".note.bad")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("重名的人")
