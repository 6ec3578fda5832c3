"""Four persons who are told things, one stranger who must see nothing, and lines to tell them about."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from server import journal
from server.access import SYSTEM, Actor
from server.db import db, new_id
from server.journal import Entry, Line
from server.people.models import Person


@dataclass
class Thing:
    """An item, as far as a line names it."""

    id: uuid.UUID
    no: str = "E26110200100001"
    revision: int = 1
    state: str = "reported"


@pytest.fixture
def people(rolled_back: Any) -> dict[str, uuid.UUID]:
    """Ids by name."""
    persons = [
        Person(id=new_id(), username=name, name=name, phone=f"1380000000{number}", must_change_password=False)
        for number, name in enumerate(("li", "wang", "zhao", "chen", "stranger"))
    ]
    db.session.add_all(persons)
    db.session.flush()
    return {person.name: person.id for person in persons}


@pytest.fixture
def actor(people: dict[str, uuid.UUID]) -> Callable[[str], Actor]:
    """The person as an actor without a post."""
    return lambda name: Actor(people[name], name, ())


@pytest.fixture
def line(rolled_back: Any) -> Callable[..., Entry]:
    """A line in the journal about a new item."""

    def write(action: str = "event.reported", **facts: Any) -> Entry:
        journal.write(Line(action, SYSTEM, item=Thing(new_id()), kind="event", facts=facts, audience=("a", "t:1")))
        journal.drain()
        return db.session.scalars(sa.select(Entry).order_by(Entry.id.desc()).limit(1)).one()

    return write
