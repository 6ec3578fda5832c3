"""Declare photos with an act; receive them later.

Job: keep the promise that a declared photo is awaited, and say which kinds an item has.
Never: read or write bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from server.db import db, new_id
from server.photos.models import Photo


def declare(
    declared: Iterable[tuple[str, uuid.UUID, Sequence[Mapping[str, Any]]]], *, by: uuid.UUID, at: datetime
) -> None:
    """Declare the photos of many items, given as (kind, item id, photos), in one statement; a known one stays as it is."""
    rows = [
        {
            "id": new_id(),
            "item_kind": kind,
            "item_id": item_id,
            "sha256": photo["sha256"],
            "role": photo["kind"],
            "taken_at": photo.get("taken_at"),
            "declared_by": by,
            "declared_at": at,
        }
        for kind, item_id, photos in declared
        for photo in photos
    ]
    if rows:
        db.session.execute(insert(Photo).on_conflict_do_nothing(index_elements=["item_id", "sha256"]), rows)


def roles(item_id: uuid.UUID) -> set[str]:
    """Return the kinds of photos declared for an item."""
    return set(db.session.scalars(sa.select(Photo.role).where(Photo.item_id == item_id).distinct()))


def expect(kind: str, item_id: uuid.UUID, sha256: str) -> Photo | None:
    """Return the photo declared for an item under this hash, or None."""
    query = sa.select(Photo).where(Photo.item_kind == kind, Photo.item_id == item_id, Photo.sha256 == sha256)
    return db.session.scalars(query).first()


def shown(item_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the photos of an item as its card shows them, in the order of declaration."""
    query = sa.select(Photo).where(Photo.item_id == item_id).order_by(Photo.declared_at, Photo.id)
    return [line(photo) for photo in db.session.scalars(query)]


def line(photo: Photo) -> dict[str, Any]:
    """Return what may be shown of a photo; ``received`` is false while the bytes are awaited."""
    return {
        "sha256": photo.sha256,
        "kind": photo.role,
        "taken_at": photo.taken_at.isoformat() if photo.taken_at else None,
        "received": photo.received_at is not None,
        "mime": photo.mime,
        "width": photo.width,
        "height": photo.height,
    }
