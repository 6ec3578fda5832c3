"""Readers of maps: an officer of each reach with a token, in a measuring town.

Never measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from server import policy
from server.access import Actor, Hat
from server.db import db, new_id
from server.http import transaction
from server.people import tokens
from server.people.models import Appointment, Person, Post

DEPARTMENT = "DEP28"


@dataclass(frozen=True)
class Reader:
    """A person with one post, and a token."""

    name: str
    actor: Actor
    token: str


def readers(townships: list[str], grids: list[str]) -> list[Reader]:
    """Return the district's centre, a township's dispatcher, a grid worker and a department's dispatcher."""
    centre = policy.current().settings.district.dispatch_unit
    town, grid = townships[0], grids[0]
    posts = {
        "the district": ("CEN", centre, None, None),
        "a township": ("TWD", town, town, None),
        "a grid": ("GWF", grid[:9], grid[:9], grid),
        "a department": ("DPD", DEPARTMENT, None, None),
    }
    with transaction():
        return [_reader(name, *post) for name, post in posts.items()]


def _reader(name: str, role: str, unit: str, township: str | None, grid: str | None) -> Reader:
    person, post = new_id(), new_id()
    who: dict[str, Any] = {"id": person, "username": f"reader-{person}", "name": "测试员"}
    db.session.execute(sa.insert(Person).values(**who, must_change_password=False, synthetic=True))
    db.session.execute(sa.insert(Post).values(id=post, role=role, unit_code=unit, grid_code=grid))
    db.session.execute(sa.insert(Appointment).values(person_id=person, post_id=post, valid_from=date(2020, 1, 1)))
    token, _ = tokens.issue(person, f"map-{name}")
    return Reader(name, Actor(person, "测试员", (Hat(post, role, unit, township, grid),)), token)
