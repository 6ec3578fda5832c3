"""Which attachment (附件: photo or voice note) belongs to which item, and what is known of its bytes.

Job: one is declared by its SHA-256 when the act is recorded and received later by its own request.
Never: hold the bytes (they lie in the store), or show sealed metadata.
"""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db, new_id

ROLES = ("before", "after", "scene", "check")
"""What a photo shows: before and after the handling, the scene, the check (处置前、处置后、现场、核查)."""
VOICE_ROLE = "voice"
"""The one role of a voice note (语音留言)."""


class Photo(db.Model):
    """An attachment of an item: a photo in one of ``ROLES``, or a voice note (role ``VOICE_ROLE``, ``seconds`` long).

    ``sealed`` is what the file's metadata said of time and place, encrypted; ``flags`` say where that does not fit.
    """

    __tablename__ = "photos"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    item_kind: Mapped[str]
    item_id: Mapped[uuid.UUID]
    sha256: Mapped[str]
    role: Mapped[str]
    taken_at: Mapped[datetime | None]
    declared_by: Mapped[uuid.UUID]
    declared_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    mime: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    seconds: Mapped[float | None]
    sealed: Mapped[bytes | None] = mapped_column(deferred=True)
    flags: Mapped[list[str]] = mapped_column(default=list, server_default="{}")
    __table_args__ = (
        sa.UniqueConstraint("item_id", "sha256"),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        sa.CheckConstraint("role in ('before', 'after', 'scene', 'check', 'voice')", name="role"),
        sa.Index("ix_photos_owed", "declared_at", postgresql_where=sa.text("received_at is null")),
        sa.Index(
            "ix_photos_awaited", "declared_by", "declared_at", "id", postgresql_where=sa.text("received_at is null")
        ),
    )
