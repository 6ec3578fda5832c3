"""Breach records (超时记录): once per clock, immutable, with who was responsible at the due moment.

Job: write down that a promise was not kept, with the unit, post and person in custody then (spec 4 rule 6, R4).
Never: judge who is to blame.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from server.clocks.models import Breach, Clock
from server.db import db, now

_custody = sa.table("custody", *map(sa.column, ("item_id", "unit_code", "post_id", "person_id", "since", "until")))
"""Custody belongs to ``flow``, which starts and stops clocks: it is read here by its name, not imported."""


def record(clocks: Iterable[Clock]) -> set[uuid.UUID]:
    """Record a breach for those of ``clocks`` that can be breached and have none; return the ids of these clocks."""
    ids = [clock.id for clock in clocks if clock.breaches]
    if not ids:
        return set()
    db.session.flush()
    columns = ("clock_id", "item_kind", "item_id", "code", "at", "recorded_at", "unit_code", "post_id", "person_id")
    statement = insert(Breach).from_select(columns, _breached(ids)).on_conflict_do_nothing().returning(Breach.clock_id)
    return set(db.session.scalars(statement))


def _breached(ids: list[uuid.UUID]) -> sa.Select[Any]:
    """Return the rows to record: each clock with whoever held its item when it fell due."""
    held = sa.and_(
        _custody.c.item_id == Clock.item_id,
        _custody.c.since <= Clock.due_at,
        sa.or_(_custody.c.until.is_(None), _custody.c.until > Clock.due_at),
    )
    return (
        sa.select(
            Clock.id,
            Clock.item_kind,
            Clock.item_id,
            Clock.code,
            Clock.due_at,
            sa.literal(now(), sa.DateTime(timezone=True)),
            sa.func.coalesce(_custody.c.unit_code, Clock.unit_code),
            _custody.c.post_id,
            _custody.c.person_id,
        )
        .select_from(Clock)
        .outerjoin(_custody, held)
        .where(Clock.id.in_(ids))
    )
