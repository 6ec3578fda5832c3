"""Accounts and appointments: who may hold what, and who may decide it."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from server import policy
from server.access import SYSTEM
from server.db import db
from server.journal import Entry
from server.people import acts, desks, tokens
from server.people.acts import Place
from server.people.desks import today
from server.people.models import Leave, Person, Post, Unit
from server.people.refusals import (
    AccountDisabled,
    AlreadyAppointed,
    AppointmentOrder,
    BadUsername,
    PostTaken,
    RolesExclude,
    TooManyGrids,
    UnknownPlace,
    UsernameTaken,
)
from server.people.rules import Span
from server.people.units import sync_units

from .conftest import GRID, PASSWORD, TOWN, VILLAGE, Knock
from .test_sign_in import Give, bearer, sign_in_as

EVER = Span(date(2026, 1, 1))
DISTRICT = "441602"
ADMINISTRATORS = ("ADM", "SEC", "AUD")


def appoint(
    person: Person, role: str, unit: str = DISTRICT, grid: str | None = None, span: Span = EVER, **how: Any
) -> Any:
    return acts.appoint(person, Place(role, unit, grid), span, SYSTEM, **how)


@pytest.mark.parametrize("first", ADMINISTRATORS)
@pytest.mark.parametrize("second", [*ADMINISTRATORS, "TWD", "CEN"])
def test_each_of_the_three_administrators_stands_alone(stranger: Person, first: str, second: str) -> None:
    appoint(stranger, first)
    expected: Any = AlreadyAppointed if first == second else RolesExclude
    with pytest.raises(expected):
        appoint(stranger, second, TOWN if second == "TWD" else DISTRICT)


def test_an_officer_cannot_become_an_administrator_on_the_side(chen: Person) -> None:
    with pytest.raises(RolesExclude) as refused:
        appoint(chen, "AUD", span=Span(today()))
    assert refused.value.facts["roles"] == ["TWD", "AUD"]


def test_who_was_an_administrator_may_hold_another_post_afterwards(stranger: Person) -> None:
    appoint(stranger, "ADM", span=Span(date(2026, 1, 1), date(2026, 6, 30)))
    with pytest.raises(RolesExclude):
        appoint(stranger, "TWD", TOWN, span=Span(date(2026, 6, 30)))
    appoint(stranger, "TWD", TOWN, span=Span(date(2026, 7, 1)))


def test_nobody_stands_in_more_than_three_grids_at_once(stranger: Person) -> None:
    grids = [f"441602001003{n:03d}" for n in range(1, 6)]
    for grid in grids[:3]:
        appoint(stranger, "GWP", VILLAGE, grid, Span(date(2026, 1, 1), date(2026, 6, 30)))
    with pytest.raises(TooManyGrids):
        appoint(stranger, "GWP", VILLAGE, grids[3], Span(date(2026, 6, 30)))
    appoint(stranger, "GWP", VILLAGE, grids[3], Span(date(2026, 7, 1)))
    appoint(stranger, "GWF", VILLAGE, grids[0], Span(date(2026, 5, 1), date(2026, 5, 31)))


def test_standing_in_for_somebody_on_leave_does_not_count_as_a_grid_of_ones_own(stranger: Person, lin: Person) -> None:
    for n in range(2, 5):
        appoint(stranger, "GWP", VILLAGE, f"441602001003{n:03d}")
    appoint(stranger, "GWF", VILLAGE, GRID, deputy=True, span=Span(today()))


def test_a_grid_has_one_leader_and_one_full_time_worker(lin: Person, stranger: Person) -> None:
    with pytest.raises(PostTaken):
        appoint(stranger, "GWF", VILLAGE, GRID, Span(today()))
    appoint(stranger, "GWP", VILLAGE, GRID, Span(today()))


def test_a_successor_takes_over_the_same_post(lin: Person, stranger: Person) -> None:
    mine = db.session.scalars(sa.select(Post.id).where(Post.grid_code == GRID)).one()
    held = acts._held(lin.id, EVER)
    appointment = db.session.scalars(sa.select(acts.Appointment).where(acts.Appointment.person_id == lin.id)).one()
    acts.relieve(appointment.id, today(), lin, SYSTEM)
    db.session.flush()
    assert len(held) == 1
    assert appoint(stranger, "GWF", VILLAGE, GRID, Span(today() + timedelta(days=1))).post_id == mine


@pytest.mark.parametrize(
    ("role", "unit", "grid"),
    [
        ("RES", DISTRICT, None),
        ("SYS", DISTRICT, None),
        ("KING", DISTRICT, None),
        ("TWD", "no such unit", None),
        ("GWF", VILLAGE, None),
        ("TWD", TOWN, GRID),
    ],
)
def test_a_post_needs_a_role_and_a_unit_that_exist_and_a_grid_where_it_belongs_to_one(
    stranger: Person, role: str, unit: str, grid: str | None
) -> None:
    with pytest.raises(UnknownPlace):
        appoint(stranger, role, unit, grid)


def test_an_appointment_ends_after_it_begins_and_not_twice(stranger: Person) -> None:
    with pytest.raises(AppointmentOrder):
        appoint(stranger, "TWD", TOWN, span=Span(date(2026, 2, 1), date(2026, 1, 31)))
    appoint(stranger, "TWD", TOWN)
    with pytest.raises(AlreadyAppointed):
        appoint(stranger, "TWD", TOWN, span=Span(date(2026, 5, 1)))


def test_a_deputy_comes_first_while_the_principal_is_away_and_not_before(
    chen: Person, stranger: Person, clock: Any
) -> None:
    appoint(stranger, "TWD", TOWN, deputy=True, span=Span(today()))
    assert desks.desk(TOWN, "TWD").person_id == chen.id
    db.session.add(Leave(person_id=chen.id, first_day=today(), last_day=today()))
    db.session.flush()
    assert desks.desk(TOWN, "TWD").person_id == stranger.id
    clock.advance(timedelta(days=1))
    assert desks.desk(TOWN, "TWD").person_id == chen.id


def test_a_desk_whose_only_holder_is_away_is_still_that_holders(chen: Person) -> None:
    acts.send_on_leave(chen, today(), today(), SYSTEM)
    db.session.flush()
    assert desks.desk(TOWN, "TWD").person_id == chen.id


def test_a_grids_worker_is_found_in_the_deputy_while_away(lin: Person, stranger: Person) -> None:
    appoint(stranger, "GWF", VILLAGE, GRID, deputy=True, span=Span(today()))
    acts.send_on_leave(lin, today(), today(), SYSTEM)
    db.session.flush()
    assert desks.of_grid(GRID, ("GWF", "GLD"), TOWN).person_id == stranger.id


def test_there_is_nobody_to_stand_in_for_on_a_post_that_does_not_exist(stranger: Person) -> None:
    with pytest.raises(UnknownPlace):
        appoint(stranger, "TWD", TOWN, deputy=True)


@pytest.mark.parametrize("username", ["", "x", "a b", "a/b", "<b>", "x" * 65])
def test_a_user_name_is_something_one_can_type(units: None, username: str) -> None:
    with pytest.raises(BadUsername):
        acts.create(uuid.uuid4(), username, "某人", SYSTEM)


def test_a_user_name_is_given_once_whatever_its_case(chen: Person) -> None:
    with pytest.raises(UsernameTaken):
        acts.create(uuid.uuid4(), "ＣＨＥＮ", "陈", SYSTEM)


def test_a_closed_account_ends_at_once_and_holds_nothing_any_more(
    client: FlaskClient, knock: Knock, sun: Person, lin: Person, with_password: Give
) -> None:
    with_password(lin)
    raw, _ = tokens.issue(lin.id, "phone")
    answer = knock(sun, f"POST /persons/{lin.id}/disable")
    assert answer.status_code == 200
    assert answer.json["disabled_at"]
    assert client.get("/api/v1/me", headers=bearer(raw)).json["code"] == "device_wiped"
    assert sign_in_as(client, "lin", PASSWORD).status_code == 401
    assert desks.of_grid(GRID, ("GWF",), TOWN).person_id is None
    assert answer.json["appointments"][0]["valid_to"] == (today() - timedelta(days=1)).isoformat()
    with pytest.raises(AccountDisabled):
        appoint(db.session.get_one(Person, lin.id), "GWP", VILLAGE, GRID)


def test_a_reset_password_ends_everything_and_a_code_opens_the_account_again(
    client: FlaskClient, knock: Knock, sun: Person, chen: Person, with_password: Give
) -> None:
    with_password(chen)
    raw, _ = tokens.issue(chen.id, "phone")
    given = knock(sun, f"POST /persons/{chen.id}/reset-password").json
    assert client.get("/api/v1/me", headers=bearer(raw)).json["code"] == "not_signed_in"
    assert sign_in_as(client, "chen", PASSWORD).status_code == 401
    assert sign_in_as(client, "chen", given["code"]).json["must_change_password"] is True


def test_nobody_closes_the_own_account(knock: Knock, sun: Person) -> None:
    assert knock(sun, f"POST /persons/{sun.id}/disable").status_code == 403


def test_only_the_security_administrator_makes_and_fills_accounts(
    knock: Knock, sun: Person, chen: Person, lin: Person, stranger: Person
) -> None:
    body = {"username": "new", "name": "新同志"}
    post = {"role": "VIL", "unit": VILLAGE, "valid_from": "2026-01-01"}
    for person in (chen, lin, stranger):
        assert knock(person, f"PUT /persons/{uuid.uuid4()}", body).status_code == 403
        assert knock(person, f"POST /persons/{stranger.id}/appoint", post).status_code == 403
    made = uuid.uuid4()
    assert [knock(sun, f"PUT /persons/{made}", body).status_code for _ in range(2)] == [201, 200]
    card = knock(sun, f"POST /persons/{made}/appoint", post).json
    assert [(one["role"], one["unit"], one["township"]) for one in card["appointments"]] == [("VIL", VILLAGE, TOWN)]
    assert card["has_password"] is False


def test_the_people_of_a_grid_are_appointed_in_the_grid(knock: Knock, sun: Person, stranger: Person) -> None:
    body = {"role": "GWF", "unit": VILLAGE, "valid_from": "2026-01-01"}
    assert knock(sun, f"POST /persons/{stranger.id}/appoint", body).json["code"] == "unknown_place"


def test_a_list_shows_whom_one_may_look_after_and_nobody_else(
    knock: Knock, sun: Person, chen: Person, zhou: Person, lin: Person, stranger: Person
) -> None:
    def names(by: Person, query: str = "") -> list[str]:
        return [one["username"] for one in knock(by, f"GET /persons{query}").json["items"]]

    assert names(sun) == ["chen", "lin", "stranger", "sun", "zhou"]
    assert names(chen) == ["lin"]
    assert names(zhou) == []
    assert names(lin) == []
    assert names(sun, f"?grid={GRID}") == ["lin"]
    assert names(sun, f"?unit={TOWN}") == ["chen"]
    assert names(sun, "?q=S") == ["stranger", "sun"] or names(sun, "?q=s") == ["stranger", "sun"]
    first = knock(sun, "GET /persons?limit=2").json
    rest = knock(sun, f"GET /persons?limit=9&cursor={first['next_cursor']}").json
    assert [one["username"] for one in first["items"] + rest["items"]] == ["chen", "lin", "stranger", "sun", "zhou"]
    assert rest["next_cursor"] is None


def test_a_dispatcher_sends_the_own_workers_on_leave(knock: Knock, chen: Person, zhou: Person, lin: Person) -> None:
    body = {"first_day": "2026-02-01", "last_day": "2026-02-07"}
    assert knock(zhou, f"POST /persons/{lin.id}/leave", body).status_code == 404
    assert knock(chen, f"POST /persons/{lin.id}/leave", body).status_code == 200


def test_every_act_on_an_account_leaves_a_line_without_secrets(knock: Knock, sun: Person, chen: Person) -> None:
    code = knock(sun, f"POST /persons/{chen.id}/reset-password").json["code"]
    lines = db.session.execute(sa.select(Entry.action, Entry.facts).where(Entry.item_id == chen.id)).all()
    assert [action for action, _ in lines] == ["person.password_reset", "person.code_given"]
    assert code not in str(lines)


def test_units_follow_the_policy_and_none_is_ever_deleted(units: None) -> None:
    current = policy.current()
    gone = Unit(code="DEP99", zh="旧局", en="Old", kind="gov", parent_code=DISTRICT, dispatchable=True)
    db.session.add(gone)
    db.session.flush()
    town = db.session.get_one(Unit, TOWN)
    town.zh = "改名街道"
    db.session.flush()
    sync_units(current)
    db.session.expire_all()
    assert db.session.get_one(Unit, TOWN).zh == current.units[TOWN].zh
    assert db.session.get_one(Unit, "DEP99").dispatchable is False
    assert db.session.get_one(Unit, VILLAGE).zh == "中山社区"
    codes = set(db.session.scalars(sa.select(Unit.code)))
    assert {code for code, unit in current.units.items() if unit.takes_part} <= codes
    assert "441602006" not in codes
    assert db.session.get_one(Unit, f"{TOWN}-03").parent_code == TOWN
