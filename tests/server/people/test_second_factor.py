"""The second factor: six digits after the password, each used once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from server.db import db, now
from server.people.models import Person, SecondFactor

from .conftest import PASSWORD, Knock
from .test_sign_in import sign_in_as

Digits = Callable[..., str]


@pytest.fixture
def digits(knock: Knock, sun: Person, with_password: Any, clock: Any) -> Digits:
    """The security administrator has a second factor; ``digits(steps)`` are those of now, or of steps later."""
    clock.set(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    with_password(sun)
    secret = knock(sun, "POST /me/second-factor").json["secret"]
    assert knock(sun, "POST /me/second-factor/confirm", {"otp": pyotp.TOTP(secret).at(now())}).status_code == 204
    clock.advance(timedelta(seconds=30))
    return lambda steps=0: pyotp.TOTP(secret).at(now() + timedelta(seconds=30 * steps))


def test_without_the_digits_the_right_password_does_not_suffice(client: FlaskClient, digits: Digits) -> None:
    answer = sign_in_as(client, "sun", PASSWORD)
    assert (answer.status_code, answer.json["code"]) == (401, "second_factor_needed")
    assert sign_in_as(client, "sun", PASSWORD, otp=digits()).status_code == 201


def test_a_wrong_password_never_asks_for_digits(client: FlaskClient, digits: Digits) -> None:
    assert sign_in_as(client, "sun", "x", otp=digits()).json["code"] == "wrong_credentials"


def test_the_same_digits_do_not_work_twice(client: FlaskClient, digits: Digits) -> None:
    assert sign_in_as(client, "sun", PASSWORD, otp=digits()).status_code == 201
    assert sign_in_as(client, "sun", PASSWORD, otp=digits()).json["code"] == "wrong_second_factor"
    assert sign_in_as(client, "sun", PASSWORD, otp=digits(1)).status_code == 201


def test_clocks_may_differ_by_one_step_and_no_more(client: FlaskClient, digits: Digits, clock: Any) -> None:
    late = digits(2)
    assert sign_in_as(client, "sun", PASSWORD, otp=late).status_code == 401
    clock.advance(timedelta(seconds=30))
    assert sign_in_as(client, "sun", PASSWORD, otp=late).status_code == 201


def test_guessing_digits_locks_the_account(client: FlaskClient, digits: Digits) -> None:
    tried = [sign_in_as(client, "sun", PASSWORD, otp="000000").status_code for _ in range(6)]
    assert tried == [401] * 5 + [429]


def test_the_secret_is_sealed_and_cannot_be_asked_for_again(knock: Knock, sun: Person, digits: Digits) -> None:
    assert knock(sun, "POST /me/second-factor").json["code"] == "second_factor_in_use"
    sealed = db.session.scalars(sa.select(SecondFactor.sealed_secret)).one()
    assert len(sealed) > 90


def test_a_second_factor_counts_only_once_it_was_confirmed(
    client: FlaskClient, knock: Knock, chen: Person, with_password: Any
) -> None:
    with_password(chen)
    assert knock(chen, "POST /me/second-factor/confirm", {"otp": "123456"}).json["code"] == "no_second_factor"
    knock(chen, "POST /me/second-factor")
    assert sign_in_as(client, "chen", PASSWORD).status_code == 201
    assert knock(chen, "POST /me/second-factor/confirm", {"otp": "000000"}).status_code == 401


def test_the_security_administrator_removes_that_of_a_lost_phone(
    client: FlaskClient, knock: Knock, hire: Any, sun: Person, digits: Digits
) -> None:
    second = hire("second_sec", ("SEC", "441602"))
    assert knock(second, f"POST /persons/{sun.id}/remove-second-factor").status_code == 200
    assert sign_in_as(client, "sun", PASSWORD).status_code == 201
