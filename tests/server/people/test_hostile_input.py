"""What no honest client sends is refused, and never breaks anything."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.people.models import Person

from .conftest import Knock

NUL = "a\x00b"
EDGES = ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tokens", {"username": NUL, "password": "x", "device_id": "d"}),
        ("/tokens", {"username": "x" * 201, "password": "x", "device_id": "d"}),
        ("/tokens", {"username": "x", "password": "x" * 129, "device_id": "d"}),
        ("/tokens", {"username": "x", "password": NUL, "device_id": "d"}),
        ("/tokens", {"username": "x", "password": "x", "device_id": NUL}),
        ("/tokens", {"username": "x", "password": "x", "device_id": "d", "otp": "12345६"}),
        ("/tokens", {"enrol_code": NUL, "device_id": "d"}),
        ("/tokens", {"enrol_code": "一二三四", "device_id": "d"}),
        ("/tokens", ["username"]),
        ("/tokens", None),
        ("/sessions", {"username": NUL, "password": NUL}),
        ("/sessions", {"username": 5, "password": ["x"]}),
    ],
)
def test_a_sign_in_with_anything_at_all_is_refused_in_order(
    client: FlaskClient, units: None, path: str, body: Any
) -> None:
    assert client.post(f"/api/v1{path}", json=body).status_code in {401, 422}


@pytest.mark.parametrize(
    ("way", "body"),
    [
        ("GET /persons?q=%00", None),
        ("GET /persons?unit=%00&grid=%00", None),
        ("GET /persons?cursor=%00", None),
        ("GET /persons?limit=100000", None),
        ("POST /devices/%00/revoke", None),
        ("POST /devices/..%2F..%2Fetc/revoke", None),
        ("PUT /persons/0192f0c1-6d5b-7c11-9a57-3f2f0a6f9d10", {"username": NUL, "name": "x"}),
        ("PUT /persons/0192f0c1-6d5b-7c11-9a57-3f2f0a6f9d10", {"username": "xx", "name": NUL}),
        ("POST /me/password", {"new_password": NUL * 10}),
        ("POST /duty/start", {"at": EDGES[0]}),
        ("POST /duty/end", {"at": EDGES[1]}),
        ("POST /duty/positions", {"positions": [{"at": at, "lon": 0, "lat": 0} for at in EDGES]}),
    ],
)
def test_nothing_a_client_sends_breaks_the_server(knock: Knock, sun: Person, way: str, body: Any) -> None:
    answer = knock(sun, way, body)
    assert 400 <= answer.status_code < 500, answer.json
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("at", ["1900-01-01T00:00:00+00:00", "2199-12-31T23:59:59-00:00"])
def test_the_edges_of_time_are_just_times(knock: Knock, lin: Person, at: str) -> None:
    assert knock(lin, "POST /duty/start", {"at": at}).status_code == 422
    assert knock(lin, "POST /duty/positions", {"positions": [{"at": at, "lon": 0, "lat": 0}]}).status_code == 409
    assert knock(lin, f"GET /duty/track?from={at.replace('+', '%2B')}").status_code == 200


@pytest.mark.parametrize("at", EDGES)
def test_moments_beyond_the_edges_are_refused_by_field(knock: Knock, lin: Person, at: str) -> None:
    for way, body in (
        ("POST /duty/start", {"at": at}),
        ("POST /duty/positions", {"positions": [{"at": at, "lon": 0, "lat": 0}]}),
        (f"GET /duty/track?from={at.replace('+', '%2B')}", None),
    ):
        answer = knock(lin, way, body)
        assert answer.status_code == 422
        assert len(answer.json["errors"]) == 1


def test_an_unheard_of_address_of_the_client_does_not_hinder_the_sign_in(client: FlaskClient, units: None) -> None:
    body = {"username": "x", "password": "x", "device_id": "d"}
    for address in ("unix:", "", "fe80::1%eth0", "2001:db8::1"):
        answer = client.post("/api/v1/tokens", json=body, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code in {401, 429}, address
