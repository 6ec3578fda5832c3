"""Who fills a desk today: the post of a role in a unit or a grid, and the person in it.

Job: answer (unit, role, grid) → post and person, many at a time.
Never: choose between units.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
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


def filled(day: date | sa.BindParameter[date]) -> sa.ColumnElement[bool]:
    """Return the condition that an appointment holds on ``day``."""
    return sa.and_(Appointment.valid_from <= day, sa.or_(Appointment.valid_to.is_(None), Appointment.valid_to >= day))


def away(day: date | sa.BindParameter[date]) -> sa.ColumnElement[bool]:
    """Return the condition that whoever is appointed is on leave (休假) on ``day``: a deputy then comes first."""
    return (
        sa.exists()
        .where(Leave.person_id == Appointment.person_id, Leave.first_day <= day, Leave.last_day >= day)
        .correlate(Appointment)
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


def desks(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Desk]:
    """Return the first filled post for each (unit code, role); a vacant desk keeps its unit."""
    pairs = set(wanted)
    if not pairs:
        return {}
    units, roles = zip(*pairs, strict=True)
    rows = execute(_DESKS, {"units": units, "roles": roles, "day": today()})
    found = {(unit, role): Desk(unit, post, person) for unit, role, post, person in rows}
    return {pair: found.get(pair, Desk(pair[0])) for pair in pairs}


def desk(unit: str, role: str) -> Desk:
    """Return the desk of ``role`` in ``unit``."""
    return desks([(unit, role)])[unit, role]


def of_grid(grid: str | None, roles: tuple[str, ...], fallback: str) -> Desk:
    """Return who stands in ``grid`` in the first of ``roles`` that is filled; else the desk of ``fallback`` unit."""
    query = (
        sa.select(Post.unit_code, Post.id, Appointment.person_id)
        .join(Appointment, sa.and_(Appointment.post_id == Post.id, filled(today())))
        .where(Post.grid_code == grid, Post.role.in_(roles))
        .order_by(
            sa.func.array_position(sa.literal(list(roles)), Post.role), away(today()), Appointment.deputy, Post.id
        )
        .limit(1)
    )
    row = db.session.execute(query).first() if grid else None
    return Desk(*row) if row else Desk(fallback)


def post_of(person_id: uuid.UUID, unit: str) -> Desk:
    """Return the post ``person_id`` fills in ``unit`` today."""
    query = (
        sa.select(Post.id)
        .join(Appointment, sa.and_(Appointment.post_id == Post.id, filled(today())))
        .where(Appointment.person_id == person_id, Post.unit_code == unit)
        .order_by(Post.id)
        .limit(1)
    )
    return Desk(unit, db.session.scalar(query), person_id)


def persons_at(tags: Iterable[tuple[str, str | None, str | None]]) -> set[uuid.UUID]:
    """Return who fills posts described by (role, unit or None, grid or None) today."""
    columns = (Post.role, Post.unit_code, Post.grid_code)
    clauses = [sa.and_(*(column == code for column, code in zip(columns, tag, strict=True) if code)) for tag in tags]
    if not clauses:
        return set()
    query = sa.select(Appointment.person_id).join(Post, Post.id == Appointment.post_id)
    return set(db.session.scalars(query.where(filled(today()), sa.or_(*clauses))))
