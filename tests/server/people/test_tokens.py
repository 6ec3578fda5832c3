"""Tokens: who speaks, in one statement; when they end."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from server.db import db, now
from server.people import desks, tokens
from server.people.models import Person, Token
from server.people.refusals import DeviceWiped

from .conftest import GRID, NEXT_TOWN, TOWN, VILLAGE, Hire, Knock


def test_a_token_names_its_person_with_every_post_of_today_in_one_statement(hire: Hire, statements: list[str]) -> None:
    person = hire("he", ("GWF", VILLAGE, GRID), ("TWD", NEXT_TOWN))
    raw, _ = tokens.issue(person.id, "phone")
    statements.clear()
    actor = tokens.read(raw)
    assert len(statements) == 1
    assert actor is not None
    assert (actor.person_id, actor.device_id, actor.username) == (person.id, "phone", "he")
    assert {(hat.role, hat.unit, hat.township, hat.grid) for hat in actor.hats} == {
        ("GWF", VILLAGE, TOWN, GRID),
        ("TWD", NEXT_TOWN, NEXT_TOWN, None),
    }


def test_the_table_never_holds_the_token_itself(lin: Person) -> None:
    raw, _ = tokens.issue(lin.id, "phone")
    row = db.session.execute(sa.select(Token).where(Token.person_id == lin.id)).scalar_one()
    assert len(row.hash) == 32
    assert raw.encode() not in row.hash
    assert len(raw) == 43


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_a_post_is_held_on_its_first_and_last_day_and_not_a_day_longer(hire: Hire, days: int) -> None:
    day = desks.today()
    person = hire("mei", ("TWD", TOWN), since=day + timedelta(days=days), until=day + timedelta(days=days))
    actor = tokens.read(tokens.issue(person.id, "phone")[0])
    assert actor is not None
    assert len(actor.hats) == (1 if days == 0 else 0)


def test_a_token_ends_when_its_time_is_over(lin: Person, clock: Any) -> None:
    clock.set(now())
    raw, expires_at = tokens.issue(lin.id, "phone")
    clock.set(expires_at - timedelta(seconds=1))
    assert tokens.read(raw)
    clock.set(expires_at)
    assert tokens.read(raw) is None


def test_a_session_ends_when_nobody_used_it_for_a_while_and_a_phone_token_does_not(lin: Person, clock: Any) -> None:
    clock.set(now())
    page, _ = tokens.issue(lin.id, tokens.BROWSER, tokens.SESSION)
    phone, _ = tokens.issue(lin.id, "phone")
    clock.advance(timedelta(minutes=29))
    tokens.seen(tokens.digest(page))
    clock.advance(timedelta(minutes=29))
    assert tokens.read(page)
    clock.advance(timedelta(minutes=1))
    assert tokens.read(page) is None
    assert tokens.read(phone)


def test_a_revoked_token_and_one_of_a_closed_account_are_nobodys(lin: Person, chen: Person) -> None:
    first, second = tokens.issue(lin.id, "phone")[0], tokens.issue(chen.id, "phone")[0]
    assert tokens.revoke(Token.person_id == lin.id) == 1
    chen.disabled_at = now()
    db.session.flush()
    assert tokens.read(first) is None
    assert tokens.read(second) is None


def test_a_token_to_be_wiped_says_so_even_after_its_end(lin: Person, clock: Any) -> None:
    clock.set(now())
    raw, expires_at = tokens.issue(lin.id, "phone")
    tokens.revoke(Token.person_id == lin.id)
    tokens.revoke(Token.person_id == lin.id, wipe=True)
    clock.set(expires_at + timedelta(days=1))
    with pytest.raises(DeviceWiped):
        tokens.read(raw)


def test_a_request_that_names_another_device_is_nobodys(client: FlaskClient, lin: Person) -> None:
    raw, _ = tokens.issue(lin.id, "phone")
    bearer = {"Authorization": f"Bearer {raw}"}
    assert client.get("/api/v1/me", headers=bearer).status_code == 200
    assert client.get("/api/v1/me", headers=bearer | {"X-Device-Id": "phone"}).status_code == 200
    assert client.get("/api/v1/me", headers=bearer | {"X-Device-Id": "another"}).status_code == 401


def test_a_session_token_is_no_bearer_token(client: FlaskClient, lin: Person) -> None:
    raw, _ = tokens.issue(lin.id, tokens.BROWSER, tokens.SESSION)
    assert client.get("/api/v1/me", headers={"Authorization": f"Bearer {raw}"}).status_code == 401


def test_a_token_in_use_is_marked_as_seen_every_five_minutes_at_most(
    client: FlaskClient, lin: Person, clock: Any, statements: list[str]
) -> None:
    clock.set(now())
    raw, _ = tokens.issue(lin.id, "phone")
    db.session.commit()

    def writes_of_a_request() -> int:
        statements.clear()
        client.get("/api/v1/me", headers={"Authorization": f"Bearer {raw}"})
        return sum(statement.startswith("UPDATE tokens") for statement in statements)

    clock.advance(timedelta(minutes=4))
    assert writes_of_a_request() == 0
    clock.advance(timedelta(minutes=1))
    assert writes_of_a_request() == 1
    assert writes_of_a_request() == 0
    seen = db.session.scalar(sa.select(Token.last_seen_at).where(Token.hash == tokens.digest(raw)))
    assert seen == now()


def test_signing_out_ends_this_token_and_no_other(knock: Knock, client: FlaskClient, lin: Person) -> None:
    other, _ = tokens.issue(lin.id, "second phone")
    raw, _ = tokens.issue(lin.id, "phone")
    bearer = {"Authorization": f"Bearer {raw}"}
    assert client.delete("/api/v1/tokens/current", headers=bearer).status_code == 204
    assert client.get("/api/v1/me", headers=bearer).status_code == 401
    assert tokens.read(other)
