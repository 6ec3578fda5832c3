"""The table of amendments: the whole text of a subject's files, from when they hold, who decided it and why.

Job: keep every version there ever was; a trigger lets nobody change one that was adopted, except to withdraw it.
Never: hold a version that the policy's own checks refuse.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db, new_id


class Amendment(db.Model):
    """A version of one subject (政策修订); a draft as long as ``begins_at`` is empty, and at most one per subject."""

    __tablename__ = "amendments"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[str]
    no: Mapped[int]
    files: Mapped[dict[str, Any]]
    revision: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"))
    made_at: Mapped[datetime]
    begins_at: Mapped[datetime | None]
    adopted_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("persons.id"))
    adopted_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("persons.id"))
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (
        sa.UniqueConstraint("subject", "no"),
        sa.CheckConstraint("subject in ('directory', 'calendar')", name="subject"),
        sa.CheckConstraint("begins_at is null or (adopted_at is not null and reason <> '')", name="adopted"),
        sa.CheckConstraint("withdrawn_at is null or withdrawn_at < begins_at", name="withdrawn"),
        sa.Index("uq_amendments_draft", "subject", unique=True, postgresql_where=sa.text("begins_at is null")),
        sa.Index(
            "uq_amendments_begins_at",
            "subject",
            "begins_at",
            unique=True,
            postgresql_where=sa.text("withdrawn_at is null"),
        ),
    )
