"""Who fills a desk today: the post of a role in a unit or a grid, and the person in it.

Job: answer (unit, role, grid) → post and person, many at a time.
Never: choose between units.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from server.db import CN, db, execute, now
from server.people.models import Appointment, Leave, Post


@dataclass(frozen=True, slots=True)
class Desk:
    """A post and who fills it; both may be vacant (None), the unit never is."""

    unit: str
    post_id: uuid.UUID | None = None
    person_id: uuid.UUID | None = None


def today() -> date:
    """Return the date in Beijing."""
    return now().astimezone(CN).date()


Day = date | sa.BindParameter[date]


def filled(day: Day, one: Any = Appointment) -> sa.ColumnElement[bool]:
    """Return the condition that an appointment holds on ``day``."""
    return sa.and_(one.valid_from <= day, sa.or_(one.valid_to.is_(None), one.valid_to >= day))


def away(day: Day, one: Any = Appointment) -> sa.ColumnElement[bool]:
    """Return the condition that whoever is appointed is on leave (休假) on ``day``: a deputy then comes first."""
    return (
        sa.exists()
        .where(Leave.person_id == one.person_id, Leave.first_day <= day, Leave.last_day >= day)
        .correlate(one)
    )


def _desks() -> sa.Select[Any]:
    codes, day = ARRAY(sa.Text()), sa.bindparam("day", type_=sa.Date())
    pairs = sa.func.unnest(sa.bindparam("units", type_=codes), sa.bindparam("roles", type_=codes))
    wanted = pairs.table_valued("unit", "role", name="wanted").render_derived()
    return (
        sa.select(Post.unit_code, Post.role, Post.id, Appointment.person_id)
        .join_from(wanted, Post, sa.and_(Post.unit_code == wanted.c.unit, Post.role == wanted.c.role))
        .join(Appointment, sa.and_(Appointment.post_id == Post.id, filled(day)), isouter=True)
        .ext(distinct_on(Post.unit_code, Post.role))
        .order_by(
            Post.unit_code, Post.role, Appointment.person_id.is_(None), away(day), Appointment.deputy, Post.id
        )
    )  # fmt: skip


_DESKS = _desks()


_kept: list[dict[tuple[Any, ...], Any]] = []


@contextmanager
def unchanged() -> Iterator[None]:
    """Ask for each desk once within the block, whatever the day: nobody is appointed or sent on leave meanwhile."""
    _kept.append({})
    try:
        yield
    finally:
        _kept.pop()


def _ask(statement: sa.Select[Any], **wanted: Any) -> Sequence[Any]:
    """Return the rows of a statement that is made once; ``day`` is today."""
    key = (id(statement), *wanted.values())
    if _kept and key in _kept[-1]:
        return _kept[-1][key]  # type: ignore[no-any-return]
    rows = execute(statement, wanted | {"day": today()}).all()
    if _kept:
        _kept[-1][key] = rows
    return rows


def desks(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Desk]:
    """Return the first filled post for each (unit code, role); a vacant desk keeps its unit."""
    pairs = sorted(set(wanted))
    if not pairs:
        return {}
    units, roles = zip(*pairs, strict=True)
    found = {
        (unit, role): Desk(unit, post, person) for unit, role, post, person in _ask(_DESKS, units=units, roles=roles)
    }
    return {pair: found.get(pair, Desk(pair[0])) for pair in pairs}


def desk(unit: str, role: str) -> Desk:
    """Return the desk of ``role`` in ``unit``."""
    return desks([(unit, role)])[unit, role]


def _of_grid() -> sa.Select[Any]:
    day, roles = sa.bindparam("day", type_=sa.Date()), sa.bindparam("roles", type_=ARRAY(sa.Text()))
    return (
        sa.select(Post.unit_code, Post.id, Appointment.person_id)
        .join(Appointment, sa.and_(Appointment.post_id == Post.id, filled(day)))
        .where(Post.grid_code == sa.bindparam("grid", type_=sa.Text()), Post.role == sa.any_(roles))
        .order_by(sa.func.array_position(roles, Post.role), away(day), Appointment.deputy, Post.id)
        .limit(1)
    )


_OF_GRID = _of_grid()


def of_grid(grid: str | None, roles: tuple[str, ...], fallback: str) -> Desk:
    """Return who stands in ``grid`` in the first of ``roles`` that is filled; else the desk of ``fallback`` unit."""
    rows = _ask(_OF_GRID, grid=grid, roles=roles) if grid else ()
    return Desk(*rows[0]) if rows else Desk(fallback)


def _post_of() -> sa.Select[Any]:
    person, unit = sa.bindparam("person", type_=sa.Uuid()), sa.bindparam("unit", type_=sa.Text())
    return (
        sa.select(Post.id)
        .join(Appointment, sa.and_(Appointment.post_id == Post.id, filled(sa.bindparam("day", type_=sa.Date()))))
        .where(Appointment.person_id == person, Post.unit_code == unit)
        .order_by(Post.id)
        .limit(1)
    )


_POST_OF = _post_of()


def post_of(person_id: uuid.UUID, unit: str) -> Desk:
    """Return the post ``person_id`` fills in ``unit`` today."""
    rows = _ask(_POST_OF, person=person_id, unit=unit)
    return Desk(unit, rows[0].id if rows else None, person_id)


def handling_post(person_id: uuid.UUID, unit: str, roles: Sequence[str]) -> uuid.UUID | None:
    """Return the post in one of ``roles`` that ``person_id`` fills in ``unit`` today, unless he is on leave."""
    query = (
        sa.select(Post.id)
        .join(Appointment, sa.and_(Appointment.post_id == Post.id, filled(today()), sa.not_(away(today()))))
        .where(Appointment.person_id == person_id, Post.unit_code == unit, Post.role.in_(roles))
    )
    return db.session.scalar(query.order_by(Post.id).limit(1))


def persons_at(tags: Iterable[tuple[str, str | None, str | None]]) -> set[uuid.UUID]:
    """Return who fills posts described by (role, unit or None, grid or None) today."""
    columns = (Post.role, Post.unit_code, Post.grid_code)
    clauses = [sa.and_(*(column == code for column, code in zip(columns, tag, strict=True) if code)) for tag in tags]
    if not clauses:
        return set()
    query = sa.select(Appointment.person_id).join(Post, Post.id == Appointment.post_id)
    return set(db.session.scalars(query.where(filled(today()), sa.or_(*clauses))))
