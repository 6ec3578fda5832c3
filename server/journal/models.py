"""The journal and its seals.

Job: one row per act; triggers refuse update, delete and truncate; each committed row is sealed by an SM3 chain in the
order in which rows became visible (spec 6 R4). Seals live in a table of their own: writers never wait for one another.
Never: import a slice.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from server.db import db


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the SQL name of the type."""
        return "xid8"

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        """Return whole numbers."""
        return lambda value: None if value is None else int(value)


class Entry(db.Model):
    """One line of the journal (日志条目): who, post, when, from, to, why."""

    __tablename__ = "journal"
    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    xid: Mapped[int] = mapped_column(Xid8(), server_default=sa.text("pg_current_xact_id()"))
    at: Mapped[datetime]
    captured_at: Mapped[datetime | None]
    action: Mapped[str]
    move: Mapped[str | None]
    item_kind: Mapped[str | None]
    item_id: Mapped[uuid.UUID | None]
    item_no: Mapped[str | None]
    revision: Mapped[int | None]
    state_from: Mapped[str | None]
    state_to: Mapped[str | None]
    person_id: Mapped[uuid.UUID]
    post_id: Mapped[uuid.UUID | None]
    role: Mapped[str]
    unit_code: Mapped[str]
    device_id: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    audience: Mapped[list[str]]
    __table_args__ = (
        sa.Index("ix_journal_item", "item_id", "id"),
        sa.Index("ix_journal_stream", "xid", "id"),
        sa.Index("ix_journal_at", "at", postgresql_using="brin"),
        sa.Index(
            "uq_journal_item_revision", "item_id", "revision", unique=True, postgresql_where=sa.text("move is not null")
        ),
    )


class Seal(db.Model):
    """The n-th link of the chain: SM3 over the previous link and the bytes of one entry."""

    __tablename__ = "journal_seals"
    n: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(sa.BigInteger, unique=True)
    hash: Mapped[bytes]
    sealed_at: Mapped[datetime]


class Mark(db.Model):
    """The end of the chain and how far the sealer has read: one row, whose lock is the sealer's turn.

    ``seen`` is the snapshot of its last turn; ``cluster`` is the server the snapshot belongs to, because numbers of
    transactions mean nothing on another one (a backup restored elsewhere).
    """

    __tablename__ = "journal_marks"
    one: Mapped[bool] = mapped_column(primary_key=True, default=True)
    n: Mapped[int] = mapped_column(sa.BigInteger)
    hash: Mapped[bytes]
    cluster: Mapped[int] = mapped_column(sa.BigInteger)
    seen: Mapped[str]
    __table_args__ = (sa.CheckConstraint("one", name="single"),)
