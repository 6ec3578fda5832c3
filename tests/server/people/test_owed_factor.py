"""Who leads or administers binds a second factor before any page opens; the rule is policy, the try-out is exempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient

from server import policy
from server.db import db, now
from server.people import sessions
from server.people.models import Person

from .conftest import TOWN, Hire, Knock
from .test_sessions import open_page

LEADERS = ("ADM", "SEC", "AUD", "TWL", "DPL", "XFL", "DLD", "DTL")
OTHERS = ("TWD", "DPD", "CEN", "SUP")
Enter = Callable[[Person], Any]


def place(role: str) -> str:
    return TOWN if role.startswith("TW") else "DEP28"


@pytest.fixture
def enter(client: FlaskClient, with_password: Any) -> Enter:
    """Sign a person in at the pages; the client keeps the cookies."""

    def go(person: Person) -> Any:
        with_password(person)
        answer = open_page(client, person.username)
        assert answer.status_code == 201, answer.json
        return answer

    return go


@pytest.mark.parametrize("role", LEADERS)
def test_a_leader_without_one_reaches_nothing_but_the_own_account(
    client: FlaskClient, hire: Hire, enter: Enter, role: str
) -> None:
    enter(hire("wu", (role, place(role))))
    refused = client.get("/api/v1/worklist")
    assert (refused.status_code, refused.json["code"]) == (403, "must_bind_factor")
    assert client.get("/api/v1/me").json["must_bind_factor"] is True


@pytest.mark.parametrize("role", OTHERS)
def test_who_neither_leads_nor_administers_may_go_without(
    client: FlaskClient, hire: Hire, enter: Enter, role: str
) -> None:
    enter(hire("wu", (role, place(role))))
    assert client.get("/api/v1/me").json["must_bind_factor"] is False


def test_once_it_is_bound_everything_opens_and_the_next_sign_in_asks_for_it(
    client: FlaskClient, hire: Hire, enter: Enter
) -> None:
    wu = hire("wu", ("SEC", "441602"))
    csrf = {sessions.CSRF_HEADER: enter(wu).json["csrf_token"]}
    secret = client.post("/api/v1/me/second-factor", headers=csrf).json["secret"]
    assert client.get("/api/v1/persons").json["code"] == "must_bind_factor"
    given = {"otp": pyotp.TOTP(secret).at(now())}
    assert client.post("/api/v1/me/second-factor/confirm", json=given, headers=csrf).status_code == 204
    assert client.get("/api/v1/persons").status_code == 200
    assert open_page(client, "wu").json["code"] == "second_factor_needed"


def test_taking_it_away_leads_back_to_binding(
    client: FlaskClient, hire: Hire, enter: Enter, knock: Knock, sun: Person
) -> None:
    wu = hire("wu", ("AUD", "441602"))
    csrf = {sessions.CSRF_HEADER: enter(wu).json["csrf_token"]}
    secret = client.post("/api/v1/me/second-factor", headers=csrf).json["secret"]
    given = {"otp": pyotp.TOTP(secret).at(now())}
    client.post("/api/v1/me/second-factor/confirm", json=given, headers=csrf)
    assert client.get("/api/v1/me").json["must_bind_factor"] is False
    assert knock(sun, f"POST /persons/{wu.id}/remove-second-factor", {}).status_code == 200
    assert client.get("/api/v1/me").json["must_bind_factor"] is True


def test_a_phone_goes_on_as_it_did(knock: Knock, hire: Hire) -> None:
    assert knock(hire("wu", ("DPL", "DEP28")), "GET /me").json["must_bind_factor"] is False


@pytest.mark.parametrize(("also_synthetic", "owes"), [(False, False), (True, True)])
def test_the_accounts_of_the_synthetic_city_owe_one_only_where_the_policy_says_so(
    client: FlaskClient, hire: Hire, enter: Enter, also_synthetic: bool, owes: bool
) -> None:
    wu = hire("wu", ("ADM", "441602"))
    wu.synthetic = True
    db.session.flush()
    enter(wu)
    with policy.use(ruled(second_factor_synthetic=also_synthetic)):
        assert client.get("/api/v1/me").json["must_bind_factor"] is owes


def test_the_district_names_the_roles(client: FlaskClient, hire: Hire, enter: Enter) -> None:
    enter(hire("wu", ("CEN", "DEP06")))
    with policy.use(ruled(second_factor_roles=("CEN",))):
        assert client.get("/api/v1/me").json["must_bind_factor"] is True


def ruled(**changed: Any) -> policy.Policy:
    settings = policy.current().settings
    return replace(policy.current(), settings=replace(settings, people=replace(settings.people, **changed)))
