"""The synthetic city holds: every state is shown, every rule is kept, every total is exact, nothing of it makes noise."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from server import policy
from server.access import SYSTEM
from server.clocks.models import Clock
from server.db import CN, db, now
from server.demo import accounts, crew, loading, year
from server.demo.city import Size, demand
from server.demo.plan import Volume, Year
from server.demo.refusals import DatabaseInUse, YearNotOver, YearTaken
from server.events.models import Event
from server.figures import acts as figures
from server.figures.queries import Asked
from server.flow import MACHINES
from server.flow.models import Subtask
from server.grids import staff
from server.grids.models import Edition
from server.invariants import acts as invariants
from server.journal import Entry
from server.journal.seal import CHECKPOINT_FILE
from server.journal.verify import verify
from server.notices.models import Notice
from server.objections.models import Objection
from server.people import passwords
from server.people.models import Appointment, Leave, Person, Post
from server.photos import receiving
from server.photos.models import Photo
from server.whistles.models import CheckIn, Whistle
from tests.server.demo.conftest import EVENTS, GRIDS, HANDLED, SEED, WHISTLES, YEAR, SmallCity

NEVER_SHOWN = {"event": {"draft", "converted"}, "whistle": {"drafted"}, "check_in": set(), "objection": set()}
"""A draft stays on the phone or is blown at once; there is no register yet into which an event could be converted."""


def count(*where: Any, of: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(of).where(*where)) or 0


def figure(code: str) -> dict[str, tuple[int, int]]:
    since, until = figures.period(date(YEAR, 1, 1), date(YEAR, 12, 31))
    rows = figures.compute(Asked(since, until, SYSTEM), frozenset({code}))
    return {row["variant"]: (row["numerator"], row["denominator"]) for row in rows}


@pytest.mark.parametrize("kind", NEVER_SHOWN)
def test_every_state_that_can_be_reached_is_shown(small_city: SmallCity, kind: str) -> None:
    machine = MACHINES[kind]
    shown = set(db.session.scalars(sa.select(machine.model.state).distinct()))
    assert shown == {state.code for state in machine.states} - NEVER_SHOWN[kind]


def test_sub_tasks_are_open_named_finished_and_overdue(small_city: SmallCity) -> None:
    is_open = Subtask.done_at.is_(None)
    assert count(is_open, Subtask.due_at > small_city.anchor, of=Subtask) > 0
    assert count(is_open, Subtask.due_at < small_city.anchor, of=Subtask) > 0
    assert count(is_open, Subtask.person_id.is_not(None), of=Subtask) > 0
    assert count(Subtask.done_at <= Subtask.due_at, of=Subtask) > 0


def test_the_year_has_exactly_the_published_shares(small_city: SmallCity) -> None:
    assert figure("K01") == {"": (HANDLED, EVENTS)}
    assert figure("K08")["A"] == (WHISTLES, WHISTLES)
    assert figure("K08")["B"][0] == figure("K08")["B"][1] >= WHISTLES
    assert figure("K10") == {"": (WHISTLES, EVENTS)}
    assert figure("K06") == {"": (EVENTS, EVENTS)}


def test_what_was_handled_after_the_year_was_open_and_overdue_at_its_end(small_city: SmallCity) -> None:
    assert figure("K05")["A"] == (EVENTS - HANDLED, EVENTS)


def test_the_rules_of_responsibility_are_kept(small_city: SmallCity) -> None:
    assert invariants.broken() == []


def test_the_journal_is_whole(small_city: SmallCity) -> None:
    report = verify(small_city.app.config["GRIDWHISTLE"].var / CHECKPOINT_FILE)
    assert report.finding is None
    assert report.lines > 500


@pytest.mark.parametrize("model", [Event, Whistle, CheckIn, Objection, Person, Post, Edition])
def test_everything_is_marked_as_synthetic(small_city: SmallCity, model: Any) -> None:
    assert count(model.synthetic, of=model) == count(of=model) > 0


def test_every_declared_photo_is_received_and_in_the_store(small_city: SmallCity) -> None:
    photos = db.session.execute(sa.select(Photo.sha256, Photo.received_at, Photo.width)).all()
    assert photos
    assert all(photo.received_at and photo.width for photo in photos)
    assert all(receiving.store().has(sha256) for sha256 in {photo.sha256 for photo in photos})


def test_the_past_tells_nobody_and_leaves_nothing_to_ring(small_city: SmallCity) -> None:
    assert count(of=Notice) == 0
    assert db.session.scalar(sa.text("select count(*) from procrastinate_jobs")) == 0
    assert count(Clock.stopped_at.is_(None), Clock.rings_at <= small_city.anchor, of=Clock) == 0
    of_the_year = Entry.at < datetime(YEAR + 1, 2, 1, tzinfo=UTC)
    assert count(of_the_year, of=Entry) > count(of_the_year, sa.func.cardinality(Entry.audience) > 0, of=Entry) == 0


def test_a_year_begun_again_adds_nothing(small_city: SmallCity) -> None:
    world, volume = loading.world(demand(), SEED), Volume(EVENTS, HANDLED, WHISTLES)
    assert year.perform(YEAR, SEED, world, volume=volume, workers=1, quiet=True) == 0
    planned = {plan.id for plan in Year(YEAR, SEED, volume, world.times).plans()}
    in_year = sa.extract("year", sa.func.timezone("Asia/Shanghai", Event.created_at)) == YEAR
    assert set(db.session.scalars(sa.select(Event.id).where(in_year))) == planned


def test_a_year_is_performed_once_and_when_it_is_over(small_city: SmallCity) -> None:
    world = loading.world(demand(), SEED)
    with pytest.raises(YearTaken):
        year.perform(YEAR, SEED + 1, world, volume=Volume(EVENTS, HANDLED, WHISTLES), workers=1, quiet=True)
    with pytest.raises(YearNotOver):
        year.check(now().year)


def test_a_database_in_which_somebody_works_is_left_alone(fresh_app: Flask) -> None:
    db.session.add(Person(username="mei", name="梅"))
    db.session.commit()
    with pytest.raises(DatabaseInUse):
        next(loading.people_the_city(Size(GRIDS), SEED, fresh_app.config["GRIDWHISTLE"].var / accounts.FILE))


def test_each_role_has_an_account_that_only_its_owner_can_read(small_city: SmallCity) -> None:
    assert small_city.accounts.stat().st_mode & 0o777 == 0o600
    with small_city.accounts.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["username", "password", "role", "unit", "grid_code"]
    assert {row["role"] for row in rows} == set(policy.current().roles) - {"RES", "SYS"}
    hashes = dict(db.session.execute(sa.select(Person.username, Person.password_hash)).all())
    assert all(passwords.verify(hashes[row["username"]], row["password"]) for row in rows)
    assert count(Person.password_hash.is_not(None), of=Person) == len(rows)


def test_each_grid_has_a_leader_a_full_time_worker_and_part_time_ones(small_city: SmallCity) -> None:
    query = sa.select(Post.grid_code, Post.role, sa.func.count()).where(Post.grid_code.is_not(None))
    held = db.session.execute(query.group_by(Post.grid_code, Post.role)).all()
    assert len({grid for grid, _, _ in held}) == GRIDS
    assert all(number == 1 if role in ("GLD", "GWF") else 4 <= number <= 7 for _, role, number in held)


def test_the_roster_has_a_vacant_seat_a_leave_and_a_stand_in(small_city: SmallCity) -> None:
    grids = set(db.session.scalars(sa.select(Post.grid_code).where(Post.role == "GWF")))
    assert list(staff.vacancies(grids, small_city.anchor.astimezone(CN).date()).values()) == [["GWF"]]
    deputies = sa.select(Appointment.post_id).where(Appointment.deputy)
    away = sa.select(Appointment.post_id).join(Leave, Leave.person_id == Appointment.person_id)
    assert set(db.session.scalars(deputies)) < set(db.session.scalars(away))


def test_killed_half_way_the_rest_is_performed_once(small_city: SmallCity) -> None:
    world = loading.world(demand(), SEED)
    plans = Year(YEAR + 1, SEED, Volume(12, 12, 1), world.times).plans()
    first = crew.perform(crew.Show(plans[:5], world, is_news=False), workers=1, says="", quiet=True)
    then = crew.perform(crew.Show(plans, world, is_news=False), workers=1, says="", quiet=True)
    assert (first, then) == (5, 7)
    known = sa.select(Event.id, Event.state).where(Event.id.in_([plan.id for plan in plans]))
    assert {state for _, state in db.session.execute(known)} == {"closed"}
