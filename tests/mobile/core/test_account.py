"""Whose phone this is: enrolment, PIN, a token that ends, a phone that is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from mobile.core.client import NotReached
from mobile.core.pin import TRIES
from server.db import now
from server.people import passwords, tokens
from server.people.models import Person, Token
from tests.mobile.core.phones import Phone, code_for, here, picture
from tests.server.town import Town

Of = Callable[..., Phone]


def report(phone: Phone) -> str:
    return phone.field.report(phone.field.new_draft("event", "report", {"category": "B03"}), here())


def test_a_code_enrols_once_and_says_who_it_is(town: Town, of: Of) -> None:
    mei = of("mei", enrol=False)
    assert mei.field.state == "new"
    code = code_for(town, "mei")
    assert mei.field.enrol(f"gridwhistle:enrol:{code}").ok
    assert (mei.field.state, mei.field.me.name, mei.field.roles) == ("open", "mei", {"GWF"})  # type: ignore[union-attr]
    again = mei.field.enrol(code)
    assert not again.ok
    assert "不正确" in again.sentence


def test_a_password_enrols_too(town: Town, of: Of) -> None:
    from server.db import db

    person = db.session.get_one(Person, town.persons["mei"])
    person.password_hash = passwords.hashed("correct horse battery")
    db.session.commit()
    mei = of("mei", enrol=False)
    assert not mei.field.enrol_password("mei", "wrong").ok
    assert mei.field.enrol_password("mei", "correct horse battery").ok


def test_without_a_network_enrolling_says_so(of: Of) -> None:
    mei = of("mei", enrol=False)
    mei.line.down = True
    answer = mei.field.enrol("ABCD2345")
    assert (answer.ok, answer.code) == (False, "no_network")


def test_the_pin_locks_the_app_and_counts_wrong_tries(of: Of) -> None:
    mei = of("mei")
    assert not mei.field.set_pin("12").ok
    assert mei.field.set_pin("4711").ok
    mei.field.lock()
    assert mei.field.state == "locked"
    assert "还可以试 9 次" in mei.field.unlock("0000").sentence
    assert mei.field.unlock("4711").ok
    assert mei.field.state == "open"


def test_too_many_wrong_pins_sign_out_and_lose_nothing(town: Town, of: Of) -> None:
    mei = of("mei")
    mei.field.set_pin("4711")
    mei.line.down = True
    id = report(mei)
    mei.field.lock()
    for _ in range(TRIES):
        mei.field.unlock("0000")
    assert (mei.field.state, mei.field.outbox.unsent) == ("signed_out", 1)
    mei.line.down = False
    assert mei.field.enrol(code_for(town, "mei")).ok
    mei.sync()
    assert town.get("desk", f"/events/{id}").status_code == 200


def test_a_token_that_ended_pauses_without_loss(town: Town, of: Of) -> None:
    from server.db import db

    mei = of("mei")
    tokens.revoke(Token.person_id == town.persons["mei"])
    db.session.commit()
    id = report(mei)
    mei.sync(turns=3)
    assert (mei.field.state, mei.field.outbox.link) == ("signed_out", "paused")
    assert "登录已失效" in mei.field.outbox.sentence
    assert mei.field.enrol(code_for(town, "mei")).ok
    mei.sync()
    assert town.get("desk", f"/events/{id}").status_code == 200


def test_a_lost_phone_is_wiped_at_its_next_contact(town: Town, of: Of) -> None:
    mei = of("mei")
    report(mei)
    mei.field.keep_photo(picture(1))
    device = mei.device.device_id()
    answer = town.call("security", "POST", f"/devices/{device}/revoke", {})
    assert answer.status_code == 200, answer.json
    mei.sync(turns=3)
    assert (mei.field.state, mei.field.outbox.link) == ("wiped", "wiped")
    assert mei.field.today().rows == ()
    assert mei.field.inbox().items == ()
    assert list(mei.field.store.photos.iterdir()) == []
    assert mei.field.store.rows("select * from sendings") == []
    assert "已清除" in mei.field.outbox.sentence


def test_another_person_on_the_phone_sees_nothing_and_sends_nothing_of_the_first(town: Town, of: Of) -> None:
    mei = of("mei")
    mei.line.down = True
    id = report(mei)
    mei.line.down = False
    assert mei.field.enrol(code_for(town, "gang")).ok
    mei.refresh()
    assert mei.field.me.name == "gang"  # type: ignore[union-attr]
    assert id not in {row.id for row in mei.field.today().rows}
    assert mei.field.outbox.unsent == 0
    assert "属于之前登录的人员" in mei.field.outbox.advice
    assert town.get("desk", f"/events/{id}").status_code == 404
    assert mei.field.enrol(code_for(town, "mei")).ok
    mei.sync()
    assert town.get("desk", f"/events/{id}").json["id"] == id


# --- a fresh key before the old one ends ------------------------------------------------------------------------------


def held(phone: Phone) -> str:
    """The key the phone holds now."""
    token = phone.field.account.token
    assert token
    return token


def asked(phone: Phone) -> int:
    """How often the phone asked for a fresh key."""
    return sum(path.endswith("/tokens/renew") for _, path in phone.line.asked)


def test_a_phone_in_use_gets_a_fresh_key_after_a_month_and_goes_on_for_years(town: Town, of: Of, clock: Any) -> None:
    clock.set(now())
    mei = of("mei")
    seen = {held(mei)}
    mei.refresh()
    assert asked(mei) == 0
    for month in range(1, 13):
        clock.advance(timedelta(days=31))
        mei.refresh()
        seen.add(held(mei))
        assert (mei.field.state, asked(mei)) == ("open", month)
    assert len(seen) == 13
    id = report(mei)
    mei.sync()
    assert town.get("desk", f"/events/{id}").status_code == 200


def test_an_answer_with_the_fresh_key_that_is_lost_locks_nobody_out(of: Of, clock: Any) -> None:
    clock.set(now())
    mei = of("mei")
    old = held(mei)
    clock.advance(timedelta(days=31))
    carry = mei.line.carry

    def losing(method: str, path: str, ask: Callable[[], Any]) -> Any:
        answer = carry(method, path, ask)
        if path.endswith("/tokens/renew"):
            raise NotReached("timeout")
        return answer

    mei.line.carry = losing  # type: ignore[method-assign]
    for _ in range(3):
        mei.refresh()
        assert (held(mei), mei.field.state) == (old, "open")
    mei.line.carry = carry  # type: ignore[method-assign]
    clock.advance(timedelta(days=40))
    mei.refresh()
    assert held(mei) != old
    assert mei.field.state == "open"
    assert mei.field.outbox.link == "online"


def test_two_processes_of_a_phone_that_renew_at_once_keep_a_key_that_is_good(of: Of, clock: Any) -> None:
    clock.set(now())
    mei = of("mei")
    clock.advance(timedelta(days=31))
    account = mei.field.account
    carry = mei.line.carry

    def other_first(method: str, path: str, ask: Callable[[], Any]) -> Any:
        mei.line.carry = carry  # type: ignore[method-assign]
        answer = carry(method, path, ask)
        account.renew()
        return answer

    mei.line.carry = other_first  # type: ignore[method-assign]
    account.renew()
    mei.line.carry = carry  # type: ignore[method-assign]
    for _ in range(2):
        mei.refresh()
        clock.advance(timedelta(hours=1))
    assert mei.field.state == "open"


def test_a_phone_the_office_had_erased_gets_no_fresh_key(town: Town, of: Of, clock: Any) -> None:
    clock.set(now())
    mei = of("mei")
    clock.advance(timedelta(days=31))
    town.call("security", "POST", f"/devices/{mei.device.device_id()}/revoke", {})
    mei.refresh()
    assert mei.field.state == "wiped"
