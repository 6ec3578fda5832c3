"""The staff of the synthetic city (合成人员): over five thousand invented people, 1+1+N per grid and in every office.

Job: who fills which post, drawn by seed and inserted in a few statements.
Never: a real person, a password, or a number that could ring.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from random import Random
from typing import Any

import sqlalchemy as sa

from server import policy
from server.db import db
from server.demo import names
from server.people.models import Appointment, Person, Post

SINCE = date(2020, 1, 1)
"""Everybody has filled his post since before any synthetic year."""
PART_TIME = (4, 7)
"""N of 1+1+N: part-time workers per grid, from and to; with one leader and one full-time worker 7.4 on average."""
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "gridwhistle/synthetic-city")

OF_A_VILLAGE = {"VIL": 3}
OF_A_TOWNSHIP = {"TWD": 3, "TWL": 2}
OF_A_DEPARTMENT = {"DPD": 2, "DPH": 6, "DPL": 2}
OF_THE_DISTRICT = {
    ("MED", "DEP06"): 4,
    ("CEN", "DEP06"): 6,
    ("XFC", "DEP08"): 4,
    ("XFL", "DEP08"): 2,
    ("SUP", "DEP01"): 2,
    ("SUP", "DEP02"): 2,
    ("DLD", "DEP02"): 6,
    ("DTL", "DEP01"): 1,
    ("DTL", "DEP02"): 1,
    ("DSC", "DEP03"): 2,
    ("ADM", "DEP29"): 1,
    ("SEC", "DEP29"): 1,
    ("AUD", "DEP29"): 1,
}
"""(Role, unit) → how many; the three administrators are three people (spec 12)."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A post to be filled: role, unit, grid for those who stand in one, and the ``number`` among its like."""

    role: str
    unit: str
    grid: str | None
    number: int

    @property
    def username(self) -> str:
        """Return the name of the account: role, place and number, such as ``gwp-001003001-2``."""
        place = (self.grid or self.unit).removeprefix(policy.current().settings.district.code6).removeprefix("DEP")
        return f"{self.role.lower()}-{place}-{self.number}"


def seats(grids: Sequence[str], rng: Random) -> Iterator[Seat]:
    """Yield every post of the city whose grids have these codes."""
    villages = sorted({code[:12] for code in grids})
    townships = sorted({code[:9] for code in grids})
    for grid in grids:
        for role, many in (("GLD", 1), ("GWF", 1), ("GWP", rng.randint(*PART_TIME))):
            yield from (Seat(role, grid[:12], grid, number) for number in range(1, many + 1))
    departments = [unit.code for unit in policy.current().units.values() if unit.dispatchable and not unit.township]
    for places, table in ((villages, OF_A_VILLAGE), (townships, OF_A_TOWNSHIP), (departments, OF_A_DEPARTMENT)):
        for place in places:
            for role, many in table.items():
                yield from (Seat(role, place, None, number) for number in range(1, many + 1))
    for (role, unit), many in OF_THE_DISTRICT.items():
        yield from (Seat(role, unit, None, number) for number in range(1, many + 1))


def employ(grids: Sequence[str], seed: int) -> int:
    """Insert a post, a person and an appointment for every seat; return how many people there are."""
    rng = Random(f"{seed}/staff")
    wanted = list(seats(grids, rng))
    numbers = count(1)
    db.session.execute(sa.insert(Person), [_person(seat, rng, next(numbers)) for seat in wanted])
    db.session.execute(sa.insert(Post), [_post(seat) for seat in wanted])
    db.session.execute(sa.insert(Appointment), [_appointment(seat) for seat in wanted])
    return len(wanted)


def _id(kind: str, seat: Seat) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"{kind}/{seat.username}")


def _person(seat: Seat, rng: Random, number: int) -> dict[str, Any]:
    return {
        "id": _id("person", seat),
        "username": seat.username,
        "name": names.person(rng),
        "phone": names.phone(number),
        "password_hash": None,
        "must_change_password": False,
        "synthetic": True,
    }


def _post(seat: Seat) -> dict[str, Any]:
    return {
        "id": _id("post", seat),
        "role": seat.role,
        "unit_code": seat.unit,
        "grid_code": seat.grid,
        "title": policy.current().roles[seat.role].zh,
        "synthetic": True,
    }


def _appointment(seat: Seat) -> dict[str, Any]:
    return {
        "id": _id("appointment", seat),
        "person_id": _id("person", seat),
        "post_id": _id("post", seat),
        "valid_from": SINCE,
        "deputy": False,
    }
