"""A report arrives once, is located, numbered, clocked, and shown again as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from server.db import db, new_id, now
from server.events.models import Event
from server.flow import Custody
from server.journal import Entry
from tests.server.town import FAR_INSIDE, HOME, OLD_TOWN, OUTSIDE, VILLAGE, Town, report


def test_a_report_lies_in_its_grid_and_starts_the_filing_clock(town: Town) -> None:
    card = town.report()
    assert (card["state"]["code"], card["grid_code"], card["village_code"]) == ("reported", HOME, VILLAGE)
    assert [clock["code"] for clock in card["clocks"]] == ["FILE"]
    assert card["no"].startswith("E")
    assert card["no"][7:10] == OLD_TOWN[-3:]


def test_the_same_bytes_again_get_the_stored_first_reply(town: Town) -> None:
    id, body = new_id(), report()
    first = town.call("mei", "PUT", f"/events/{id}", body)
    again = town.call("mei", "PUT", f"/events/{id}", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.data == again.data
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) == 1


def test_other_bytes_under_the_same_id_are_refused_and_the_stored_one_is_shown(town: Town) -> None:
    id = new_id()
    first = town.call("mei", "PUT", f"/events/{id}", report())
    other = town.call("mei", "PUT", f"/events/{id}", report(text="另一件事"))
    assert (other.status_code, other.json["code"]) == (409, "other_bytes")
    assert other.json["stored"] == first.json


def test_a_report_outside_every_grid_is_kept_and_queued_for_the_centre(town: Town) -> None:
    card = town.report(lon=OUTSIDE[0], lat=OUTSIDE[1])
    assert (card["place"]["quality"], card["grid_code"]) == ("outside", None)
    held = db.session.scalars(sa.select(Custody).where(Custody.until.is_(None))).one()
    assert held.unit_code == "DEP06"
    listed = town.get("centre", "/events?placement=outside").json["items"]
    assert [row["id"] for row in listed] == [card["id"]]
    assert town.get("desk", "/events?placement=outside").json["items"] == []


@pytest.mark.parametrize(
    ("crs", "lon", "lat"),
    [("wgs84", 114.605, 23.705), ("cgcs2000", 114.605, 23.705), ("gcj02", 114.609539, 23.702262)],
)
def test_every_declared_coordinate_system_finds_the_same_grid(town: Town, crs: str, lon: float, lat: float) -> None:
    card = town.report(crs=crs, lon=lon, lat=lat)
    assert card["grid_code"] == HOME
    assert card["place"]["crs"] == crs


def test_captured_received_and_clock_error_are_kept_apart(town: Town) -> None:
    wrong = now() + timedelta(days=3)
    body = report(captured_at=(wrong - timedelta(hours=6)).isoformat())
    answer = town.call("mei", "PUT", f"/events/{new_id()}", body, X_Device_Time=wrong.isoformat())
    card = answer.json
    assert abs(card["clock_error_s"] - 3 * 86400) < 5
    assert "clock_error" in card["flags"]
    happened = Event.happened_at.fget(db.session.scalars(sa.select(Event)).one())  # type: ignore[attr-defined]
    assert abs((now() - happened) - timedelta(hours=6)) < timedelta(seconds=10)


def test_what_this_server_does_not_know_yet_is_kept(town: Town) -> None:
    card = town.report(weather="雨")
    assert db.session.get_one(Event, card["id"]).extra == {"weather": "雨"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"category": "Z99"}, "category"),
        ({"crs": "mars"}, "crs"),
        ({"lon": 500}, "lon"),
        ({"text": "  "}, "text"),
        ({"captured_at": "yesterday"}, "captured_at"),
        ({"captured_at": "2026-01-01T00:00:00"}, "captured_at"),
        ({"photos": [{"sha256": "nothex"}]}, "photos"),
    ],
)
def test_bad_input_is_named_field_by_field_and_stores_nothing(town: Town, change: dict, field: str) -> None:
    answer = town.call("mei", "PUT", f"/events/{new_id()}", report(**change))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert field in answer.json["errors"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Event)) == 0


def test_one_line_in_the_journal_and_one_custodian(town: Town) -> None:
    card = town.report()
    lines = list(db.session.scalars(sa.select(Entry).where(Entry.item_id == card["id"])))
    assert [(line.action, line.move, line.state_from, line.state_to) for line in lines] == [
        ("event.report", "EV-01", "draft", "reported")
    ]
    held = db.session.scalars(sa.select(Custody).where(Custody.item_id == card["id"])).one()
    assert (held.unit_code, held.person_id) == (OLD_TOWN, town.persons["desk"])


def test_the_stranger_sees_nothing_and_absent_looks_the_same(town: Town) -> None:
    card = town.report()
    foreign = town.get("stranger", f"/events/{card['id']}")
    absent = town.get("stranger", f"/events/{new_id()}")
    assert (foreign.status_code, foreign.data) == (absent.status_code, absent.data) == (404, absent.data)
    assert town.get("stranger", "/events").json["items"] == []
    assert town.get(None, f"/events/{card['id']}").status_code == 401


def test_a_reporter_follows_own_reports_wherever_they_lie(town: Town) -> None:
    card = town.report(lon=FAR_INSIDE[0], lat=FAR_INSIDE[1])
    assert card["township_code"] == "441602101"
    assert town.get("mei", f"/events/{card['id']}").status_code == 200


def test_a_report_takes_few_statements(town: Town, statements: list[str]) -> None:
    town.report()
    statements.clear()
    town.report()
    sent = [text for text in statements if not text.startswith(("SAVEPOINT", "RELEASE"))]
    assert len(sent) <= 15, sent


def test_two_character_words_are_found(town: Town) -> None:
    card = town.report(text="东门井盖缺失，有人跌倒")
    town.report(text="路灯不亮")
    assert [row["id"] for row in town.get("desk", "/events?q=井盖").json["items"]] == [card["id"]]
    assert town.get("desk", "/events?q=盖井").json["items"] == []


def test_reports_of_several_phones_at_once_are_answered_each_as_if_it_came_alone(real_town: Town) -> None:
    known, twice, body = new_id(), new_id(), report()
    first = real_town.call("mei", "PUT", f"/events/{known}", body)
    asked = [(who, new_id(), report(), 201) for who in ("mei", "desk") for _ in range(4)]
    asked += [
        ("mei", known, body, 200),
        ("mei", known, report(text="另一件事"), 409),
        ("auditor", new_id(), report(), 403),
    ]
    asked += [("mei", twice, body, 201), ("mei", twice, body, 201)]
    for who in ("desk", "auditor"):
        real_town.key(who)

    def send(one: Any) -> Any:
        with real_town.app.app_context():
            return real_town.call(one[0], "PUT", f"/events/{one[1]}", one[2])

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(send, asked))
    told = [answer.status_code for answer in answers]
    assert told[:-2] == [one[3] for one in asked[:-2]]
    assert sorted(told[-2:]) == [200, 201]
    assert answers[8].data == first.data
    reporters = {row.id: row.created_by for row in db.session.execute(sa.select(Event.id, Event.created_by))}
    assert len(reporters) == 10
    for (who, id, _, _), answer in zip(asked[:8], answers[:8], strict=True):
        assert answer.json["id"] == str(id)
        assert reporters[id] == real_town.persons[who]
    lines = db.session.execute(sa.select(Entry.item_id, Entry.person_id).where(Entry.action == "event.report"))
    assert {line.item_id: line.person_id for line in lines} == reporters
