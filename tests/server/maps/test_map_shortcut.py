"""A kept answer is given again in one statement, to nobody but whom the application would let in, and never out of date.

One look serves what a reader asks for within a moment; most sentences here are told of readers who look anew each time.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import mapbox_vector_tile
import psycopg
import pytest
import sqlalchemy as sa

from server import http
from server.config import ROOT
from server.db import CN, db, now
from server.maps import shortcut
from server.people import tokens
from server.people.models import Appointment, Person, Token
from tests.server.flow.test_handover import joins_the_lamps, to
from tests.server.flow.test_subtask_list import asked, named, shared
from tests.server.maps.test_map_tiles import NEAR, path
from tests.server.town import HOME, NEXT, Town, device

SEEN_S = shortcut.SEEN_S
TILE = path() + "?layers=grids&layers=events"


@pytest.fixture(autouse=True)
def at_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcut, "SEEN_S", 0.0)


class Moments:
    """The seconds that looks are counted by, standing still."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Moments:
    """Looks last for a moment again, and moments pass only when told to."""
    found = Moments()
    monkeypatch.setattr(shortcut, "SEEN_S", SEEN_S)
    monkeypatch.setattr(shortcut, "monotonic", found)
    return found


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The statements that psycopg was given."""
    seen: list[Any] = []
    inner = psycopg.Cursor.execute
    monkeypatch.setattr(
        psycopg.Cursor,
        "execute",
        lambda self, query, *more, **how: seen.append(query) or inner(self, query, *more, **how),
    )
    return seen


@pytest.fixture
def busy(real_town: Town) -> Town:
    """Two reports in the home grid, and a tile that the centre has seen already."""
    real_town.report()
    real_town.report(lon=114.607, lat=23.706)
    real_town.get("centre", TILE)
    return real_town


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that went on to the application."""
    seen: list[str] = []
    inner = http.run
    monkeypatch.setattr(http, "run", lambda route, path: seen.append(route.name) or inner(route, path))
    return seen


def counted(answer: Any) -> dict[str, Any]:
    features = mapbox_vector_tile.decode(answer.data)["grids"]["features"]
    return {one["properties"]["code"]: one["properties"].get("n") for one in features}


def test_what_was_seen_before_is_given_again_as_it_was(busy: Town, passed: list[str]) -> None:
    first = busy.get("centre_two", path() + "?layers=events&layers=grids")
    again = busy.get("centre", path() + "?layers=events&layers=grids")
    assert passed == ["maps.tile"]
    assert (again.status_code, again.data) == (200, first.data)
    told, before = (
        {name: value for name, value in one.headers if name not in shortcut.FRESH} for one in (again, first)
    )
    assert told == before
    assert {"Content-Security-Policy", "X-Content-Type-Options", "ETag", "Vary"} <= told.keys()
    assert again.headers["X-Server-Time"] > first.headers["X-Server-Time"]


def test_a_kept_answer_takes_one_statement(busy: Town, sent: list[Any]) -> None:
    assert busy.get("centre", TILE).status_code == 200
    assert len(sent) == 1


def test_one_look_serves_all_tiles_that_a_reader_asks_for_within_a_moment(
    busy: Town, moments: Moments, sent: list[Any]
) -> None:
    others = [TILE, path(z=NEAR) + "?layers=grids&layers=events"]
    first = [busy.get(who, where).data for where in others for who in ("centre_two", "centre")][::2]
    moments.at += 1
    sent.clear()
    assert [busy.get("centre", where).data for where in others * 3] == first * 3
    assert len(sent) == 1
    busy.get("centre_two", TILE)
    assert len(sent) == 2, "whoever else asks is looked at"
    moments.at += shortcut.SEEN_S
    busy.get("centre", TILE)
    assert len(sent) == 3


def test_after_the_moment_a_look_counts_for_nothing(busy: Town, moments: Moments) -> None:
    seen = busy.get("centre", TILE)
    busy.report()
    moments.at += shortcut.SEEN_S
    assert counted(busy.get("centre", TILE))[HOME] == 1 + counted(seen)[HOME]
    ENDS["revoked"](busy)
    moments.at += shortcut.SEEN_S
    assert busy.get("centre", TILE).status_code == 401


def test_the_moment_of_a_look_is_over_before_the_map_hears_of_the_next_change(busy: Town) -> None:
    script = (ROOT / "server" / "console" / "static" / "live.js").read_text(encoding="utf-8")
    gathers = re.search(r"const GATHER_MS = (\d+);", script)
    assert gathers
    assert int(gathers[1]) > 1000 * SEEN_S


def test_no_more_looks_are_remembered_than_there_is_room_for(
    busy: Town, moments: Moments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortcut, "SEEN_MAX", 2)
    for who in ("centre", "desk", "mei", "stranger", "centre"):
        busy.get(who, TILE)
        assert busy.get(who, TILE).status_code == 200
    assert len(busy.app.wsgi_app.seen) <= 2
    assert not any(busy.key(who) in map(str, proof) for proof in busy.app.wsgi_app.seen for who in ("mei", "centre"))


@pytest.mark.parametrize("where", ["/maps/density", "/maps/series?span=month", TILE])
def test_numbers_and_tiles_are_kept_alike(busy: Town, passed: list[str], where: str) -> None:
    passed.clear()
    answers = [busy.get(who, where) for who in ("centre", "centre_two", "centre")]
    assert len(passed) <= 1
    assert answers[0].data == answers[1].data == answers[2].data
    known = busy.get("centre", where, If_None_Match=answers[0].headers["ETag"])
    assert (known.status_code, known.data) == (304, b"")
    assert "Content-Type" not in known.headers
    assert known.headers["ETag"] == answers[0].headers["ETag"]
    assert len(passed) <= 1


def test_the_next_act_makes_the_next_answer_new(busy: Town) -> None:
    card, where = busy.report(), path(z=NEAR) + "?layers=events"
    tag = busy.get("centre", where).headers["ETag"]
    assert busy.get("centre", where, If_None_Match=tag).status_code == 304
    busy.act("desk", card, "file")
    fresh = busy.get("centre", where, If_None_Match=tag)
    assert fresh.status_code == 200
    states = [one["properties"]["state"] for one in mapbox_vector_tile.decode(fresh.data)["events"]["features"]]
    assert sorted(states) == ["filed", "reported", "reported"]
    assert counted(busy.get("centre", TILE)) == {HOME: 3, NEXT: 0}


def test_who_is_named_for_a_sub_task_sees_it_on_the_map_at_once(real_town: Town) -> None:
    id = asked(real_town, shared(real_town))
    assert [seen_by(real_town, "water_hand") for _ in range(3)] == [(0, 0)] * 3
    assert named(real_town, "water_desk", id, "water_hand").status_code == 200
    assert seen_by(real_town, "water_hand") == (1, 1)


def test_what_was_handed_over_leaves_the_map_of_the_one_and_comes_to_the_others_at_once(real_town: Town) -> None:
    joins_the_lamps(real_town, "water_hand", deputy=False)
    card = real_town.handling()
    both = "lamp_hand", "water_hand"
    assert [seen_by(real_town, who) for who in both for _ in range(3)] == [(1, 1)] * 3 + [(0, 0)] * 3
    real_town.act("lamp_desk", card, "hand_over", **to(real_town, "water_hand"))
    assert [seen_by(real_town, who) for who in both] == [(0, 0), (1, 1)]


def seen_by(town: Town, who: str) -> tuple[int, int]:
    """How many events the map counts, and how many the list shows."""
    return town.get(who, "/maps/density").json["total"], len(town.get(who, "/events").json["items"])


def test_another_scope_gets_other_bytes_of_the_same_address(busy: Town) -> None:
    readers = ("centre", "desk", "mei", "stranger", "far_desk")
    first = {who: busy.get(who, TILE).data for who in readers}
    again = {who: busy.get(who, TILE).data for who in reversed(readers)}
    assert again == first
    assert counted(busy.get("centre", TILE)) == {HOME: 2, NEXT: 0}
    assert counted(busy.get("mei", TILE)) == {HOME: 2, NEXT: None}
    assert counted(busy.get("stranger", TILE)) == {HOME: None, NEXT: None}
    tag = busy.get("centre", TILE).headers["ETag"]
    assert busy.get("stranger", TILE, If_None_Match=tag).status_code == 200


def change(model: Any, *which: Any, **values: Any) -> None:
    db.session.execute(sa.update(model).where(*which).values(values).execution_options(synchronize_session=False))
    db.session.commit()


def of(town: Town, who: str) -> Any:
    return Token.person_id == town.persons[who]


ENDS = {
    "revoked": lambda town: change(Token, of(town, "centre"), revoked_at=now()),
    "run out": lambda town: change(Token, of(town, "centre"), expires_at=now() - timedelta(seconds=1)),
    "wiped": lambda town: change(Token, of(town, "centre"), wipe=True, revoked_at=now()),
    "account closed": lambda town: change(Person, Person.id == town.persons["centre"], disabled_at=now()),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_token_that_ended_opens_no_kept_answer(busy: Town, end: str) -> None:
    tag = busy.get("centre", TILE).headers["ETag"]
    ENDS[end](busy)
    for more in ({}, {"If_None_Match": tag}):
        refused = busy.get("centre", TILE, **more)
        assert refused.status_code == 401
        assert refused.mimetype == "application/problem+json"
    assert busy.get("centre_two", TILE).status_code == 200


@pytest.mark.parametrize(
    "key",
    ["", "Bearer", "Bearer ", "Bearer x", "Basic {key}", "{key}"],
    ids=["none", "empty", "blank", "wrong", "basic", "bare"],
)
def test_nobody_without_a_token_sees_a_kept_answer(busy: Town, key: str) -> None:
    headers = {"Authorization": key.format(key=busy.key("centre"))} if key else {}
    assert busy.app.test_client().get(f"{http.API}{TILE}", headers=headers).status_code == 401


def test_a_token_in_another_device_sees_no_kept_answer(busy: Town) -> None:
    headers = {"Authorization": f"Bearer {busy.key('centre')}", "X-Device-Id": device("mei")}
    assert busy.app.test_client().get(f"{http.API}{TILE}", headers=headers).status_code == 401


def test_who_lost_the_post_sees_nothing_kept_for_it(busy: Town) -> None:
    assert counted(busy.get("desk", TILE))[HOME] == 2
    assert counted(busy.get("desk", TILE))[HOME] == 2
    change(Appointment, Appointment.person_id == busy.persons["desk"], valid_to=date(2020, 1, 2))
    assert busy.get("desk", TILE).status_code == 403


def test_who_must_change_the_password_first_sees_no_kept_answer(busy: Town) -> None:
    change(Person, Person.id == busy.persons["centre"], must_change_password=True)
    assert busy.get("centre", TILE).status_code == 403


def page(town: Town, raw: str, **headers: str) -> Any:
    client = town.app.test_client()
    client.set_cookie("gridwhistle_session", raw)
    return client.get(f"{http.API}{TILE}", headers={name.replace("_", "-"): one for name, one in headers.items()})


def test_a_session_of_the_pages_takes_the_short_way_and_its_end_closes_it(busy: Town, passed: list[str]) -> None:
    raw, _ = tokens.issue(busy.persons["centre_two"], tokens.BROWSER, tokens.SESSION)
    db.session.commit()
    answer = page(busy, raw)
    assert (answer.status_code, passed) == (200, [])
    assert page(busy, raw, If_None_Match=answer.headers["ETag"]).status_code == 304
    assert page(busy, raw, Authorization="Bearer x").status_code == 401, "a proof that was sent counts alone"
    assert page(busy, busy.key("centre")).status_code == 401, "a phone's token is no session"
    change(Token, Token.hash == tokens.digest(raw), revoked_at=now())
    assert page(busy, raw).status_code == 401


def test_an_idle_session_is_seen_again_by_the_application(busy: Town, passed: list[str]) -> None:
    raw, _ = tokens.issue(busy.persons["centre_two"], tokens.BROWSER, tokens.SESSION)
    change(Token, Token.hash == tokens.digest(raw), last_seen_at=now() - tokens.SEEN_EVERY)
    assert (page(busy, raw).status_code, passed) == (200, ["maps.tile"])
    seen = db.session.scalar(sa.select(Token.last_seen_at).where(Token.hash == tokens.digest(raw)))
    assert now() - seen < tokens.SEEN_EVERY


@pytest.mark.parametrize("where", [path(), path() + "?layers=whistles", TILE + "&overdue=true"])
def test_what_depends_on_the_hour_is_never_kept(busy: Town, passed: list[str], where: str) -> None:
    for _ in range(2):
        assert busy.get("centre", where).status_code == 200
    assert passed == ["maps.tile"] * 2


def test_a_refusal_is_not_kept(busy: Town, passed: list[str]) -> None:
    for _ in range(2):
        assert busy.get("centre", path() + "?layers=nothing").status_code == 422
    assert len(passed) == 2


def test_a_period_that_ends_today_is_asked_anew_tomorrow(busy: Town, passed: list[str], clock) -> None:
    busy.get("centre", "/maps/density")
    assert passed == ["maps.density_of_events"]
    clock.set(now() + timedelta(days=1))
    tomorrow = busy.get("centre", "/maps/density").json
    assert passed == ["maps.density_of_events"] * 2
    assert tomorrow["to"][:10] == now().astimezone(CN).date().isoformat()


def test_the_monitoring_counts_kept_answers_too(busy: Town) -> None:
    def told() -> float:
        lines = busy.app.test_client().get("/metrics").text.splitlines()
        wanted = 'gridwhistle_requests_total{method="GET",route="maps.tile",status="200"}'
        return float(next((line.split()[-1] for line in lines if line.startswith(wanted)), 0))

    before = told()
    busy.get("centre", TILE)
    assert told() == before + 1
