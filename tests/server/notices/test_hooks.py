"""A program outside hears of every line it asked for, in order, signed; what it refuses is tried again and logged."""

from __future__ import annotations

import hmac
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from server import policy
from server.db import db
from server.journal import Entry
from server.notices import hooks
from server.notices.hooks import NotDelivered, Stubborn
from server.notices.models import Delivery
from server.worker import exhaust
from tests.server.town import Town


@dataclass
class Receiver:
    """A program outside: what it got, and how it answers."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def bodies(self) -> list[Any]:
        return [orjson.loads(body) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((dict(self.headers), body))
            status = receiver.answers.pop(0) if receiver.answers else 200
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{receiver.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/in"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def office(real_town: Town) -> Town:
    """The town in an installation that may call its own machine."""
    config = real_town.app.config
    config["GRIDWHISTLE"] = replace(config["GRIDWHISTLE"], webhook_networks=(ip_network("127.0.0.0/8"),))
    return real_town


def add(town: Town, receiver: Receiver, *actions: str, **more: Any) -> dict[str, Any]:
    answer = town.call("admin", "POST", "/webhooks", {"url": receiver.url, "actions": list(actions)} | more)
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def log(town: Town, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    return list(town.get("admin", f"/webhooks/{webhook['id']}/deliveries").json["items"])


def test_every_wanted_line_arrives_once_in_order_and_says_no_content(office: Town, receiver: Receiver) -> None:
    exhaust()
    add(office, receiver, "event.*")
    card = office.report("mei", text="张三家门口路灯不亮")
    card = office.act("desk", card, "file")
    exhaust()
    exhaust()
    first, second = receiver.bodies()
    assert [first["event"], second["event"]] == ["event.report", "event.file"]
    assert second["n"] > first["n"]
    assert first["data"] == {
        "kind": "event", "id": card["id"], "no": card["no"], "act": "report", "state": "reported", "revision": 1,
        "at": first["data"]["at"],
    }  # fmt: skip
    assert b"\xe5\xbc\xa0\xe4\xb8\x89" not in receiver.got[0][1]


def test_a_webhook_hears_only_its_actions_and_its_tags(office: Town, receiver: Receiver) -> None:
    exhaust()
    add(office, receiver, "event.file", tags=["t:441602101"])
    office.act("desk", office.report("mei"), "file")
    exhaust()
    assert receiver.got == []
    far = office.report("stranger", lon=114.705, lat=23.605)
    office.act("far_desk", far, "file")
    exhaust()
    assert [body["data"]["id"] for body in receiver.bodies()] == [far["id"]]


def test_the_signature_covers_time_and_body_by_either_digest(office: Town, receiver: Receiver) -> None:
    exhaust()
    sha = add(office, receiver, "event.report")
    sm3 = add(office, receiver, "event.report", digest="sm3")
    office.report("mei")
    exhaust()
    assert len(receiver.got) == 2
    for headers, body in receiver.got:
        text = headers["X-Gridwhistle-Timestamp"].encode() + b"." + body
        code = HMAC(sm3["secret"].encode(), SM3())
        code.update(text)
        expected = {
            "sha256": hmac.new(sha["secret"].encode(), text, "sha256").hexdigest(),
            "sm3": code.finalize().hex(),
        }[headers["X-Gridwhistle-Digest"]]
        assert headers["X-Gridwhistle-Signature"] == expected


def test_the_secret_is_shown_once_and_kept_nowhere(office: Town, receiver: Receiver) -> None:
    added = add(office, receiver, "*")
    (listed,) = office.get("admin", "/webhooks").json["items"]
    assert "secret" not in listed
    for table in ("webhooks", "replies", "journal"):
        rows = db.session.execute(sa.text(f"select t::text from {table} t")).scalars()
        assert not any(added["secret"] in row for row in rows)


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_refused_delivery_is_logged_and_tried_again(office: Town, receiver: Receiver, status: int) -> None:
    exhaust()
    webhook = add(office, receiver, "event.report")
    receiver.answers = [status, 200]
    office.report("mei")
    with pytest.raises(NotDelivered):
        exhaust()
    (delivery,) = log(office, webhook)
    assert (delivery["tries"], delivery["last_answer"], delivery["delivered_at"]) == (1, str(status), None)
    hooks.push(delivery["id"])
    hooks.push(delivery["id"])
    (delivery,) = log(office, webhook)
    assert (delivery["tries"], delivery["last_answer"]) == (2, "200")
    assert delivery["delivered_at"]
    assert len(receiver.got) == 2, "what was delivered is not sent again"


def test_after_the_last_try_a_delivery_is_given_up_and_the_log_says_so(office: Town, receiver: Receiver) -> None:
    exhaust()
    webhook = add(office, receiver, "event.report")
    tries = policy.current().settings.notices.webhook_tries
    receiver.answers = [503] * tries
    office.report("mei")
    with pytest.raises(NotDelivered):
        exhaust()
    (delivery,) = log(office, webhook)
    for _ in range(tries - 1):
        with pytest.raises(NotDelivered):
            hooks.push(delivery["id"])
    (delivery,) = log(office, webhook)
    assert delivery["tries"] == tries
    assert delivery["given_up_at"]


def test_the_waits_grow_to_an_hour_and_end_where_the_district_decided() -> None:
    tries = policy.current().settings.notices.webhook_tries
    job: Any = type("Job", (), {"attempts": 0})()
    decided = []
    for job.attempts in range(tries):
        decided.append(Stubborn().get_retry_decision(exception=NotDelivered(), job=job) is not None)
    assert decided == [True] * (tries - 1) + [False]


def test_an_ended_webhook_hears_nothing_more(office: Town, receiver: Receiver) -> None:
    exhaust()
    webhook = add(office, receiver, "*")
    assert office.call("admin", "POST", f"/webhooks/{webhook['id']}/end").json["ended_at"]
    office.report("mei")
    exhaust()
    assert receiver.got == []
    actions = set(db.session.scalars(sa.select(Entry.action)))
    assert {"webhook.added", "webhook.ended"} <= actions


def test_only_who_operates_the_system_manages_webhooks(office: Town, receiver: Receiver) -> None:
    body = {"url": receiver.url, "actions": ["*"]}
    for who in ("desk", "centre", "security", "auditor", "mei"):
        assert office.call(who, "POST", "/webhooks", body).status_code == 403
        assert office.get(who, "/webhooks").status_code == 403
    unknown = uuid.uuid4()
    assert office.get("admin", f"/webhooks/{unknown}/deliveries").status_code == 404
    assert office.call("admin", "POST", f"/webhooks/{unknown}/end").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://192.168.7.7/in"},
        {"url": "file:///etc/passwd"},
        {"url": "https://nowhere.invalid/in"},
        {"actions": []},
        {"actions": ["event.report; drop table"]},
        {"digest": "md5"},
    ],
)
def test_a_webhook_that_cannot_be_is_refused(office: Town, receiver: Receiver, wrong: dict[str, Any]) -> None:
    body = {"url": receiver.url, "actions": ["*"]} | wrong
    assert office.call("admin", "POST", "/webhooks", body).status_code == 422


def test_a_webhook_that_was_away_goes_on_where_it_was(office: Town, receiver: Receiver) -> None:
    exhaust()
    add(office, receiver, "event.report")
    for _ in range(3):
        office.report("mei")
    exhaust()
    assert [body["n"] for body in receiver.bodies()] == sorted(db.session.scalars(sa.select(Delivery.n)))
    assert len(receiver.got) == 3
