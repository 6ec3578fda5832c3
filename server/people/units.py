"""Units in the database (单位): those of the policy, so that posts and assignments can point at them.

Job: bring the table up to the policy at the start.
Never: delete a unit: history points at it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from server.db import db
from server.people.models import Unit
from server.policy import Policy
from server.policy.model import Unit as PolicyUnit
from server.policy.reading.who import OFFICE_KINDS, UNIT_KINDS

FROM_POLICY = frozenset({"district", "township"}) | UNIT_KINDS | OFFICE_KINDS
"""Kinds that come from the policy; villages come with the grids."""


def sync_units(policy: Policy) -> int:
    """Insert and update the district, its departments, the townships that take part and their offices; return how many.

    A unit that left the policy stays for the history, but nothing is dispatched to it any more.
    """
    rows = _rows(policy)
    added = insert(Unit)
    columns = [name for name in rows[0] if name != "code"]
    changed = sa.or_(*(getattr(Unit, name).is_distinct_from(added.excluded[name]) for name in columns))
    statement = added.on_conflict_do_update(
        index_elements=["code"], set_={name: added.excluded[name] for name in columns}, where=changed
    )
    db.session.execute(statement, rows)
    gone = sa.update(Unit).where(
        Unit.kind.in_(FROM_POLICY), Unit.code.not_in([row["code"] for row in rows]), Unit.dispatchable
    )
    db.session.execute(gone.values(dispatchable=False))
    return len(rows)


def _rows(policy: Policy) -> list[dict[str, Any]]:
    """Return the units with every parent before its children."""
    district = policy.settings.district
    root = {
        "code": district.code6,
        "zh": district.name_zh,
        "en": district.name_en,
        "kind": "district",
        "parent_code": None,
        "township_code": None,
        "dispatchable": False,
        "built_up": False,
    }
    taking_part = [unit for unit in policy.units.values() if unit.takes_part]
    first = [_row(unit, district.code6) for unit in taking_part if not unit.parent]
    return [root, *first, *(_row(unit, unit.parent) for unit in taking_part if unit.parent)]


def _row(unit: PolicyUnit, parent: str) -> dict[str, Any]:
    return {
        "code": unit.code,
        "zh": unit.zh,
        "en": unit.en,
        "kind": unit.kind,
        "parent_code": parent,
        "township_code": unit.township or None,
        "dispatchable": unit.dispatchable,
        "built_up": unit.built_up,
    }


def known() -> list[Unit]:
    """Return all units somebody can be appointed in, by code, at most 2000."""
    return list(db.session.scalars(sa.select(Unit).order_by(Unit.code).limit(2000)))
