"""Requests no honest client sends: each gets its refusal, and nothing of it stays (spec 13; RFC 9110, 9457)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.db import db, new_id
from server.events.models import Event
from server.people.models import Token
from tests.server.town import Town, report

JSON = "application/json"


def put(town: Town, body: bytes, kind: str | None = JSON, who: str = "mei", **headers: str) -> Any:
    """Send ``body`` as it is, as a report of ``who``."""
    sent = {"Authorization": f"Bearer {town.key(who)}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return town.app.test_client().put(f"/api/v1/events/{new_id()}", data=body, content_type=kind, headers=sent)


def text_of(**changes: Any) -> bytes:
    return orjson.dumps(report(**changes))


# --- bodies ---------------------------------------------------------------------------------------------------------


NO_REPORTS = [
    (b"", 422),
    (b"null", 422),
    (b"[]", 422),
    (b'"text"', 422),
    (b"{", 422),
    (b"\xff\xfe", 422),
    (b'{"text": "\xc3\x28"}', 422),
    (b'{"text": "\\ud800"}', 422),
    (b'{"lon": NaN}', 422),
    (b'{"lon": Infinity}', 422),
    (b'{"lon": 1e999}', 422),
    (b"[" * 100_000, 422),
    (b'{"a":' * 50_000, 422),
    (b'{"text": "' + b"a" * 300_000 + b'"}', 413),
]


def test_a_body_that_is_no_report_is_refused(town: Town) -> None:
    for body, status in NO_REPORTS:
        answer = put(town, body)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), body[:40]


NOT_KEPT: list[dict[str, Any]] = [
    {"text": "路灯\x00不亮"},
    {"unknown": "a\x00b"},
    {"unknown": {"a\x00b": 1}},
    {"unknown": 2**53 + 1},
    {"unknown": "x" * 5_000},
    {f"unknown_{n}": n for n in range(500)},
    {"captured_at": "0001-01-01T00:00:00+14:00"},
    {"captured_at": "9999-12-31T23:59:59-23:59"},
    {"captured_at": "2026-02-30T00:00:00+08:00"},
    {"captured_at": "2026-02-20T00:00:00"},
    {"lon": "NaN"},
    {"lon": 181},
    {"lat": True},
    {"accuracy_m": -1},
    {"photos": [{"sha256": "../../etc/passwd"}]},
    {"photos": [{"sha256": "a" * 66}]},
    {"photos": [{"sha256": "a" * 64 + "\n"}]},
    {"photos": "a" * 64},
    {"category": ["B03"]},
    {"crs": "wgs84\n"},
    {"recurrence_of": "not-a-uuid"},
]


def test_a_value_that_cannot_be_kept_is_refused_by_field(town: Town) -> None:
    """2026-11-23: a moment of the year 9999 was stored, and no list that held it could be read again."""
    for changes in NOT_KEPT:
        answer = put(town, text_of(**changes))
        assert answer.status_code == 422, (changes, answer.json)
        assert answer.json["errors"]


def test_nesting_without_end_is_refused(town: Town) -> None:
    """2026-11-23: 300 levels could be read but not written again (500)."""
    for depth, status in ((20, 201), (300, 422), (900, 422)):
        body = text_of(unknown="@").replace(b'"@"', b'{"a":' * depth + b"1" + b"}" * depth)
        assert put(town, body).status_code == status


def test_what_a_foreign_page_can_send_without_asking_is_no_json(town: Town) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "image/png"):
        answer = put(town, text_of(), kind)
        assert (answer.status_code, answer.json["code"]) == (415, "not_json")
    assert put(town, text_of(), "application/json; charset=utf-8").status_code == 201


def test_a_device_that_tells_no_time_loses_no_report(town: Town) -> None:
    """2026-11-23: a device time of the year 9999 broke the report (500)."""
    for told in ("9999-12-31T00:00:00+00:00", "0001-01-01T00:00:00+00:00", "2026-01-01T00:00:00", "é"):
        answer = put(town, text_of(), X_Device_Time=told)
        assert (answer.status_code, answer.json["clock_error_s"]) == (201, None)


# --- paths, queries, headers ----------------------------------------------------------------------------------------


ADDRESSES = [
        "/events?q=%00", "/events?q=" + "%E4%BD%A0" * 60, "/events?limit=0", "/events?limit=9999", "/events?cursor=@@",
        "/events?cursor=WzEsMl0", "/events?cursor=bnVsbA", "/events?since=0001-01-01T00:00:00Z", "/events?state=nothing",
        "/grids?township=%22", "/grids?township=a%0d%0aSet-Cookie:x=1", "/grids?township=%E4%B8%AD%E6%96%87",
        "/grids/%00", "/grids/%0a", "/figures/%00/records?from=2026-01-01&to=2026-01-02",
        "/figures?from=0001-01-01&to=9999-12-31", "/figures?from=2026-01-02&to=2026-01-01",
        "/maps/tiles/99999999999999999999/0/0.mvt", "/maps/tiles/20/-1/0.mvt", "/inbox?cursor=99999999999999999999999",
        "/trace/%2e%2e/00000000-0000-0000-0000-000000000000", "/events/not-a-uuid", "/events/%2e%2e%2fme",
]  # fmt: skip


def test_no_address_breaks_the_server_or_its_headers(town: Town) -> None:
    """2026-11-23: a quotation mark or a line feed in ``township`` came into the ETag (500)."""
    for path in ADDRESSES:
        answer = town.get("desk", path)
        assert answer.status_code in {200, 403, 404, 422}, (path, answer.json)
        assert "Set-Cookie" not in answer.headers
        assert all("\n" not in value for _, value in answer.headers)


def test_a_sign_in_from_another_site_is_refused(client: FlaskClient) -> None:
    """2026-11-23: an origin that is no address broke the sign-in (500)."""
    for origin in ("http://[", "null", "https://evil.example", "http://localhost.evil.example", "x"):
        answer = client.post("/api/v1/sessions", json={"username": "x", "password": "y"}, headers={"Origin": origin})
        assert (answer.status_code, answer.json["code"]) == (403, "foreign_origin"), origin


def test_a_revision_that_is_none_is_missing(town: Town) -> None:
    card = town.report()
    for header in ('"²"', "²", '"99999999999999999999"', "*", "-1", '""'):
        answer = town.call("desk", "POST", f"/events/{card['id']}/file", {}, If_Match=header)
        assert (answer.status_code, answer.json["code"]) == (422, "revision_missing"), header


def test_a_redirect_leads_nowhere_else(client: FlaskClient, town: Town) -> None:
    for path in ("/%2f%2fevil.example/", "/api//evil.example", "/api/docs//evil.example/%2e%2e", "/api/v1/events/"):
        answer = client.get(path, headers={"Host": "localhost"})
        assert answer.status_code in {301, 308, 401, 404}
        assert "evil.example" not in answer.headers.get("Location", "").split("localhost")[0]


# --- what every answer carries --------------------------------------------------------------------------------------


def test_every_answer_is_shielded(town: Town, client: FlaskClient) -> None:
    card = town.report()
    answers = [
        town.get("mei", f"/events/{card['id']}"),
        town.get("mei", "/events/unknown"),
        town.get(None, "/me"),
        town.call("mei", "PUT", f"/events/{new_id()}", {}),
        client.get("/nowhere"),
        client.get("/api/openapi.json"),
        client.get("/healthz"),
    ]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_of_another_site_is_not_let_in(town: Town) -> None:
    answer = town.call("mei", "GET", "/me", Origin="https://evil.example")
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
    preflight = town.app.test_client().options(
        "/api/v1/events", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
    )
    assert preflight.status_code == 401
    assert not [name for name, _ in preflight.headers if name.startswith("Access-Control")]


# --- batches --------------------------------------------------------------------------------------------------------


def batch(town: Town, who: str, *items: Any) -> list[tuple[int, Any]]:
    answer = town.call(who, "POST", "/sync", {"items": list(items)})
    assert answer.status_code == 200, answer.json
    return [(one["status"], one["body"]) for one in answer.json["results"]]


def saved(path: str, body: Any, method: str = "PUT", **more: Any) -> dict[str, Any]:
    return {"method": method, "path": path, "body": body} | more


def test_nothing_in_a_batch_blocks_the_others(town: Town) -> None:
    """2026-11-23: an item of another form refused all 500; a value the database cannot hold broke all of them."""
    bad = [
        saved(f"/events/{new_id()}", report(text="a\x00b")),
        saved(f"/events/{new_id()}", [1, 2]),
        saved(f"/events/{new_id()}", None),
        saved(f"/events/{new_id()}", report(), method="DELETE"),
        saved("/" + "x" * 300, {}),
        saved("/no-such-door", {}),
        saved("/events/%00", {}),
        saved(f"/events/{new_id()}", report(captured_at="9999-12-31T23:59:59-23:59")),
        saved(f"/events/{new_id()}", report(), key="no key"),
        {"path": "/me"},
        {},
        "text",
        None,
    ]
    good = [saved(f"/events/{new_id()}", report()) for _ in range(3)]
    results = batch(town, "mei", good[0], *bad, good[1], good[2])
    assert [status for status, _ in results] == [201, *([422] * 5), 404, 404, *([422] * 6), 201, 201]
    assert db.session.query(Event).count() == 3


def test_a_fault_of_ours_in_a_batch_is_the_answer_of_its_item_only(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.http import ROUTES

    def fails(*_: Any, **__: Any) -> None:
        raise KeyError("a mistake of ours")

    route = ROUTES["events.ask_void"]
    monkeypatch.setitem(ROUTES, "events.ask_void", type(route)(route.name, fails, route.may, route.takes, on_item=True))
    items = [saved(f"/events/{new_id()}", report()), saved(f"/events/{new_id()}/ask_void", {"reason": "x"}, "POST")]
    results = batch(town, "mei", items[0], items[1], saved(f"/events/{new_id()}", report()))
    assert [status for status, _ in results] == [201, 500, 201]
    assert results[1][1]["code"] == "broken"
    assert "mistake" not in str(results[1][1])


def test_no_sign_in_and_no_batch_within_a_batch(real_town: Town) -> None:
    """2026-11-23: a sign-in within a batch committed what came before it and broke the rest."""
    wrong = {"username": "desk", "password": "guess", "device_id": "d"}
    ways = ("/tokens", "/sessions", "/me/password", "/sync", "/photos/awaited")
    items = [saved(f"/events/{new_id()}", report()), *(saved(way, wrong, "POST") for way in ways)]
    assert [status for status, _ in batch(real_town, "mei", *items)] == [201, 404, 404, 404, 404, 404]
    assert db.session.query(Token).count() == 1


# --- behind a proxy -------------------------------------------------------------------------------------------------


def test_the_clients_address_is_believed_from_as_many_proxies_as_there_are(
    fresh_database: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2026-11-23: the setting was read by nobody, so one stranger's wrong codes locked everybody's enrolment."""
    from flask import request

    from server.app import create_app
    from server.config import Config

    for proxies, seen in (("0", "127.0.0.1"), ("1", "203.0.113.7"), ("2", "198.51.100.1")):
        settings = {
            "GRIDWHISTLE_VAR": str(tmp_path),
            "GRIDWHISTLE_DATABASE_URL": fresh_database,
            "GRIDWHISTLE_PROXIES": proxies,
        }
        app: Flask = create_app(Config.from_environment(settings))
        app.add_url_rule("/address", view_func=lambda: request.remote_addr or "")
        client = app.test_client()
        answer = client.get("/address", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
        assert answer.text == seen


def test_a_lost_phone_tells_the_thief_nothing_and_is_told_to_erase_itself(town: Town) -> None:
    card = town.report()
    answer = town.call("mei", "POST", "/devices/phone-of-mei/revoke")
    assert answer.status_code == 404, "a device that was never enrolled"
    key = town.key("mei")
    other = town.app.test_client().get(
        f"/api/v1/events/{card['id']}", headers={"Authorization": f"Bearer {key}", "X-Device-Id": "another-phone"}
    )
    assert (other.status_code, other.json["code"]) == (401, "not_signed_in")
