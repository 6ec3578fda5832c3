"""Custody: at each instant exactly one unit, post and person answers for an item (责任区间, R4).

Job: hand an item over without gap or overlap; end custody with the final state.
Never: decide to whom.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.db import db, execute, new_id
from server.flow.models import Custody
from server.flow.moves import Holder


def hand(kind: str, item_id: uuid.UUID, to: Holder | None, at: datetime) -> None:
    """End the open interval at ``at`` and open one for ``to`` (None: the item is final); the same holder goes on."""
    if to is None:
        execute(_END, {"item": item_id, "moment": at})
        return
    held = {"unit": to.unit, "post": to.post_id, "person": to.person_id}
    execute(_HAND, held | {"fresh": new_id(), "kind": kind, "item": item_id, "moment": at})


_UNIT, _KIND = (sa.bindparam(name, type_=sa.Text()) for name in ("unit", "kind"))
_POST, _PERSON, _ITEM, _FRESH = (sa.bindparam(name, type_=sa.Uuid()) for name in ("post", "person", "item", "fresh"))
_AT = sa.bindparam("moment", type_=sa.DateTime(timezone=True))
_IS_OPEN = sa.and_(Custody.item_id == _ITEM, Custody.until.is_(None))
_END = sa.update(Custody).where(_IS_OPEN).values(until=_AT)


def _hand() -> sa.Insert:
    """Return the one statement of a hand-over: it ends the old interval before it opens the new one."""
    to = {Custody.unit_code: _UNIT, Custody.post_id: _POST, Custody.person_id: _PERSON}
    is_same = [column.is_not_distinct_from(value) for column, value in to.items()]
    kept = sa.select(Custody.id).where(_IS_OPEN, *is_same).cte("kept")
    moves = sa.not_(sa.exists().select_from(kept))
    ended = sa.update(Custody).where(_IS_OPEN, moves).values(until=_AT).returning(Custody.id).cte("ended")
    first = sa.select(sa.func.count()).select_from(ended).scalar_subquery() >= sa.text("0")
    opened: dict[str, Any] = {"id": _FRESH, "item_kind": _KIND, "item_id": _ITEM, "unit_code": _UNIT}
    opened |= {"post_id": _POST, "person_id": _PERSON, "since": _AT}
    values: Any = sa.select(*opened.values()).where(moves, first)
    return sa.insert(Custody.__table__).from_select(list(opened), values, include_defaults=False)


_HAND = _hand()


def holder(item_id: uuid.UUID) -> Custody | None:
    """Return the open interval of an item."""
    return db.session.scalars(sa.select(Custody).where(Custody.item_id == item_id, Custody.until.is_(None))).first()
