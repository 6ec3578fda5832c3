"""Tables every kind of item shares: the columns of an item, assignments, sub-tasks, custody, conflicts.

Job: hold who must act (assignment 交办), who is responsible at each instant (custody 责任区间) and what could not be
applied (conflict task 冲突任务).
Never: know a kind of item.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db, new_id


def _span(since: str, until: str) -> Any:
    return sa.func.tstzrange(sa.column(since), sa.column(until), type_=TSTZRANGE)


class Item:
    """The columns common to all work items (spec 3.2); every kind mixes them in."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    no: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(index=True)
    revision: Mapped[int] = mapped_column(default=1)
    township_code: Mapped[str | None]
    village_code: Mapped[str | None] = mapped_column(index=True)
    grid_code: Mapped[str | None] = mapped_column(index=True)
    urgency: Mapped[str] = mapped_column(default="U4")
    channel: Mapped[str] = mapped_column(default="app")
    created_by: Mapped[uuid.UUID] = mapped_column(index=True)
    created_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    reassignments: Mapped[int] = mapped_column(default=0)
    reworks: Mapped[int] = mapped_column(default=0)
    synthetic: Mapped[bool] = mapped_column(default=False)

    @staticmethod
    def index_by_township(table: str) -> tuple[sa.Index, ...]:
        """Return the index of a township's list page, newest first."""
        return (sa.Index(f"ix_{table}_township_page", "township_code", "created_at", "id"),)


class Assignment(db.Model):  # type: ignore[name-defined,misc]
    """An assignment (交办): this unit must act on this item, as lead (牵头) or co-unit (协办), share 1..100 %."""

    __tablename__ = "assignments"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    item_kind: Mapped[str]
    item_id: Mapped[uuid.UUID] = mapped_column(index=True)
    unit_code: Mapped[str] = mapped_column(sa.ForeignKey("units.code"))
    role: Mapped[str]
    share_pct: Mapped[int]
    first_recipient: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    received_at: Mapped[datetime | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    __table_args__ = (
        sa.CheckConstraint("share_pct between 1 and 100", name="share"),
        sa.CheckConstraint("role in ('lead', 'co')", name="role"),
        sa.CheckConstraint("(until is null) = (ended_by is null)", name="ended"),
        sa.CheckConstraint(
            "ended_by in ('finished', 'objection_upheld', 'unit_abolished', 'lead_changed')", name="ended_by"
        ),
        ExcludeConstraint(
            ("item_id", "="), (_span("since", "until"), "&&"), where=sa.text("role = 'lead'"), name="ex_one_lead"
        ),
        sa.Index("ix_assignments_unit", "unit_code", "item_id"),
        sa.Index("ix_assignments_since", "since"),
        sa.Index("uq_assignments_first_recipient", "item_id", unique=True, postgresql_where=sa.text("first_recipient")),
    )


class Custody(db.Model):  # type: ignore[name-defined,misc]
    """A custody interval (责任区间): from one moment to another exactly one unit, post and person answers (R4)."""

    __tablename__ = "custody"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    item_kind: Mapped[str]
    item_id: Mapped[uuid.UUID]
    unit_code: Mapped[str]
    post_id: Mapped[uuid.UUID | None]
    person_id: Mapped[uuid.UUID | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    __table_args__ = (
        sa.CheckConstraint("until is null or until >= since", name="order"),
        ExcludeConstraint(("item_id", "="), (_span("since", "until"), "&&"), name="ex_one_custodian"),
        sa.Index("uq_custody_open", "item_id", unique=True, postgresql_where=sa.text("until is null")),
    )


class MoveConflict(db.Model):  # type: ignore[name-defined,misc]
    """An offline move that no longer fits (冲突任务): nothing is lost, the township decides (spec 5, g5)."""

    __tablename__ = "move_conflicts"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    item_kind: Mapped[str]
    item_id: Mapped[uuid.UUID] = mapped_column(index=True)
    township_code: Mapped[str | None] = mapped_column(index=True)
    act: Mapped[str]
    facts: Mapped[dict[str, Any]]
    created_by: Mapped[uuid.UUID]
    captured_at: Mapped[datetime]
    created_at: Mapped[datetime]
    state_then: Mapped[str | None]
    state_now: Mapped[str]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[uuid.UUID | None]
    settlement: Mapped[str | None]


class Subtask(db.Model):  # type: ignore[name-defined,misc]
    """A piece of work the lead asks of a co-unit (子任务): dated, at the latest the item's own due time (R2)."""

    __tablename__ = "subtasks"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    item_kind: Mapped[str]
    item_id: Mapped[uuid.UUID] = mapped_column(index=True)
    unit_code: Mapped[str] = mapped_column(sa.ForeignKey("units.code"), index=True)
    text: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    mandatory: Mapped[bool] = mapped_column(default=True)
    due_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[uuid.UUID | None]
    done_text: Mapped[str | None]
