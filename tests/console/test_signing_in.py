"""Coming in and staying in: the door, the first password, the second factor, and a session that ends while one types."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa
from flask import g
from playwright.sync_api import expect

from server.access import Actor
from server.db import db
from server.people import second_factor
from server.people.models import Person, SecondFactor
from tests.console.conftest import PASSWORD, Open, Watch, end_sessions, sign_in
from tests.console.test_pages import faults, look
from tests.server.town import Town

STARTS = {
    "desk": "/township",
    "lamp_desk": "/department",
    "centre": "/board",
    "deputy": "/leaders",
    "security": "/admin/people",
}


def test_a_wrong_password_says_so_and_keeps_the_name(open_page: Open, watch: Watch) -> None:
    watch.expected.add(401)
    page = open_page(None, "/sign-in")
    page.fill("#gate [name=username]", "desk")
    page.fill("#gate [name=password]", "not it")
    page.click("#gate button.main")
    expect(page.locator("[data-wrong]")).to_contain_text("不正确")
    expect(page.locator("#gate [name=username]")).to_have_value("desk")


@pytest.mark.parametrize(("who", "start"), STARTS.items())
def test_everybody_begins_at_the_own_work(open_page: Open, who: str, start: str) -> None:
    page = open_page(None, "/sign-in")
    sign_in(page, who)
    for _ in ("from the door", "and with a session"):
        assert page.url.split("?")[0].endswith(start)
        page.goto("/")


def test_an_address_asked_for_before_signing_in_is_reached_after(open_page: Open) -> None:
    page = open_page(None, "/lists/events?urgency=U1")
    assert "/sign-in?next=" in page.url
    page.fill("#gate [name=username]", "desk")
    page.fill("#gate [name=password]", PASSWORD)
    page.click("#gate button.main")
    page.wait_for_url("**/lists/events?urgency=U1")


def test_nobody_is_sent_to_another_house(open_page: Open) -> None:
    page = open_page(None, "/sign-in?next=https://example.org/")
    assert page.locator("#gate [name=next]").input_value() == "/"


def test_the_initial_password_must_be_changed_first(open_page: Open, town: Town) -> None:
    db.session.execute(sa.update(Person).where(Person.username == "gang").values(must_change_password=True))
    db.session.commit()
    page = open_page(None, "/sign-in")
    sign_in(page, "gang")
    page.goto("/board")
    assert page.url.endswith("/account")
    page.fill("[name=old_password]", PASSWORD)
    page.fill("[name=new_password]", "Qw7-lampe-Hoelzern-93")
    page.click("form[action='/account/password'] button.main")
    expect(page.locator(".sheet .wrong")).to_have_count(0)
    page.wait_for_url(lambda url: "/account" not in url)


@pytest.fixture
def without_factors(town: Town) -> Iterator[None]:
    """Give back what the other tests expect, whichever come after this one and however it ends."""
    yield
    for who in ("secretary", "lamp_head"):
        unbound(town, who)


@pytest.mark.usefixtures("without_factors")
def test_who_has_a_second_factor_is_asked_for_its_digits_and_keeps_what_was_typed(
    open_page: Open, town: Town, watch: Watch
) -> None:
    watch.expected.add(401)
    secret = bound(town, "secretary")
    page = open_page(None, "/sign-in")
    page.fill("#gate [name=username]", "secretary")
    page.fill("#gate [name=password]", PASSWORD)
    page.click("#gate button.main")
    expect(page.locator("#gate [name=otp]")).to_be_visible()
    expect(page.locator("#gate [name=password]")).to_have_value(PASSWORD)
    page.fill("#gate [name=otp]", pyotp.TOTP(secret).now())
    page.click("#gate button.main")
    page.wait_for_url("**/leaders")


@pytest.mark.usefixtures("without_factors")
def test_a_leader_is_led_to_bind_a_second_factor_and_is_asked_for_it_ever_after(
    open_page: Open, town: Town, watch: Watch
) -> None:
    watch.expected.update({401, 403})
    db.session.execute(sa.update(Person).where(Person.username == "lamp_head").values(synthetic=False))
    db.session.commit()
    end_sessions(town, "lamp_head")
    page = open_page(None, "/sign-in?next=/leaders")
    sign_in(page, "lamp_head")
    expect(page.locator(".note.warn")).to_contain_text("须绑定动态口令")
    page.goto("/leaders")
    assert page.url.endswith("/account")
    page.click("#factor button.main")
    expect(page.locator("#factor .qr svg")).to_be_visible()
    look(page, "second_factor")
    assert faults(page) == []
    secret = page.locator(".secret").inner_text()
    page.fill("[name=otp]", wrong_digits(secret))
    page.click("#factor button.main")
    expect(page.locator("#factor .wrong")).to_be_visible()
    page.fill("[name=otp]", pyotp.TOTP(secret).now())
    page.click("#factor button.main")
    page.wait_for_url("**/department**")
    again = open_page(None, "/sign-in")
    again.fill("#gate [name=username]", "lamp_head")
    again.fill("#gate [name=password]", PASSWORD)
    again.click("#gate button.main")
    expect(again.locator("#gate [name=otp]")).to_be_visible()


def wrong_digits(secret: str) -> str:
    """Return digits the authenticator shows at no step near now."""
    near = {pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30 * step)) for step in range(-3, 4)}
    return next(digits for digits in ("000000", "111111", "222222", "333333") if digits not in near)


def unbound(town: Town, who: str) -> None:
    """Make an account synthetic and without a second factor again."""
    db.session.execute(sa.delete(SecondFactor).where(SecondFactor.person_id == town.persons[who]))
    db.session.execute(sa.update(Person).where(Person.username == who).values(synthetic=True))
    db.session.commit()


def bound(town: Town, who: str) -> str:
    """Bind an authenticator to an account, as its page does, and return its secret."""
    with town.app.test_request_context():
        actor = Actor(town.persons[who], who, (), username=who)
        g.actor = actor
        secret = second_factor.begin(actor)["secret"]
        db.session.flush()
        factor = db.session.get_one(SecondFactor, actor.person_id)
        factor.confirmed_at = sa.func.now()
        db.session.commit()
    return secret


def test_a_session_that_ends_while_one_types_loses_nothing(open_page: Open, town: Town, watch: Watch) -> None:
    watch.expected.add(401)
    event = town.report(text="会话过期时的事件")
    page = open_page("chief", f"/cases/event/{event['id']}")
    page.click("[data-act=blow]")
    page.fill("#act-form [name=reason]", "写到一半的理由")
    end_sessions(town, "chief")
    page.click("#act-form button.main")
    expect(page.locator("#door")).to_be_visible()
    expect(page.locator("#act-form [name=reason]")).to_have_value("写到一半的理由")
    page.fill("#door [name=password]", PASSWORD)
    page.click("#door button.main")
    page.wait_for_url("**/cases/whistle/**")
    expect(page.locator(".case-words")).to_have_text("写到一半的理由")


def test_a_map_whose_session_ended_stops_asking_says_so_and_goes_on_after(
    open_page: Open, town: Town, watch: Watch
) -> None:
    watch.expected.add(401)
    event = town.report(text="会话过期时的小地图")
    page = open_page("chief", f"/cases/event/{event['id']}")
    page.locator(".mini-map").scroll_into_view_if_needed()
    page.wait_for_selector(".mini-map[data-ready]")
    end_sessions(town, "chief")
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status == 401 else None)
    # the map may go while one points at it: each step is a click on what is there, and the next waits for the tiles
    page.wait_for_function(
        """() => {
            document.querySelector(".mini-map[data-ready] .maplibregl-ctrl-zoom-out")?.click();
            return document.querySelector(".mini-map[data-ended]") !== null;
        }""",
        polling=400,
    )
    ended = page.locator(".mini-map[data-ended] button")
    expect(ended).to_contain_text("登录已过期")
    expect(page.locator(".mini-map canvas")).to_have_count(0)
    assert refused
    assert not page.locator("#door").is_visible()
    ended.click()
    page.fill("#door [name=password]", PASSWORD)
    page.click("#door button.main")
    expect(page.locator(".mini-map[data-ready] canvas")).to_have_count(1)


def test_a_draft_survives_a_reload_and_goes_when_it_was_sent(open_page: Open, town: Town) -> None:
    event = town.report(text="重新载入")
    address = f"/cases/event/{event['id']}/acts/reject"
    page = open_page("centre", address)
    page.fill("[name=reason]", "现场没有找到")
    page.reload()
    expect(page.locator("[name=reason]")).to_have_value("现场没有找到")
    expect(page.locator("#act-form")).to_contain_text("已恢复")


def test_a_form_without_the_proof_of_its_page_is_refused(open_page: Open, watch: Watch) -> None:
    watch.expected.add(403)
    page = open_page("desk", "/account")
    page.evaluate("document.querySelector('form[action=\"/sign-out\"] [name=csrf_token]').value = 'forged'")
    page.evaluate("document.querySelector('form[action=\"/sign-out\"]').submit()")
    page.wait_for_selector(".empty .code")
    assert page.locator(".empty .code").inner_text() == "403"


def test_the_page_speaks_english_when_asked_and_goes_dark(open_page: Open) -> None:
    page = open_page("inspector", "/board")
    page.click(".person summary")
    page.click("a[lang=en]")
    expect(page.locator("h1")).to_have_text("Duty board")
    assert page.locator("html").get_attribute("lang") == "en"
    page.click(".person summary")
    page.click("a[href^='/theme/dark']")
    expect(page.locator("body")).to_have_css("background-color", "rgb(21, 24, 27)")
