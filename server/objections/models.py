"""The table of objections.

Never: hold two objections of one unit to one assignment.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db
from server.flow import Item


class Objection(Item, db.Model):
    """An objection (异议): no share at all (aim leave) or another should lead (change_lead)."""

    __tablename__ = "objections"
    item_kind: Mapped[str]
    item_id: Mapped[uuid.UUID] = mapped_column(index=True)
    target_id: Mapped[uuid.UUID]
    unit_code: Mapped[str] = mapped_column(sa.ForeignKey("units.code"), index=True)
    aim: Mapped[str]
    claimed_share_pct: Mapped[int]
    basis: Mapped[str]
    reason: Mapped[str]
    received_at: Mapped[datetime]
    late_local: Mapped[bool] = mapped_column(default=False)
    proven_share_pct: Mapped[int | None]
    decision: Mapped[str | None]
    legal_basis: Mapped[str | None]
    __table_args__ = (
        sa.UniqueConstraint("target_id", "unit_code"),
        *Item.index_by_township("objections"),
        sa.Index("ix_objections_page", "created_at", "id"),
        sa.CheckConstraint("aim in ('leave', 'change_lead')", name="aim"),
    )

    scopes: ClassVar[dict[str, Any]] = {"d": lambda model, actor, hat: model.unit_code == hat.unit}
