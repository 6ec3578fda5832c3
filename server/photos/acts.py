"""Declare photos with an act; note that their bytes have arrived; say what an item has.

Job: the rows: a declared photo is awaited until its bytes are durable.
Never: read or write bytes, or commit.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server import journal, policy, rows
from server.access import Actor
from server.db import db, execute, new_id, now
from server.journal import Line
from server.photos import refusals, rules
from server.photos.models import Photo
from server.photos.pictures import Picture
from server.photos.receiving import Kept
from server.photos.subject import Subject

_ROLES = sa.select(Photo.role).where(Photo.item_id == sa.bindparam("item", type_=sa.Uuid())).distinct()


def declare(declared: Iterable[tuple[str, uuid.UUID, Sequence[Mapping[str, Any]], uuid.UUID]], *, at: datetime) -> None:
    """Declare photos, given as (kind, item id, photos, person) per item, in one statement; a known one stays."""
    awaited = [
        {
            "id": new_id(),
            "item_kind": kind,
            "item_id": item_id,
            "sha256": photo["sha256"],
            "role": photo["kind"],
            "taken_at": photo.get("taken_at"),
            "declared_by": by,
            "declared_at": at,
            "flags": [],
        }
        for kind, item_id, photos, by in declared
        for photo in photos
    ]
    rows.insert(Photo, awaited, unless_there=("item_id", "sha256"))


def expected(item_id: uuid.UUID, sha256: str) -> Photo | None:
    """Return the photo declared for an item under this hash, or None."""
    return db.session.scalars(sa.select(Photo).where(Photo.item_id == item_id, Photo.sha256 == sha256)).one_or_none()


def check_may_add(subject: Subject, item: Any, by: Actor) -> None:
    """Refuse a photo nobody declared: from readers, for finished items, beyond the limit.

    Raises:
        NotDeclared, ItemFinished, EnoughPhotos.
    """
    if not subject.holds(item, by, subject.sends):
        raise refusals.NotDeclared
    if item.closed_at is not None:
        raise refusals.ItemFinished
    most = policy.current().settings.events.photos_max
    known = sa.select(Photo.id).where(Photo.item_id == item.id).limit(most)
    if len(db.session.scalars(known).all()) >= most:
        raise refusals.EnoughPhotos(most=most)


def receive(subject: Subject, item: Any, sha256: str, kept: Kept, *, by: Actor) -> tuple[Photo, bool]:
    """Note that the bytes of a declared photo are durable; return it and whether that is news.

    Of two connections that bring the same photo one notes it, the other finds it noted.
    """
    wanted = sa.select(Photo).where(Photo.item_id == item.id, Photo.sha256 == sha256).with_for_update()
    photo = db.session.scalars(wanted.execution_options(populate_existing=True)).one()
    if photo.received_at is not None:
        return photo, False
    picture = kept.picture
    photo.received_at, photo.size, photo.sealed = now(), kept.size, kept.sealed
    photo.mime, photo.width, photo.height = picture.mime, picture.width, picture.height
    photo.flags = _doubts(subject, item, photo, picture)
    subject.received(item, photo.role)
    facts = {"sha256": sha256, "kind": photo.role, "size": kept.size, "flags": photo.flags}
    journal.write(Line("photo.received", by, item=item, kind=subject.kind, facts=facts, audience=subject.hears(item)))
    return photo, True


def _doubts(subject: Subject, item: Any, photo: Photo, picture: Picture) -> list[str]:
    settings = policy.current().settings.events
    moments = (photo.taken_at, photo.taken_at) if photo.taken_at else (subject.since(item), photo.declared_at)
    return rules.doubts(
        picture.taken_at,
        picture.place,
        rules.Told(*moments, subject.place(item)),
        hours_max=settings.photo_time_apart_h,
        metres_max=settings.photo_place_apart_m,
    )


def roles(item_id: uuid.UUID) -> set[str]:
    """Return the kinds of photos declared for an item."""
    return set(execute(_ROLES, {"item": item_id}).scalars())


def hashes(item_id: uuid.UUID) -> set[str]:
    """Return the names (SHA-256) of the photos declared for an item."""
    return set(db.session.scalars(sa.select(Photo.sha256).where(Photo.item_id == item_id)))


def shown(item_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the photos of an item as its card shows them, in the order of declaration."""
    query = sa.select(Photo).where(Photo.item_id == item_id).order_by(Photo.declared_at, Photo.id)
    return [line(photo) for photo in db.session.scalars(query)]


def line(photo: Photo) -> dict[str, Any]:
    """Return what may be shown of a photo; ``received`` is false while the bytes are awaited."""
    return {
        "sha256": photo.sha256,
        "kind": photo.role,
        "taken_at": _iso(photo.taken_at),
        "received": photo.received_at is not None,
        "received_at": _iso(photo.received_at),
        "mime": photo.mime,
        "size": photo.size,
        "width": photo.width,
        "height": photo.height,
        "flags": photo.flags,
    }


def promised(photos: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return photos just declared as a card shows them, without asking the database."""
    return [
        line(Photo(sha256=photo["sha256"], role=photo["kind"], taken_at=photo.get("taken_at"), flags=[]))
        for photo in photos
    ]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
