"""The synthetic city in the database: drawn grids as the first edition, its units, its staff.

Job: one transaction from an empty database to a city in which people can work.
Never: touch a database that holds anybody already, or commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from gis.allotment import shares
from gis.partition import N_GRIDS, SEED, TOWNSHIP_CENTRES, City, draw_city
from server import policy
from server.access import SYSTEM
from server.db import CN, db, now
from server.demo import names
from server.demo.refusals import NotTheSyntheticCity
from server.grids import acts, residents, survey
from server.grids.models import Edition, Grid
from server.people.models import Person

EDITION = "合成网格"
DRAWN_BY = "gis.partition"
RESIDENTS = 600_000
"""Invented people of the city, shared out as the drawing says they live."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large: grids and townships (codes; the policy's when empty)."""

    grids: int = N_GRIDS
    townships: Sequence[str] = ()


def taking_part(count: int | None = None) -> tuple[str, ...]:
    """Return the townships that take part by policy; of ``count`` more, those listed but run by others are added."""
    units = policy.current().units
    run = [code for code in TOWNSHIP_CENTRES if units[code].takes_part]
    listed = [code for code in TOWNSHIP_CENTRES if code not in run]
    return tuple(sorted([*run, *listed[: max(0, (count or 0) - len(run))]]))


def draw(size: Size, seed: int = SEED) -> City:
    """Return the city of this size and seed."""
    return draw_city(seed, size.grids, size.townships or taking_part())


def found(city: City) -> Edition:
    """Import the drawn grids as the edition in force since ever, with the units they speak of."""
    named = {code: names.village(number, code) for number, code in enumerate(city.villages.codes)}
    grid_names = {code: f"{named[code[:12]]}第{int(code[12:])}网格" for code in city.grids.codes}
    drawn = survey.drawn(
        city.grids.codes,
        list(city.grids.polygons),
        name=DRAWN_BY,
        names=grid_names,
        village_names=named,
        synthetic=True,
    )
    edition = acts.import_edition(EDITION, survey.examine(drawn), by=SYSTEM)
    people = zip(city.grids.codes, shares(RESIDENTS, city.grids.weights).tolist(), strict=True)
    residents.store(dict(people), as_of=now().astimezone(CN).date(), source="合成", by=SYSTEM)
    return edition


def edition() -> Edition | None:
    """Return the edition of the synthetic city, or None where there is none."""
    return db.session.scalar(sa.select(Edition).where(Edition.name == EDITION, Edition.synthetic))


def demand() -> Edition:
    """Return the edition of the synthetic city.

    Raises:
        NotTheSyntheticCity: this database holds none; real grids and people are never mixed with invented events.
    """
    held = edition()
    if held is None:
        raise NotTheSyntheticCity
    return held


def grid_codes() -> list[str]:
    """Return the codes of the grids of the synthetic city, in order."""
    query = sa.select(Grid.code).join(Edition).where(Edition.name == EDITION, Edition.synthetic)
    return list(db.session.scalars(query.order_by(Grid.code.collate("C"))))


def is_peopled() -> bool:
    """Tell whether the database holds anybody."""
    return bool(db.session.scalar(sa.select(sa.exists().where(Person.id.is_not(None)))))
