"""Tables of clocks: promises that run, pauses, breaches, and the ladders they were started under.

Job: hold for each promise when it is due, when it speaks up next and how it ended (spec 4).
Never: know what ringing means, or count down: every moment is computed from start, limit, pauses and extension.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.clocks.replay import RESULTS, RUNNING
from server.db import db, new_id


class LadderSnapshot(db.Model):
    """A ladder as it was when a clock was started (催办阶梯快照), named by the digest of its content."""

    __tablename__ = "clock_ladders"
    digest: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]


class Clock(db.Model):
    """A running or stopped promise (时限) of one item, for one unit or for the item as a whole.

    ``due_at`` moves with pauses and extensions, ``original_due_at`` never does. ``rung`` is the index of the next
    moment of its ladder and ``rings_at`` that moment, or the approved end of a pause. ``breaches`` is false for a right
    of a resident: it may lapse but not be late.
    """

    __tablename__ = "clocks"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    item_kind: Mapped[str]
    item_id: Mapped[uuid.UUID]
    code: Mapped[str]
    unit_code: Mapped[str | None]
    started_at: Mapped[datetime]
    limit: Mapped[str]
    given: Mapped[datetime | None]
    source: Mapped[str]
    ladder: Mapped[str] = mapped_column(sa.ForeignKey("clock_ladders.digest"))
    statutory: Mapped[bool]
    pausable: Mapped[bool]
    breaches: Mapped[bool]
    due_at: Mapped[datetime]
    original_due_at: Mapped[datetime]
    provisional: Mapped[bool]
    extended_at: Mapped[datetime | None]
    extended_to: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(default=RUNNING)
    stopped_at: Mapped[datetime | None]
    rung: Mapped[int]
    rings_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("(stopped_at is null) = (rings_at is not null)", name="rings"),
        sa.CheckConstraint("(stopped_at is null) = (result in ('running', 'breached_open'))", name="open"),
        sa.CheckConstraint(sa.column("result").in_(RESULTS), name="result"),
        sa.CheckConstraint("stopped_at >= started_at", name="order"),
        sa.CheckConstraint("(extended_at is null) = (extended_to is null)", name="extension"),
        sa.Index(
            "uq_clocks_running",
            "item_id",
            "code",
            "unit_code",
            unique=True,
            postgresql_where=sa.text("stopped_at is null"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.Index("ix_clocks_item", "item_id", "started_at"),
        sa.Index("ix_clocks_rings_at", "rings_at", postgresql_where=sa.text("stopped_at is null")),
        sa.Index("ix_clocks_due_at", "code", "due_at"),
        sa.Index("ix_clocks_provisional", "id", postgresql_where=sa.text("provisional and stopped_at is null")),
    )


class ClockPause(db.Model):
    """A span in which a clock stands still (挂起): why, approved by whom, until when at the latest, ended when."""

    __tablename__ = "clock_pauses"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    clock_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("clocks.id"), index=True)
    reason: Mapped[str]
    approver: Mapped[uuid.UUID]
    since: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("until > since", name="order"),
        sa.CheckConstraint("ended_at between since and until", name="ended"),
        sa.Index("uq_clock_pauses_open", "clock_id", unique=True, postgresql_where=sa.text("ended_at is null")),
    )


class Breach(db.Model):
    """A promise was not kept (超时记录): immutable; unit, post and person are those in custody at the due moment."""

    __tablename__ = "breaches"
    clock_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("clocks.id"), primary_key=True)
    item_kind: Mapped[str]
    item_id: Mapped[uuid.UUID] = mapped_column(index=True)
    code: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    recorded_at: Mapped[datetime]
    unit_code: Mapped[str | None] = mapped_column(index=True)
    post_id: Mapped[uuid.UUID | None]
    person_id: Mapped[uuid.UUID | None]
