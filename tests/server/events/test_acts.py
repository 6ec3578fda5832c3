"""An act of whatever kind: once, on the item as it is, in its state; what comes too late is kept as a task."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from server.db import db, new_id, now
from server.journal import Entry
from tests.server.town import AFTER, Town, report


def test_a_moved_revision_is_refused_and_shown(town: Town) -> None:
    card = town.report()
    town.act("desk", card, "file")
    answer = town.attempt("desk", card, "reject", reason_code="not_found", reason="晚了一步")
    assert (answer.status_code, answer.json["code"], answer.json["revision"]) == (409, "revision_moved", 2)


def test_an_act_without_revision_is_told_to_send_one(town: Town) -> None:
    card = town.report()
    answer = town.call("desk", "POST", f"/events/{card['id']}/file", {})
    assert (answer.status_code, answer.json["code"]) == (422, "revision_missing")


def test_the_same_act_twice_is_done_once(town: Town) -> None:
    card = town.report()
    first = town.call("desk", "POST", f"/events/{card['id']}/file", {"revision": 1})
    again = town.call("desk", "POST", f"/events/{card['id']}/file", {"revision": 1})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json == again.json
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Entry).where(Entry.move == "EV-04")) == 1


def test_acts_that_do_not_exist_in_this_state_say_which_do(town: Town) -> None:
    card = town.report()
    answer = town.attempt("lamp_hand", card, "start")
    assert answer.status_code == 404
    answer = town.attempt("desk", card, "dispatch")
    assert (answer.status_code, answer.json["code"]) == (409, "illegal_move")
    assert "file" in answer.json["acts"]


def test_an_offline_act_that_came_too_late_becomes_a_conflict_task(town: Town, clock: Any) -> None:
    card = town.handled()
    captured = now().isoformat()
    clock.advance(timedelta(hours=1))
    town.act("village", card, "verify", note="村里先核查了")
    clock.advance(timedelta(hours=1))
    answer = town.attempt("mei", card, "verify", note="离线核查", captured_at=captured)
    assert answer.status_code == 202
    assert answer.json["card"]["state"]["code"] == "closed"
    (task,) = town.get("desk", "/conflicts").json["items"]
    assert (task["act"], task["state_then"], task["state_now"]) == ("verify", "handled", "closed")
    assert task["facts"]["note"] == "离线核查"
    assert town.get("far_desk", "/conflicts").json["items"] == []
    settled = town.call("desk", "POST", f"/conflicts/{task['id']}/settle", {"settlement": "以村核查为准"})
    assert settled.status_code == 200
    assert town.get("desk", "/conflicts").json["items"] == []


def test_the_batch_door_answers_item_by_item(town: Town) -> None:
    good, bad, same = new_id(), new_id(), new_id()
    items = [
        {"method": "PUT", "path": f"/events/{good}", "body": report()},
        {"method": "PUT", "path": f"/events/{bad}", "body": report(category="Z99")},
        {"method": "PUT", "path": f"/events/{same}", "body": report(text="第三件")},
        {"method": "PUT", "path": f"/events/{good}", "body": report(text="改了")},
        {"method": "POST", "path": f"/events/{new_id()}/file", "body": {"revision": 1}},
        {"method": "PUT", "path": "/nowhere", "body": {}},
    ]
    results = town.call("mei", "POST", "/sync", {"items": items}).json["results"]
    assert [one["status"] for one in results] == [201, 422, 201, 409, 404, 404]
    alone = town.call("mei", "PUT", f"/events/{same}", items[2]["body"])
    assert (alone.status_code, alone.json) == (200, results[2]["body"])


def test_hot_pages_take_few_statements(town: Town, statements: list[str]) -> None:
    card = town.handled()
    town.report()
    counts = {}
    for name, path in {"list": "/events?limit=50", "card": f"/events/{card['id']}"}.items():
        town.get("desk", path)
        statements.clear()
        assert town.get("desk", path).status_code == 200
        counts[name] = len([text for text in statements if not text.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))])
    assert counts == {"list": 2, "card": 8}, statements


def test_old_answers_to_acts_are_forgotten_and_those_to_reports_are_not(town: Town, clock: Any) -> None:
    from server import replies

    clock.set(now())
    id, body = new_id(), report()
    first = town.call("mei", "PUT", f"/events/{id}", body)
    town.act("desk", first.json, "file")
    clock.advance(timedelta(days=91))
    assert replies.tidy() == 1
    db.session.commit()
    town.keys.clear()
    again = town.call("mei", "PUT", f"/events/{id}", body)
    assert (again.status_code, again.json) == (200, first.json)


def test_an_act_captured_before_its_report_arrived_is_a_conflict_task_not_lost(town: Town, clock: Any) -> None:
    """2026-11-23: report and self-handling wait on one phone; the township files between their arrivals."""
    clock.set(now())
    there = now()
    clock.advance(timedelta(hours=5))
    card = town.report(category="A01", captured_at=there.isoformat())
    filed = town.act("desk", card, "file")
    facts = {"result_text": "已清运", "photos": [{"sha256": AFTER, "kind": "after"}]}
    done = (there + timedelta(minutes=10)).isoformat()
    answer = town.attempt("mei", card, "self_handle", captured_at=done, **facts)
    assert (answer.status_code, answer.json["state_then"]) == (202, "reported")
    assert town.get("desk", f"/events/{filed['id']}").json["state"]["code"] == "filed"
