"""The tables of whistles and of check-ins, one per whistle and department.

Job: keep who was called for what, when each answered and arrived, and how the caller judged.
Never: compute a verdict.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db
from server.flow import Item


class Whistle(Item, db.Model):
    """A whistle (吹哨). ``promise`` is the policy in force when it was blown; ``nonce`` makes its codes."""

    __tablename__ = "whistles"
    kind_code: Mapped[str]
    level: Mapped[str]
    event_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("events.id"), index=True)
    caller_unit: Mapped[str]
    why: Mapped[str]
    reason: Mapped[str]
    law_article: Mapped[str] = mapped_column(default="")
    ongoing: Mapped[bool] = mapped_column(default=False)
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=4490, spatial_index=False), nullable=True)
    meet_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    blown_at: Mapped[datetime | None]
    nonce: Mapped[str]
    promise: Mapped[dict[str, Any]] = mapped_column(default=dict)
    result_text: Mapped[str | None]
    __table_args__ = (
        *Item.index_by_township("whistles"),
        sa.Index("ix_whistles_page", "created_at", "id"),
        sa.Index(
            "ix_whistles_open_point", "point", postgresql_using="gist", postgresql_where=sa.text("closed_at is null")
        ),
    )

    scopes: ClassVar[dict[str, Any]] = {
        "d": lambda model, actor, hat: _called(model, CheckIn.unit_code == hat.unit),
        "c": lambda model, actor, hat: _called(model, _for_handler(actor, hat)),
    }


class CheckIn(Item, db.Model):
    """One department's report-in to one whistle (部门报到); ``circumstances`` decide its promises."""

    __tablename__ = "check_ins"
    whistle_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("whistles.id"))
    unit_code: Mapped[str] = mapped_column(sa.ForeignKey("units.code"))
    circumstances: Mapped[dict[str, Any]] = mapped_column(default=dict)
    required: Mapped[bool] = mapped_column(default=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    expected_at: Mapped[datetime | None]
    responded_at: Mapped[datetime | None]
    responded_late: Mapped[bool] = mapped_column(default=False)
    arrived_at: Mapped[datetime | None]
    arrived_late: Mapped[bool] = mapped_column(default=False)
    method: Mapped[str | None]
    distance_m: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    offline: Mapped[bool] = mapped_column(default=False)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    result_text: Mapped[str | None]
    arrival_score: Mapped[int | None]
    measures_score: Mapped[int | None]
    result_score: Mapped[int | None]
    evaluation: Mapped[str | None]
    __table_args__ = (
        sa.UniqueConstraint("whistle_id", "unit_code"),
        *Item.index_by_township("check_ins"),
        sa.Index("ix_check_ins_page", "created_at", "id"),
        sa.Index("ix_check_ins_unit", "unit_code", "created_at", "id"),
    )

    scopes: ClassVar[dict[str, Any]] = {
        "d": lambda model, actor, hat: model.unit_code == hat.unit,
        "c": lambda model, actor, hat: _for_handler(actor, hat),
    }


def _called(model: Any, match: Any) -> Any:
    return sa.exists().where(CheckIn.whistle_id == model.id, match).correlate(model)


def _for_handler(actor: Any, hat: Any) -> Any:
    """A handler reaches what names him, and what his unit has not given to anyone yet."""
    unnamed = sa.and_(CheckIn.unit_code == hat.unit, CheckIn.person_id.is_(None))
    return sa.or_(CheckIn.person_id == actor.person_id, unnamed)
