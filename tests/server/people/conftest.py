"""Four named people of a small district, and one stranger."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from server import policy
from server.db import db
from server.people import passwords, tokens
from server.people.desks import today
from server.people.models import Appointment, Person, Post, Unit
from server.people.units import sync_units

TOWN, NEXT_TOWN = "441602001", "441602002"
VILLAGE, GRID = "441602001003", "441602001003001"
NEXT_GRID = "441602002005001"
PASSWORD = "柳暗花明又一村的路灯"

Hire = Callable[..., Person]
Knock = Callable[..., Any]


@pytest.fixture(autouse=True)
def quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost next to nothing here, but for the tests that are about the cost and ask for ``dear_hashes``."""
    if "dear_hashes" not in request.fixturenames:
        monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._dummy.cache_clear()


@pytest.fixture
def dear_hashes() -> None:
    """Passwords cost here what they cost in use."""


@pytest.fixture
def units(rolled_back: sa.Connection) -> None:
    sync_units(policy.current())
    village = Unit(code=VILLAGE, zh="中山社区", en="Zhongshan", kind="village", parent_code=TOWN, township_code=TOWN)
    db.session.add(village)
    db.session.flush()


@pytest.fixture
def hire(units: None) -> Hire:
    """``hire(username, (role, unit, grid), ...)``: a person who fills these posts since yesterday."""

    def make(username: str, *places: tuple[Any, ...], since: date | None = None, until: date | None = None) -> Person:
        person = Person(id=uuid.uuid4(), username=username, name=username.upper(), must_change_password=False)
        db.session.add(person)
        db.session.flush()
        for role, unit, *grid in places:
            post = Post(id=uuid.uuid4(), role=role, unit_code=unit, grid_code=grid[0] if grid else None)
            db.session.add(post)
            db.session.flush()
            first = since or today() - timedelta(days=1)
            db.session.add(Appointment(person_id=person.id, post_id=post.id, valid_from=first, valid_to=until))
        db.session.flush()
        return person

    return make


@pytest.fixture
def lin(hire: Hire) -> Person:
    """A full-time worker of a grid of the town."""
    return hire("lin", ("GWF", VILLAGE, GRID))


@pytest.fixture
def chen(hire: Hire) -> Person:
    """The dispatcher of the town."""
    return hire("chen", ("TWD", TOWN))


@pytest.fixture
def zhou(hire: Hire) -> Person:
    """The dispatcher of the neighbouring town."""
    return hire("zhou", ("TWD", NEXT_TOWN))


@pytest.fixture
def sun(hire: Hire) -> Person:
    """The security administrator."""
    return hire("sun", ("SEC", "441602"))


@pytest.fixture
def stranger(hire: Hire) -> Person:
    """An account without any post."""
    return hire("stranger")


@pytest.fixture
def knock(client: FlaskClient) -> Knock:
    """``knock(person, "POST /path", body)`` with a token of the person; without a person, without a token."""

    def send(person: Person | None, way: str, body: Any = None, **headers: str) -> Any:
        method, path = way.split(" ", 1)
        if person is not None:
            raw, _ = tokens.issue(person.id, f"phone-of-{person.username}")
            headers["Authorization"] = f"Bearer {raw}"
        return client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    return send


@pytest.fixture
def with_password() -> Callable[[Person], Person]:
    """``with_password(person)`` knows PASSWORD."""

    def give(person: Person) -> Person:
        person.password_hash = passwords.hashed(PASSWORD)
        db.session.flush()
        return person

    return give
