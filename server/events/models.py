"""The table of events.

Job: keep what was reported exactly as it was reported, beside what was confirmed later.
Never: change the reporter, the time of report, the original text or point (a trigger refuses).
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db
from server.flow import Item


class Event(Item, db.Model):
    """A grid event (网格事件). ``point`` is EPSG:4490; ``raw_*`` is what the device sent, in ``raw_sys``."""

    __tablename__ = "events"
    category: Mapped[str]
    text: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=4490, spatial_index=False), nullable=False)
    raw_lon: Mapped[float]
    raw_lat: Mapped[float]
    raw_sys: Mapped[str]
    provider: Mapped[str] = mapped_column(default="")
    accuracy_m: Mapped[float | None]
    is_mock: Mapped[bool] = mapped_column(default=False)
    captured_at: Mapped[datetime]
    clock_error_s: Mapped[float | None]
    grid_code: Mapped[str | None] = mapped_column(index=False)
    grid_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    edition_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    placement: Mapped[str] = mapped_column(default="inside")
    candidates: Mapped[list[str]] = mapped_column(default=list)
    grid_choice: Mapped[str | None]
    flags: Mapped[list[str]] = mapped_column(default=list)
    extra: Mapped[dict[str, Any]] = mapped_column(default=dict)
    pairs: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list, deferred=True)
    self_handled: Mapped[bool] = mapped_column(default=False)
    parent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("events.id"), index=True)
    merged_count: Mapped[int] = mapped_column(default=0)
    recurrence_of: Mapped[uuid.UUID | None]
    result_code: Mapped[str | None]
    result_text: Mapped[str | None]
    handled_at: Mapped[datetime | None]
    suspended_until: Mapped[datetime | None]
    __table_args__ = (
        *Item.index_by_township("events"),
        sa.Index("ix_events_point", "point", postgresql_using="gist"),
        sa.Index(
            "ix_events_open_point", "point", postgresql_using="gist", postgresql_where=sa.text("closed_at is null")
        ),
        sa.Index("ix_events_pairs", "pairs", postgresql_using="gin"),
        sa.Index("ix_events_page", "created_at", "id"),
        sa.Index("ix_events_category", "category", "created_at"),
        sa.Index("ix_events_grid", "grid_code", "created_at"),
        sa.Index("ix_events_open", "state", "township_code", postgresql_where=sa.text("closed_at is null")),
        sa.Index("ix_events_handled_at", "handled_at", postgresql_where=sa.text("handled_at is not null")),
        sa.Index("ix_events_closed_at", "closed_at", postgresql_where=sa.text("closed_at is not null")),
        sa.Index(
            "ix_events_outside",
            "created_at",
            postgresql_where=sa.text("grid_id is null"),
            postgresql_include=["point", "category", "urgency", "state", "township_code"],
        ),
    )

    @property
    def happened_at(self) -> datetime:
        """Return when it was seen: captured time less the device's clock error, never after receipt (spec 4 rule 7)."""
        corrected = self.captured_at - timedelta(seconds=self.clock_error_s or 0.0)
        return min(corrected, self.created_at)
