"""Tables of the background work: which reactions have run, which loop was last alive.

Job: make a repeated job harmless and a silent loop visible.
Never: hold the queue itself; that is procrastinate's.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db


class ReactionRun(db.Model):
    """A reaction to one line: done once, or failing and why."""

    __tablename__ = "reaction_runs"
    entry_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    error: Mapped[str | None]
    __table_args__ = (sa.Index("ix_reaction_runs_open", "entry_id", postgresql_where=sa.text("done_at is null")),)


class Beat(db.Model):
    """When a loop of the worker last did its round (心跳)."""

    __tablename__ = "beats"
    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
