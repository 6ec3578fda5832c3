"""Tables of notices: what a person was told, by which channel; who outside listens; what was sent there.

Job: one row per line, person, channel and kind, so that a repeated reaction cannot tell twice.
Never: hold a resident's data: a notice names the item, the reader opens it.
"""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.db import db, new_id

POSITIONS = sa.Sequence("notice_positions", metadata=db.metadata)
"""Places in the inboxes, given out at delivery, one delivery at a time."""


class Channel(db.Model):
    """A way to reach a person (渠道): used from a severity on, when it is switched on."""

    __tablename__ = "channels"
    code: Mapped[str] = mapped_column(primary_key=True)
    zh: Mapped[str]
    from_severity: Mapped[str]
    enabled: Mapped[bool]
    __table_args__ = (sa.CheckConstraint("from_severity in ('info', 'warn', 'alarm')", name="from_severity"),)


class Notice(db.Model):
    """Something one person is told by one channel (通知).

    ``deliver_after`` respects quiet hours and bundling; ``position`` is its place in the inbox, given at delivery, so
    that a reader who goes on from the last position misses nothing. Members of a bundle point at its head.
    """

    __tablename__ = "notices"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    entry_id: Mapped[int] = mapped_column(sa.BigInteger)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("persons.id"))
    channel: Mapped[str] = mapped_column(sa.ForeignKey("channels.code"))
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    item_kind: Mapped[str | None]
    item_id: Mapped[uuid.UUID | None]
    severity: Mapped[str]
    bundle_key: Mapped[str]
    created_at: Mapped[datetime]
    deliver_after: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    position: Mapped[int | None] = mapped_column(sa.BigInteger)
    bundle_size: Mapped[int] = mapped_column(default=1)
    bundled_into: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("notices.id"))
    read_at: Mapped[datetime | None]
    __table_args__ = (
        sa.UniqueConstraint("entry_id", "person_id", "channel", "kind", name="uq_notices_once"),
        sa.CheckConstraint("severity in ('info', 'warn', 'alarm')", name="severity"),
        sa.CheckConstraint("position is null or delivered_at is not null", name="delivered"),
        sa.Index("uq_notices_inbox", "person_id", "channel", "position", unique=True),
        sa.Index("ix_notices_due", "deliver_after", postgresql_where=sa.text("delivered_at is null")),
        sa.Index("ix_notices_bundle", "bundled_into", postgresql_where=sa.text("bundled_into is not null")),
        sa.Index(
            "ix_notices_unread", "person_id", postgresql_where=sa.text("read_at is null and position is not null")
        ),
        sa.Index("ix_notices_last", "person_id", "channel", "bundle_key", "delivered_at"),
    )


class Webhook(db.Model):
    """A program outside that wants to hear of lines (外部订阅): where, which actions, which audience tags.

    ``seen_n`` is the last seal it was offered. Its secret is not here: it follows from ``id`` and the key of the
    installation.
    """

    __tablename__ = "webhooks"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    url: Mapped[str]
    actions: Mapped[list[str]]
    tags: Mapped[list[str]]
    digest: Mapped[str]
    note: Mapped[str]
    seen_n: Mapped[int] = mapped_column(sa.BigInteger)
    created_by: Mapped[uuid.UUID]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (sa.CheckConstraint("digest in ('sha256', 'sm3')", name="digest"),)


class Delivery(db.Model):
    """One line offered to one webhook, and what came of it (推送记录)."""

    __tablename__ = "webhook_deliveries"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("webhooks.id"))
    n: Mapped[int] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    last_try_at: Mapped[datetime | None]
    last_answer: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    __table_args__ = (
        sa.UniqueConstraint("webhook_id", "n"),
        sa.CheckConstraint("delivered_at is null or given_up_at is null", name="outcome"),
    )
