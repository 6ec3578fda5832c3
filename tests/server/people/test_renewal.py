"""A phone's token is renewed before it ends; the old one stays good until the fresh one was used."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.db import now
from server.people import devices, tokens
from server.people.models import Person


class Hand:
    """A phone of lin, by its tokens."""

    def __init__(self, client: FlaskClient, person: Person) -> None:
        devices.enrol(person.id, "phone", None, by_code=True)
        self.client = client
        self.first, _ = tokens.issue(person.id, "phone")

    def ask(self, token: str, path: str = "GET /me", device: str | None = "phone") -> Any:
        method, address = path.split(" ")
        headers = {"Authorization": f"Bearer {token}"} | ({"X-Device-Id": device} if device else {})
        return self.client.open(f"/api/v1{address}", method=method, headers=headers)

    def renew(self, token: str) -> Any:
        answer = self.ask(token, "POST /tokens/renew")
        assert answer.status_code == 201, answer.json
        return answer.json


@pytest.fixture
def hand(client: FlaskClient, lin: Person, clock: Any) -> Hand:
    clock.set(now())
    return Hand(client, lin)


def test_the_old_token_is_good_until_the_fresh_one_was_used_and_some_minutes_more(hand: Hand, clock: Any) -> None:
    clock.advance(timedelta(days=30))
    fresh = hand.renew(hand.first)["token"]
    clock.advance(timedelta(days=30))
    assert hand.ask(hand.first).status_code == 200
    assert hand.ask(fresh).status_code == 200
    clock.advance(timedelta(minutes=9))
    assert hand.ask(hand.first).status_code == 200
    clock.advance(timedelta(minutes=2))
    assert hand.ask(hand.first).status_code == 401
    assert hand.ask(fresh).status_code == 200


def test_a_fresh_token_lives_as_long_as_any_and_says_when_to_renew(hand: Hand, clock: Any) -> None:
    clock.advance(timedelta(days=80))
    told = hand.renew(hand.first)
    assert told["expires_at"] == (now() + timedelta(days=90)).isoformat()
    assert told["renew_at"] == (now() + timedelta(days=30)).isoformat()


def test_a_token_nobody_received_ends_with_the_next_one_that_is_used(hand: Hand, clock: Any) -> None:
    lost = hand.renew(hand.first)["token"]
    clock.advance(timedelta(hours=1))
    received = hand.renew(hand.first)["token"]
    assert hand.ask(received).status_code == 200
    clock.advance(timedelta(minutes=11))
    assert hand.ask(lost).status_code == 401


def test_a_token_is_renewed_by_its_own_device_alone(hand: Hand) -> None:
    assert hand.ask(hand.first, "POST /tokens/renew", device=None).status_code == 403
    assert hand.ask(hand.first, "POST /tokens/renew", device="another").status_code == 401
    assert hand.client.post("/api/v1/tokens/renew").status_code == 401


def test_other_phones_of_the_person_are_left_alone(hand: Hand, lin: Person, clock: Any) -> None:
    other, _ = tokens.issue(lin.id, "tablet")
    assert hand.ask(hand.renew(hand.first)["token"]).status_code == 200
    clock.advance(timedelta(hours=1))
    assert hand.ask(other, device="tablet").status_code == 200
