"""The inbox (消息): what a person was told, oldest first behind the last position, so that a phone fetches increments.

Job: one page after a cursor; nothing is missed, because places are given out at delivery, one delivery at a time.
Never: mark anything.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from server.db import db
from server.flow.card import iso
from server.notices.channels import said
from server.notices.models import Notice

UNREAD_MAX = 100
APP = "app"


def page(person_id: uuid.UUID, after: int, limit: int) -> dict[str, Any]:
    """Return at most ``limit`` notices behind position ``after``, the cursor to go on from, and how many are unread."""
    mine = sa.and_(Notice.person_id == person_id, Notice.channel == APP)
    query = sa.select(Notice).where(mine, Notice.position > after).order_by(Notice.position).limit(limit + 1)
    found = db.session.scalars(query).all()
    shown = found[:limit]
    within = _members(notice.id for notice in shown if notice.bundle_size > 1)
    return {
        "items": [_item(notice) | {"bundle": within[notice.id]} for notice in shown],
        "cursor": str(shown[-1].position if shown else after),
        "more": len(found) > limit,
        "unread": _unread(mine),
    }


def _members(heads: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
    within: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    wanted = list(heads)
    if wanted:
        inside = sa.or_(Notice.bundled_into.in_(wanted), Notice.id.in_(wanted))
        for notice in db.session.scalars(sa.select(Notice).where(inside).order_by(Notice.id)):
            within[notice.bundled_into or notice.id].append(_item(notice) | {"title": notice.title})
    return within


def _item(notice: Notice) -> dict[str, Any]:
    return {
        "id": str(notice.id),
        "kind": notice.kind,
        "severity": notice.severity,
        "title": said(notice),
        "body": notice.body,
        "item": {"kind": notice.item_kind, "id": str(notice.item_id)} if notice.item_id else None,
        "created_at": iso(notice.created_at),
        "read_at": iso(notice.read_at),
    }


def _unread(mine: Any) -> int:
    few = sa.select(sa.literal(1)).where(mine, Notice.read_at.is_(None), Notice.position.is_not(None)).limit(UNREAD_MAX)
    return db.session.scalar(sa.select(sa.func.count()).select_from(few.subquery())) or 0
