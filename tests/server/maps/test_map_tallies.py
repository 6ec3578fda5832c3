"""Tallies say what the events say, after every history, for every reader and question."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import h3.api.basic_int as h3
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.access import Actor, Hat
from server.db import CN, db, new_id, now
from server.events.models import Event
from server.flow.models import Assignment
from server.grids.models import Grid
from server.maps import counts, density, events, forms, hexagons, recount, rules, tallies
from tests.server.maps.crowd import copies
from tests.server.town import FAR, HOME, NEXT, OLD_TOWN, PUQIAN, VILLAGE, Town

CODES = (HOME, NEXT, FAR, "")
LEAVES, URGENCIES = ("B03", "B04", "A01"), ("U1", "U4")
STATES = ("reported", "filed", "handling", "closed")
UNITS = ("DEP28", "DEP37")
TODAY = datetime(2026, 11, 28, 12, tzinfo=CN)


def hat(role: str, unit: str, township: str | None = None, grid: str | None = None) -> Hat:
    return Hat(new_id(), role, unit, township, grid)


def readers(town: Town) -> dict[str, Actor]:
    """One of each reach: everything, a township, a village, a grid, a department, own work, and two posts at once."""
    hats = {
        "centre": (hat("CEN", "DEP06"),),
        "desk": (hat("TWD", OLD_TOWN, OLD_TOWN),),
        "village": (hat("VIL", VILLAGE, OLD_TOWN),),
        "mei": (hat("GWF", OLD_TOWN, OLD_TOWN, HOME),),
        "part": (hat("GWP", OLD_TOWN, OLD_TOWN, HOME),),
        "lamp_desk": (hat("DPD", "DEP28"),),
        "lamp_hand": (hat("DPH", "DEP28"),),
        "both": (hat("TWD", PUQIAN, PUQIAN), hat("DPD", "DEP28")),
        "admin": (hat("ADM", "DEP29"),),
    }
    return {name: Actor(town.persons.get(name, town.persons["mei"]), name, held) for name, held in hats.items()}


QUESTIONS: list[dict[str, Any]] = [
    {},
    {"from": "2026-08-15", "to": "2026-11-28"},
    {"from": "2026-09-01", "to": "2026-10-31"},
    {"from": "2026-08-15T13:30:00+08:00", "to": "2026-11-20T09:00:00+08:00"},
    {"from": "2026-11-27T08:00:00+08:00", "to": "2026-11-27T20:00:00+08:00"},
    {"from": "2026-08-01", "category": "B"},
    {"from": "2026-08-20", "category": "B03"},
    {"from": "2026-08-20", "category": "B0"},
    {"from": "2026-08-20", "state": ["closed", "filed"]},
    {"from": "2026-08-20", "urgency": ["U1"]},
    {"from": "2026-08-20", "urgency": ["U1"], "state": ["closed"]},
    {"from": "2026-08-20", "unit": "DEP28"},
    {"from": "2026-08-20", "unit": "DEP28", "township": OLD_TOWN},
    {"from": "2026-08-20", "township": OLD_TOWN},
    {"from": "2026-08-20", "unit": "DEP28", "category": "B"},
    {"from": "2026-08-20T13:30:00+08:00", "unit": "DEP28", "category": "B03", "state": ["closed"]},
    {"from": "2026-10-10", "to": "2026-11-28T08:00:00+08:00", "urgency": ["U4"], "unit": "DEP37"},
    {"from": "2026-09-30", "to": "2026-10-29", "category": "A"},
    {"from": "2026-11-27", "to": "2026-11-27"},
]
RESOLUTIONS = (5, 7, 9, 10)
DAYS_BACK = (0, 0.2, 1, 2, 20, 27, 28, 30, 58, 59, 88, 100)


@pytest.fixture
def busy(town: Town, clock: Any) -> Town:
    clock.set(TODAY)
    town.template = town.report()["id"]  # type: ignore[attr-defined]
    return town


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """Everything inside is taken back: one example must not see another's history."""
    savepoint = db.session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
        db.session.expire_all()


class History:
    """What may happen to events and to who holds them, drawn by chance."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.chance = town, random.Random(seed)
        grids = db.session.execute(sa.select(Grid.code, Grid.id, Grid.edition_id))
        self.grids = {code: (id, edition) for code, id, edition in grids} | {"": (None, None)}

    def place(self) -> dict[str, Any]:
        code = self.chance.choice(CODES)
        id, edition = self.grids[code]
        point = f"SRID=4490;POINT({114.6 + self.chance.random() / 50} {23.7 + self.chance.random() / 50})"
        codes = {
            "point": point,
            "grid_code": code or None,
            "village_code": code[:12] or None,
            "township_code": code[:9] or None,
        }
        if not code and self.chance.random() < 0.5:
            codes["township_code"] = PUQIAN
        return {"grid_id": id, "edition_id": edition} | codes

    def kind(self) -> dict[str, Any]:
        names = {"category": LEAVES, "urgency": URGENCIES, "state": STATES}
        return {name: self.chance.choice(values) for name, values in names.items()}

    def report(self) -> None:
        people = [self.town.persons[name] for name in ("mei", "gang", "part", "stranger")]
        changes = [
            {
                "created_at": TODAY - timedelta(days=self.chance.choice(DAYS_BACK)),
                "created_by": self.chance.choice(people),
                **self.kind(),
                **self.place(),
            }
            for _ in range(self.chance.randint(1, 8))
        ]
        copies(self.town.template, changes)  # type: ignore[attr-defined]

    def some(self) -> list[UUID]:
        ids = sorted(db.session.scalars(sa.select(Event.id)))
        return self.chance.sample(ids, self.chance.randint(1, min(5, len(ids))))

    def move(self) -> None:
        change(self.some(), state=self.chance.choice(STATES))

    def file(self) -> None:
        change(self.some(), **self.kind())

    def correct(self) -> None:
        change(self.some(), **self.place())

    def touch(self) -> None:
        change(self.some(), revision=2)

    def assign(self) -> None:
        for id in self.some():
            values = {"item_kind": "event", "item_id": id, "unit_code": self.chance.choice(UNITS), "role": "co"}
            person = self.chance.choice([None, self.town.persons["lamp_hand"]])
            values |= {"share_pct": 10, "since": now(), "person_id": person}
            db.session.execute(sa.insert(Assignment).values(id=new_id(), **values))

    def relieve(self) -> None:
        ended = self.chance.choice(["finished", "objection_upheld"])
        one = sa.select(Assignment.id).where(Assignment.until.is_(None)).order_by(Assignment.id).limit(3)
        for id in db.session.scalars(one).all():
            statement = sa.update(Assignment).where(Assignment.id == id).values(until=now(), ended_by=ended)
            db.session.execute(statement)

    def erase(self) -> None:
        ids = [id for id in self.some() if str(id) != self.town.template]  # type: ignore[attr-defined]
        db.session.execute(sa.delete(Event).where(Event.id.in_(ids)))

    def fold(self) -> None:
        tallies.fold(self.chance.choice([1, 3, 1000]))

    def rebuild(self) -> None:
        recount.rebuild()


def change(ids: list[UUID], **values: Any) -> None:
    statement = sa.update(Event).where(Event.id.in_(ids)).values(values)
    db.session.execute(statement.execution_options(synchronize_session=False))


STEPS = (
    *("report",) * 3, *("move",) * 3, *("fold",) * 3, *("assign",) * 2,
    "file", "correct", "touch", "relieve", "erase", "rebuild",
)  # fmt: skip


def raw(ask: dict[str, Any], by: Actor) -> dict[tuple[int, int], int]:
    """Count the events themselves."""
    keys = (sa.func.coalesce(Event.grid_id, 0), sa.func.coalesce(Event.edition_id, 0))
    asked = sa.select(*(key.label(f"k{i}") for i, key in enumerate(keys))).where(events.shown(ask, by)).subquery()
    query = sa.select(asked.c.k0, asked.c.k1, sa.func.count()).group_by(asked.c.k0, asked.c.k1)
    return {(grid, edition): n for grid, edition, n in db.session.execute(query)}


def raw_days(ask: dict[str, Any], by: Actor) -> dict[Any, int]:
    moments = db.session.scalars(sa.select(Event.created_at).where(events.shown(ask, by)))
    found: dict[Any, int] = {}
    for moment in moments:
        day = moment.astimezone(CN).date()
        found[day] = found.get(day, 0) + 1
    return found


def raw_cells(ask: dict[str, Any], by: Actor, resolution: int) -> dict[int, int]:
    """Find the cell of each event."""
    places = db.session.execute(sa.select(*density.LONLAT).where(events.shown(ask, by))).all()
    return dict(Counter(h3.latlng_to_cell(lat, lon, resolution) for lon, lat in places))


@pytest.mark.slow
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=14), seed=st.integers(0, 2**20))
def test_tallies_say_what_the_events_say_after_every_history(busy: Town, steps: list[str], seed: int) -> None:
    people = readers(busy)
    asked = [(forms.EventsAsk().load(question), question) for question in QUESTIONS]
    with undone():
        history = History(busy, seed)
        history.report()
        for step in steps:
            getattr(history, step)()
        assert recount.differences() == []
        for name in history.chance.sample(sorted(people), 3):
            by = people[name]
            for ask, question in history.chance.sample(asked, 7):
                assert counts.by_grid(ask, by) == raw(ask, by), (name, question)
                resolution = history.chance.choice(RESOLUTIONS)
                cells = hexagons.counted(ask | {"resolution": resolution}, by)
                assert dict(cells) == raw_cells(ask, by, resolution), (name, question, resolution)
        for ask, question in history.chance.sample(asked, 7):
            for name in ("desk", "lamp_desk"):
                assert counts.by_time(ask, people[name], rules.DAY) == raw_days(ask, people[name]), (name, question)


def test_a_report_is_on_the_map_before_anything_is_folded(busy: Town) -> None:
    assert counts.by_grid(forms.EventsAsk().load({}), readers(busy)["centre"]) != {}
    assert db.session.scalar(sa.text("select count(*) from tallies")) == 0


def test_folding_takes_nothing_twice_and_leaves_no_empty_cell(busy: Town) -> None:
    card = busy.report()
    before = tallies.version()
    assert tallies.fold() > 0
    assert tallies.fold() == 0
    assert tallies.version() == before
    busy.act("desk", card, "file")
    assert tallies.version() == before + 2
    tallies.fold()
    assert db.session.scalar(sa.text("select count(*) from tallies where n <= 0")) == 0
    assert recount.differences() == []


def test_a_wrong_tally_is_found_and_rebuilt(busy: Town) -> None:
    tallies.fold()
    db.session.execute(sa.text("update tallies set n = n + 1 where facet = ''"))
    assert [row["off"] for row in recount.differences()] == [1]
    before = tallies.version()
    recount.rebuild()
    assert recount.differences() == []
    assert tallies.version() > before, "what was kept under an older number must not come back"


def test_a_long_period_is_cut_into_months_days_and_hours() -> None:
    begin, end = datetime(2026, 8, 30, 13, tzinfo=CN), datetime(2026, 11, 3, 9, tzinfo=CN)
    plan = rules.plan(rules.facets({}), begin, end, CN)
    assert [str(day) for day in plan.months or ()] == ["2026-09-01", "2026-11-01"]
    assert [(str(a), str(b)) for a, b in plan.days] == [("2026-08-31", "2026-09-01"), ("2026-11-01", "2026-11-03")]
    midnight = (datetime(2026, 8, 31, tzinfo=CN), datetime(2026, 11, 3, tzinfo=CN))
    assert plan.rest == ((begin, midnight[0]), (midnight[1], end))
