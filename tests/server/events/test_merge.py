"""EV-06: a report joins an open main event of its group, near it, for good; both reporters keep their own."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Response
from flask.testing import FlaskClient

from gis.plain import metres_per_degree
from server import policy
from server.db import db, new_id
from server.events import lookups
from server.events.machine import EVENT
from server.events.models import Event
from server.flow import Case
from server.journal import Entry
from tests.server.town import FAR_INSIDE, INSIDE, Town, device

EAST, _ = metres_per_degree(INSIDE[1])


def beside(metres: float) -> dict[str, float]:
    return {"lon": INSIDE[0] + metres / EAST, "lat": INSIDE[1]}


def groups() -> tuple[str, str, str]:
    """Two leaves of one group and one of another, none of them sensitive."""
    found = [leaf for leaf in policy.current().categories.values() if not leaf.sensitive]
    one = next(leaf for leaf in found if sum(other.group == leaf.group for other in found) > 1)
    same = next(leaf for leaf in found if leaf.group == one.group and leaf is not one)
    return one.code, same.code, next(leaf.code for leaf in found if leaf.group != one.group)


LEAF, SAME_GROUP, OTHER_GROUP = groups()


def pair(town: Town, metres: float = 20, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A main event and a report beside it, by two workers."""
    parent = town.report("mei", category=LEAF, **beside(0))
    return parent, town.report("leader", **{"category": LEAF, **beside(metres)} | changes)


def clocks_running(card: dict[str, Any]) -> list[str]:
    return [clock["code"] for clock in card["clocks"] if clock["stopped_at"] is None]


def look(town: Town, card: dict[str, Any], who: str = "desk") -> dict[str, Any]:
    return dict(town.get(who, f"/events/{card['id']}").json)


def guard(town: Town, who: str, child: dict[str, Any], parent_id: Any) -> tuple[int, str]:
    """The status and the guard that refused a merge."""
    answer = town.attempt(who, child, "merge", parent_id=str(parent_id))
    assert look(town, child)["state"]["code"] == child["state"]["code"], "a refused merge changes nothing"
    return answer.status_code, answer.json.get("guard", answer.json["code"])


def test_a_merged_report_ends_and_counts_at_its_main_event(town: Town) -> None:
    parent, child = pair(town)
    merged = town.act("desk", child, "merge", parent_id=parent["id"])
    assert (merged["state"]["code"], merged["state"]["type"], clocks_running(merged)) == ("merged", "final", [])
    assert merged["parent"]["no"] == parent["no"]
    main = look(town, parent)
    assert (main["merged_count"], main["state"]["code"], clocks_running(main)) == (1, "reported", ["FILE"])
    (line,) = db.session.scalars(sa.select(Entry).where(Entry.item_id == child["id"], Entry.move == "EV-06"))
    assert (line.facts["parent_no"], line.person_id) == (parent["no"], town.persons["desk"])


def test_both_reporters_keep_their_report_their_time_and_their_clock(town: Town) -> None:
    parent, child = pair(town)
    town.act("desk", child, "merge", parent_id=parent["id"])
    events = {event.id: event for event in db.session.scalars(sa.select(Event))}
    kept = {str(id): (event.created_by, event.captured_at.isoformat()) for id, event in events.items()}
    for card, who in ((parent, "mei"), (child, "leader")):
        assert kept[card["id"]] == (town.persons[who], card["captured_at"])
        started = [clock["started_at"] for clock in look(town, card)["clocks"]]
        assert started == [clock["started_at"] for clock in card["clocks"]]


def test_the_main_event_takes_the_higher_urgency(town: Town) -> None:
    order = sorted(policy.current().categories.values(), key=lambda leaf: leaf.urgency)
    urgent = next(leaf for leaf in order if any(o.group == leaf.group and o.urgency > leaf.urgency for o in order))
    calm = next(leaf for leaf in order if leaf.group == urgent.group and leaf.urgency > urgent.urgency)
    parent = town.report(category=calm.code, **beside(0))
    child = town.report(category=urgent.code, **beside(10))
    town.act("desk", child, "merge", parent_id=parent["id"])
    assert look(town, parent)["urgency"] == urgent.urgency
    third = town.report(category=calm.code, **beside(10))
    town.act("desk", third, "merge", parent_id=parent["id"])
    assert look(town, parent)["urgency"] == urgent.urgency


def test_every_reporter_reads_the_result_of_the_main_event(town: Town) -> None:
    parent = town.handled()
    child = town.report("part")
    town.act("desk", child, "merge", parent_id=parent["id"])
    assert look(town, child, "part")["parent"]["state"]["code"] == "handled"
    main = look(town, parent, "mei")
    town.act("mei", main, "verify", note="已核查")
    told = look(town, child, "part")["parent"]
    assert (told["state"]["type"], told["result"]) == ("final", {"code": "repaired", "text": "已更换灯泡"})
    assert told["closed_at"] is not None
    assert town.get("part", f"/events/{parent['id']}").status_code == 404


@pytest.mark.parametrize("end", ["rejected", "merged", "absent"])
def test_the_main_event_must_be_open(town: Town, end: str) -> None:
    parent, child = pair(town)
    if end == "rejected":
        town.act("desk", parent, "reject", reason_code="not_found", reason="现场无此情况")
    if end == "merged":
        grand = town.report(category=LEAF, **beside(5))
        town.act("desk", parent, "merge", parent_id=grand["id"])
    parent_id = new_id() if end == "absent" else parent["id"]
    assert guard(town, "desk", child, parent_id) == (409, "parent_is_open")


def test_a_report_is_not_merged_into_itself(town: Town) -> None:
    _, child = pair(town)
    assert guard(town, "desk", child, child["id"]) == (409, "parent_is_another")


def test_a_main_event_is_not_merged_away_from_its_reports(town: Town) -> None:
    parent, child = pair(town)
    third = town.report(category=LEAF, **beside(10))
    town.act("desk", child, "merge", parent_id=parent["id"])
    assert guard(town, "desk", look(town, parent), third["id"]) == (409, "parent_is_another")
    assert guard(town, "desk", look(town, parent), child["id"])[0] == 409


def test_only_events_of_one_group_are_one(town: Town) -> None:
    parent, child = pair(town, category=OTHER_GROUP)
    assert guard(town, "desk", child, parent["id"]) == (409, "parent_is_of_the_same_group")
    _, fits = pair(town, category=SAME_GROUP)
    town.act("desk", fits, "merge", parent_id=parent["id"])


@pytest.mark.parametrize(("metres", "fits"), [(199, True), (201, False)])
def test_two_hundred_metres_apart_is_the_farthest(town: Town, metres: float, fits: bool) -> None:
    parent, child = pair(town, metres)
    if fits:
        town.act("desk", child, "merge", parent_id=parent["id"])
    else:
        assert guard(town, "desk", child, parent["id"]) == (409, "parent_is_near")


def test_only_a_fresh_report_is_merged(town: Town) -> None:
    parent, child = pair(town)
    filed = town.act("desk", child, "file")
    answer = town.attempt("desk", filed, "merge", parent_id=parent["id"])
    assert (answer.status_code, answer.json["code"]) == (409, "illegal_move")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("mei", 403),
        ("leader", 403),
        ("village", 403),
        ("chief", 403),
        ("inspector", 403),
        ("far_desk", 404),
        ("stranger", 404),
        ("admin", 404),
        ("desk", 200),
        ("centre", 200),
    ],
)
def test_the_township_and_the_centre_merge_nobody_else(town: Town, who: str, status: int) -> None:
    parent, child = pair(town)
    assert town.attempt(who, child, "merge", parent_id=parent["id"]).status_code == status


def test_a_merge_on_an_old_revision_is_refused(town: Town) -> None:
    parent, child = pair(town)
    stale = town.attempt("desk", child | {"revision": child["revision"] + 1}, "merge", parent_id=parent["id"])
    assert (stale.status_code, stale.json["code"]) == (409, "revision_moved")


def test_the_merge_sent_twice_is_done_once(town: Town) -> None:
    parent, child = pair(town)
    key = str(new_id())
    body = {"revision": child["revision"], "parent_id": parent["id"]}
    answers = [town.call("desk", "POST", f"/events/{child['id']}/merge", body, Idempotency_Key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert look(town, parent)["merged_count"] == 1


def test_merging_moves_the_revision_of_the_main_event(town: Town) -> None:
    parent, child = pair(town)
    town.act("desk", child, "merge", parent_id=parent["id"])
    stale = town.attempt("desk", parent, "file")
    assert stale.status_code == 409
    town.act("desk", look(town, parent), "file")


def test_an_event_in_another_township_is_merged_by_the_centre(town: Town, clock: Any) -> None:
    far = town.report("stranger", category=LEAF, lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    clock.advance(timedelta(minutes=1))
    near_it = town.report("mei", category=LEAF, lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    assert town.attempt("desk", near_it, "merge", parent_id=far["id"]).status_code == 404
    assert town.act("centre", near_it, "merge", parent_id=far["id"])["state"]["code"] == "merged"


def test_two_reports_merged_into_each_other_at_once_leave_one_main_event(
    real_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair(real_town)
    real_town.key("desk")
    real_town.key("centre")
    db.session.remove()
    gate, answers = threading.Barrier(2), []
    both_hold_theirs = threading.Barrier(2)
    look_up = lookups.parent

    def meet(case: Case) -> None:
        with suppress(threading.BrokenBarrierError):
            both_hold_theirs.wait(timeout=2)
        look_up(case)

    (arrow,) = (move for move in EVENT.moves if move.id == "EV-06")
    monkeypatch.setitem(EVENT._by_act, ("merge", "reported"), replace(arrow, first=(meet,)))

    def merge(who: str, child: dict[str, Any], parent: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {real_town.key(who)}", "X-Device-Id": device(who)}
        body = {"revision": child["revision"], "parent_id": parent["id"]}
        client = FlaskClient(real_town.app, Response)
        gate.wait()
        answers.append(client.post(f"/api/v1/events/{child['id']}/merge", json=body, headers=headers))

    threads = [threading.Thread(target=merge, args=args) for args in (("desk", one, other), ("centre", other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    states = sorted(db.session.scalars(sa.select(Event.state)))
    assert states == ["merged", "reported"]
