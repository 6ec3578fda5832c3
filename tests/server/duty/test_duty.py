"""Duty: positions are kept on duty and at no other time, seen by the worker and by nobody else, and forgotten."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from server import policy
from server.db import CN, db
from server.duty import acts
from server.duty.models import Coverage, Fix, Shift
from server.grids.models import Edition, Grid
from server.journal import Entry
from server.people import tokens
from server.people.models import Appointment, Person, Post, Unit
from server.people.units import sync_units

TOWN, NEXT_TOWN, VILLAGE = "441602001", "441602002", "441602001003"
GRID = "441602001003001"
MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=CN)
Knock = Callable[..., Any]


@pytest.fixture(autouse=True)
def town(rolled_back: sa.Connection, clock: Any) -> None:
    """The units, one village, a morning, and one grid east of 114.7."""
    clock.set(MORNING)
    sync_units(policy.current())
    db.session.add(Unit(code=VILLAGE, zh="中山社区", en="", kind="village", parent_code=TOWN, township_code=TOWN))
    db.session.flush()

    edition = Edition(name="2026", layer="base", source_crs="EPSG:4490", file_name="", report={})
    edition.file_sha256, edition.imported_at, edition.imported_by = "", MORNING, uuid.uuid4()
    db.session.add(edition)
    db.session.flush()
    grid = Grid(edition_id=edition.id, code=GRID, village_code=VILLAGE, township_code=TOWN)
    grid.geom = "SRID=4490;MULTIPOLYGON(((114.7 23.7, 114.8 23.7, 114.8 23.8, 114.7 23.8, 114.7 23.7)))"
    db.session.add(grid)
    db.session.flush()
    edition.status = "published"
    db.session.flush()


def hire(username: str, role: str, unit: str, grid: str | None = None) -> Person:
    person = Person(id=uuid.uuid4(), username=username, name=username, must_change_password=False)
    post = Post(id=uuid.uuid4(), role=role, unit_code=unit, grid_code=grid)
    db.session.add_all([person, post])
    db.session.flush()
    db.session.add(Appointment(person_id=person.id, post_id=post.id, valid_from=MORNING.date()))
    db.session.flush()
    return person


@pytest.fixture
def lin() -> Person:
    return hire("lin", "GWF", VILLAGE, GRID)


@pytest.fixture
def chen() -> Person:
    return hire("chen", "TWD", TOWN)


@pytest.fixture
def knock(client: FlaskClient) -> Knock:
    def send(person: Person, way: str, body: Any = None) -> Any:
        method, path = way.split(" ", 1)
        raw, _ = tokens.issue(person.id, "phone")
        headers = {"Authorization": f"Bearer {raw}"}
        return client.open(f"/api/v1/duty{path}", method=method, json=body, headers=headers)

    return send


def at(minutes: float, lon: float = 114.7001, **more: Any) -> dict[str, Any]:
    return {"at": (MORNING + timedelta(minutes=minutes)).isoformat(), "lon": lon, "lat": 23.74, "accuracy_m": 8, **more}


def kept() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Fix)) or 0


def test_off_duty_no_position_is_kept(knock: Knock, lin: Person) -> None:
    refused = knock(lin, "POST /positions", {"positions": [at(0)]})
    assert (refused.status_code, refused.json["code"]) == (409, "not_on_duty")
    assert kept() == 0


def test_positions_of_a_shift_are_kept_those_before_and_after_are_not(knock: Knock, lin: Person, clock: Any) -> None:
    assert knock(lin, "POST /start", {}).json["on_duty"] is True
    clock.advance(timedelta(hours=2))
    assert knock(lin, "POST /end", {}).json["on_duty"] is False
    clock.advance(timedelta(hours=1))
    body = {"positions": [at(-1), at(0), at(60), at(120), at(121)]}
    assert knock(lin, "POST /positions", body).json == {"kept": 3, "refused": 2}
    assert kept() == 3


def test_a_position_that_lies_ahead_is_not_kept(knock: Knock, lin: Person) -> None:
    knock(lin, "POST /start", {})
    assert knock(lin, "POST /positions", {"positions": [at(0), at(1)]}).json == {"kept": 1, "refused": 1}


def test_a_batch_sent_twice_is_kept_and_counted_once(knock: Knock, lin: Person, clock: Any) -> None:
    knock(lin, "POST /start", {})
    clock.advance(timedelta(minutes=10))
    body = {"positions": [at(1), at(2), at(2)]}
    assert [knock(lin, "POST /positions", body).status_code for _ in range(2)] == [200, 200]
    assert kept() == 2
    assert db.session.scalars(sa.select(Coverage.fixes)).all() == [2]


def test_a_shift_without_network_is_told_later_at_its_true_moments(knock: Knock, lin: Person, clock: Any) -> None:
    clock.set(MORNING + timedelta(hours=9))
    began, ended = at(0)["at"], at(480)["at"]
    assert knock(lin, "POST /start", {"at": began}).status_code == 200
    assert knock(lin, "POST /end", {"at": ended}).status_code == 200
    assert knock(lin, "POST /positions", {"positions": [at(240)]}).json["kept"] == 1
    shift = db.session.scalars(sa.select(Shift)).one()
    assert (shift.started_at, shift.ended_at) == (MORNING, MORNING + timedelta(hours=8))


def test_start_and_end_sent_twice_change_nothing(knock: Knock, lin: Person, clock: Any) -> None:
    clock.set(MORNING + timedelta(hours=9))
    for _ in range(2):
        knock(lin, "POST /start", {"at": at(0)["at"]})
        knock(lin, "POST /end", {"at": at(480)["at"]})
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Shift)) == 1
    actions = db.session.scalars(sa.select(Entry.action).order_by(Entry.id)).all()
    assert actions == ["duty.started", "duty.ended"]


def test_a_shift_cannot_begin_ahead_or_inside_a_later_one_or_longer_ago_than_tracks_are_kept(
    knock: Knock, lin: Person
) -> None:
    knock(lin, "POST /start", {})
    for minutes in (-5, 6, -31 * 24 * 60):
        answer = knock(lin, "POST /start", {"at": at(minutes)["at"]})
        assert (answer.status_code, answer.json["code"]) == (422, "shift_moment"), minutes


def test_a_forgotten_shift_ends_by_itself_so_that_nobody_is_followed_home(
    knock: Knock, lin: Person, clock: Any
) -> None:
    knock(lin, "POST /start", {})
    clock.advance(timedelta(hours=15))
    assert knock(lin, "GET ").json["on_duty"] is False
    body = {"positions": [at(60), at(14 * 60 + 1)]}
    assert knock(lin, "POST /positions", body).json == {"kept": 1, "refused": 1}
    assert acts.tidy()["shifts_closed"] == 1
    assert db.session.scalars(sa.select(Shift.ended_at)).one() == MORNING + timedelta(hours=14)
    assert knock(lin, "POST /start", {}).json["on_duty"] is True


def test_only_who_stands_in_a_grid_goes_on_duty(knock: Knock, chen: Person) -> None:
    assert knock(chen, "POST /start", {}).json["code"] == "no_grid"


def test_a_track_is_the_workers_own_and_nobody_elses(knock: Knock, lin: Person, chen: Person, clock: Any) -> None:
    knock(lin, "POST /start", {})
    clock.advance(timedelta(minutes=10))
    knock(lin, "POST /positions", {"positions": [at(minutes) for minutes in range(1, 6)]})
    mine = knock(lin, "GET /track?limit=3").json
    assert [one["at"] for one in mine["items"]] == [
        (MORNING + timedelta(minutes=n)).astimezone(UTC).isoformat() for n in (5, 4, 3)
    ]
    assert mine["items"][0]["lon"] == 114.7001
    assert mine["kept_days"] == 30
    assert len(knock(lin, f"GET /track?limit=3&cursor={mine['next_cursor']}").json["items"]) == 2
    assert knock(chen, "GET /track").json["items"] == []
    assert knock(chen, f"GET /track?person_id={lin.id}").status_code == 422


def test_gcj02_positions_are_kept_as_4490(knock: Knock, lin: Person) -> None:
    knock(lin, "POST /start", {})
    knock(lin, "POST /positions", {"crs": "gcj02", "positions": [at(0, lon=114.75)]})
    lon = db.session.scalar(sa.select(sa.func.st_x(Fix.point)))
    assert 114.744 < lon < 114.746


def test_the_office_sees_which_grids_were_covered_within_its_own_township_and_no_names(
    knock: Knock, lin: Person, chen: Person, clock: Any
) -> None:
    zhou, cen = hire("zhou", "TWD", NEXT_TOWN), hire("cen", "CEN", "441602")
    knock(lin, "POST /start", {})
    clock.advance(timedelta(minutes=10))
    knock(lin, "POST /positions", {"positions": [at(1), at(2), at(3, lon=114.6)]})
    ask = "GET /coverage?from=2026-03-01&to=2026-03-31"
    covered = knock(chen, ask).json["items"]
    assert covered == [
        {
            "grid_code": GRID,
            "days": 1,
            "fixes": 2,
            "last_at": (MORNING + timedelta(minutes=2)).astimezone(UTC).isoformat(),
        }
    ]
    assert knock(cen, ask).json["items"] == covered
    assert knock(zhou, ask).json["items"] == []
    assert knock(hire("dpd", "DPD", "DEP28"), ask).json["items"] == []
    assert knock(lin, ask).status_code == 403
    assert knock(chen, "GET /coverage?from=2026-04-01&to=2026-04-30").json["items"] == []


def test_a_patrol_over_midnight_counts_for_both_days(knock: Knock, lin: Person, clock: Any) -> None:
    clock.set(MORNING.replace(hour=23, minute=30))
    knock(lin, "POST /start", {})
    clock.advance(timedelta(hours=1))
    knock(lin, "POST /positions", {"positions": [at(15 * 60 + 10), at(15 * 60 + 50)]})
    assert db.session.scalars(sa.select(Coverage.day).order_by(Coverage.day)).all() == [
        MORNING.date(),
        MORNING.date() + timedelta(days=1),
    ]


def test_positions_are_forgotten_after_thirty_days_and_a_line_says_so(knock: Knock, lin: Person, clock: Any) -> None:
    knock(lin, "POST /start", {})
    clock.advance(timedelta(minutes=10))
    knock(lin, "POST /positions", {"positions": [at(1), at(9)]})
    clock.set(MORNING + timedelta(days=30, minutes=5))
    assert acts.tidy()["positions"] == 1
    assert kept() == 1
    db.session.commit()
    clock.advance(timedelta(days=1))
    assert acts.tidy()["positions"] == 1
    assert acts.tidy()["positions"] == 0
    assert db.session.scalars(sa.select(Coverage.fixes)).one() == 2


def test_no_column_of_the_coverage_could_name_a_person() -> None:
    assert {column.name for column in Coverage.__table__.columns} == {
        "grid_code",
        "day",
        "village_code",
        "township_code",
        "fixes",
        "first_at",
        "last_at",
    }


@pytest.mark.parametrize("count", [0, 501])
def test_a_batch_is_bounded(knock: Knock, lin: Person, count: int) -> None:
    assert knock(lin, "POST /positions", {"positions": [at(0)] * count}).status_code == 422
