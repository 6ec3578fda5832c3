"""The table of checks of the journal: who asked, what came out.

Never: hold a line of the journal.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db, new_id


class JournalCheck(db.Model):
    """A verification of the whole chain (日志校验): ``finding`` is the first thing that is wrong, empty: nothing."""

    __tablename__ = "journal_checks"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    asked_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    lines: Mapped[int | None] = mapped_column(sa.BigInteger)
    finding: Mapped[dict[str, Any] | None]
