"""Pages: a cookie no script reads, a proof against forged requests, an end."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.people import sessions
from server.people.models import Person

from .conftest import PASSWORD, Hire, Knock
from .test_devices import code_for
from .test_sign_in import Give

NEW = "东江边上的榕树又绿了"


def open_page(client: FlaskClient, username: str, password: str = PASSWORD, **how: Any) -> Any:
    return client.post("/api/v1/sessions", json={"username": username, "password": password}, **how)


@pytest.fixture
def page(client: FlaskClient, chen: Person, with_password: Give) -> Any:
    """The answer to the dispatcher's sign-in; the client keeps the cookies."""
    with_password(chen)
    return open_page(client, "chen")


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(client: FlaskClient, page: Any) -> None:
    assert page.status_code == 201
    cookie, csrf = (next(c for c in page.headers.getlist("Set-Cookie") if c.startswith(name + "=")) for name in
                    (sessions.COOKIE, sessions.CSRF_COOKIE))  # fmt: skip
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "HttpOnly" not in csrf
    assert client.get("/api/v1/me").json["username"] == "chen"
    assert "token" not in page.json


@pytest.mark.parametrize(("https", "secure"), [(False, False), (True, True)])
def test_over_https_the_cookie_never_travels_without(
    client: FlaskClient, chen: Person, with_password: Give, https: bool, secure: bool
) -> None:
    with_password(chen)
    answer = open_page(client, "chen", base_url="https://localhost" if https else "http://localhost")
    assert all(("Secure" in cookie) is secure for cookie in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("header", [None, "", "wrong", "0" * 64])
def test_an_unsafe_request_without_the_sessions_own_csrf_token_is_refused(
    client: FlaskClient, page: Any, header: str | None
) -> None:
    headers = {} if header is None else {sessions.CSRF_HEADER: header}
    body = {"old_password": PASSWORD, "new_password": NEW}
    refused = client.post("/api/v1/me/password", json=body, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (403, "csrf_token_wrong")


def test_with_the_csrf_token_it_is_done(client: FlaskClient, page: Any) -> None:
    headers = {sessions.CSRF_HEADER: page.json["csrf_token"]}
    body = {"old_password": PASSWORD, "new_password": NEW}
    assert client.post("/api/v1/me/password", json=body, headers=headers).status_code == 204


def test_the_csrf_token_of_one_session_is_of_no_use_in_another(
    client: FlaskClient, page: Any, hire: Hire, with_password: Give
) -> None:
    with_password(hire("mei"))
    first = page.json["csrf_token"]
    second = open_page(client, "mei").json["csrf_token"]
    assert client.delete("/api/v1/sessions/current", headers={sessions.CSRF_HEADER: first}).status_code == 403
    assert client.delete("/api/v1/sessions/current", headers={sessions.CSRF_HEADER: second}).status_code == 204


def test_signing_out_ends_the_session_and_takes_the_cookie_away(client: FlaskClient, page: Any) -> None:
    kept = client.get_cookie(sessions.COOKIE)
    assert kept is not None
    client.delete("/api/v1/sessions/current", headers={sessions.CSRF_HEADER: page.json["csrf_token"]})
    assert client.get_cookie(sessions.COOKIE) is None
    client.set_cookie(sessions.COOKIE, kept.value)
    assert client.get("/api/v1/me").status_code == 401


def test_another_site_cannot_sign_a_browser_in(client: FlaskClient, chen: Person, with_password: Give) -> None:
    with_password(chen)
    assert open_page(client, "chen", headers={"Origin": "https://evil.example"}).json["code"] == "foreign_origin"
    assert open_page(client, "chen", headers={"Origin": "http://localhost"}).status_code == 201


def test_who_is_signed_in_may_sign_in_as_another(
    client: FlaskClient, page: Any, lin: Person, with_password: Give
) -> None:
    with_password(lin)
    assert open_page(client, "lin").status_code == 201
    assert client.get("/api/v1/me").json["username"] == "lin"


@pytest.mark.parametrize(
    "body", [{}, {"username": "chen"}, {"password": PASSWORD}, {"username": "chen", "password": ""}]
)
def test_a_sign_in_without_anything_is_simply_wrong(client: FlaskClient, chen: Person, body: dict[str, str]) -> None:
    assert client.post("/api/v1/sessions", json=body).status_code == 401


def test_a_request_with_a_bearer_token_does_not_fall_back_to_the_cookie(client: FlaskClient, page: Any) -> None:
    assert client.get("/api/v1/me", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_a_one_time_code_opens_the_page_once_and_a_password_must_follow(
    client: FlaskClient, knock: Knock, sun: Person, hire: Hire
) -> None:
    mei = hire("mei", ("VIL", "441602001003"))
    code = code_for(knock, sun, mei)
    page = open_page(client, "mei", code)
    assert page.json["must_change_password"] is True
    headers = {sessions.CSRF_HEADER: page.json["csrf_token"]}
    assert client.get("/api/v1/persons").json["code"] == "must_change_password"
    assert client.post("/api/v1/me/password", json={"new_password": NEW}, headers=headers).status_code == 204
    assert client.get("/api/v1/persons").status_code == 200
    assert open_page(client, "mei", code).status_code == 401
    assert open_page(client, "mei", NEW).status_code == 201


def test_a_phone_enrolled_by_code_cannot_set_a_first_password(
    client: FlaskClient, knock: Knock, sun: Person, lin: Person
) -> None:
    """A stolen phone would open the pages too."""
    body = {"enrol_code": code_for(knock, sun, lin), "device_id": "phone"}
    token = client.post("/api/v1/tokens", json=body).json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    refused = client.post("/api/v1/me/password", json={"new_password": NEW}, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (409, "no_password_yet")
