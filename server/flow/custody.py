"""Custody: at each instant exactly one unit, post and person answers for an item (责任区间, R4).

Job: hand an item over without gap or overlap; end custody with the final state.
Never: decide to whom.
"""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa

from server.db import db
from server.flow.models import Custody
from server.flow.moves import Holder


def hand(kind: str, item_id: uuid.UUID, to: Holder | None, at: datetime) -> Custody | None:
    """End the open interval at ``at`` and open one for ``to`` (None: the item is final); the same holder goes on."""
    held = holder(item_id)
    if held is not None and to is not None and _same(held, to):
        return held
    if held is not None:
        held.until = at
        db.session.flush()
    if to is None:
        return None
    opened = Custody(
        item_kind=kind, item_id=item_id, unit_code=to.unit, post_id=to.post_id, person_id=to.person_id, since=at
    )
    db.session.add(opened)
    return opened


def _same(held: Custody, to: Holder) -> bool:
    return (held.unit_code, held.post_id, held.person_id) == (to.unit, to.post_id, to.person_id)


def holder(item_id: uuid.UUID) -> Custody | None:
    """Return the open interval of an item."""
    return db.session.scalars(sa.select(Custody).where(Custody.item_id == item_id, Custody.until.is_(None))).first()


def at_moment(item_id: uuid.UUID, moment: datetime) -> Custody | None:
    """Return who was responsible at ``moment`` (责任倒查)."""
    query = sa.select(Custody).where(
        Custody.item_id == item_id,
        Custody.since <= moment,
        sa.or_(Custody.until.is_(None), Custody.until > moment),
    )
    return db.session.scalars(query).first()
