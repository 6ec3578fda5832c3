"""Declare photos and voice notes with an act; note that their bytes have arrived; say what an item has.

Job: the rows: a declared attachment is awaited until its bytes are durable.
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
from server.photos import media, refusals, rules
from server.photos.media import MEDIA, Medium, Seen
from server.photos.models import Photo
from server.photos.receiving import Kept
from server.photos.subject import Subject

_ROLES = sa.select(Photo.role).where(Photo.item_id == sa.bindparam("item", type_=sa.Uuid())).distinct()


def declare(declared: Iterable[tuple[str, uuid.UUID, Sequence[Mapping[str, Any]], uuid.UUID]], *, at: datetime) -> None:
    """Declare attachments, given as (kind, item id, these, person) per item, in one statement; a known one stays."""
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


def declared_in(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the attachments a report or an act declares: its photos and its voice notes."""
    return [one for medium in MEDIA for one in facts.get(medium.way) or ()]


def expected(item_id: uuid.UUID, sha256: str) -> Photo | None:
    """Return the attachment declared for an item under this hash, or None."""
    return db.session.scalars(sa.select(Photo).where(Photo.item_id == item_id, Photo.sha256 == sha256)).one_or_none()


def check_may_add(subject: Subject, medium: Medium, item: Any, by: Actor) -> None:
    """Refuse an attachment nobody declared: from readers, for finished items, beyond the limit.

    Raises:
        NotDeclared, ItemFinished, EnoughPhotos.
    """
    if not subject.holds(item, by, subject.sends):
        raise refusals.NotDeclared
    if item.closed_at is not None:
        raise refusals.ItemFinished
    most = medium.most()
    known = sa.select(Photo.id).where(Photo.item_id == item.id, Photo.role.in_(medium.roles)).limit(most)
    if len(db.session.scalars(known).all()) >= most:
        raise refusals.EnoughPhotos(most=most)


def receive(subject: Subject, item: Any, sha256: str, kept: Kept, *, by: Actor) -> tuple[Photo, bool]:
    """Note that the bytes of a declared attachment are durable; return it and whether that is news.

    Of two connections that bring the same bytes one notes it, the other finds it noted.
    """
    wanted = sa.select(Photo).where(Photo.item_id == item.id, Photo.sha256 == sha256).with_for_update()
    photo = db.session.scalars(wanted.execution_options(populate_existing=True)).one()
    if photo.received_at is not None:
        return photo, False
    photo.received_at, photo.size, photo.sealed = now(), kept.size, kept.sealed
    for column, value in kept.seen.facts.items():
        setattr(photo, column, value)
    photo.flags = _doubts(subject, item, photo, kept.seen)
    subject.received(item, photo.role)
    facts = {"sha256": sha256, "kind": photo.role, "size": kept.size, "flags": photo.flags}
    action = f"{media.of(photo.role).name}.received"
    journal.write(Line(action, by, item=item, kind=subject.kind, facts=facts, audience=subject.hears(item)))
    return photo, True


def _doubts(subject: Subject, item: Any, photo: Photo, seen: Seen) -> list[str]:
    settings = policy.current().settings.events
    moments = (photo.taken_at, photo.taken_at) if photo.taken_at else (subject.since(item), photo.declared_at)
    return rules.doubts(
        seen.taken_at,
        seen.place,
        rules.Told(*moments, subject.place(item)),
        hours_max=settings.photo_time_apart_h,
        metres_max=settings.photo_place_apart_m,
    )


def roles(item_id: uuid.UUID) -> set[str]:
    """Return the roles of the attachments declared for an item."""
    return set(execute(_ROLES, {"item": item_id}).scalars())


def hashes(item_id: uuid.UUID) -> set[str]:
    """Return the names (SHA-256) of the attachments declared for an item."""
    return set(db.session.scalars(sa.select(Photo.sha256).where(Photo.item_id == item_id)))


def shown(item_id: uuid.UUID) -> dict[str, list[dict[str, Any]]]:
    """Return photos and voices of an item as its card shows them, each in the order of declaration."""
    query = sa.select(Photo).where(Photo.item_id == item_id).order_by(Photo.declared_at, Photo.id)
    return _listed(db.session.scalars(query))


def _listed(photos: Iterable[Photo]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {medium.way: [] for medium in MEDIA}
    for photo in photos:
        found[media.of(photo.role).way].append(line(photo))
    return found


def line(photo: Photo) -> dict[str, Any]:
    """Return what may be shown of an attachment; ``received`` is false while the bytes are awaited."""
    told = {
        "id": str(photo.id) if photo.id else None,
        "sha256": photo.sha256,
        "kind": photo.role,
        "taken_at": _iso(photo.taken_at),
        "received": photo.received_at is not None,
        "received_at": _iso(photo.received_at),
        "mime": photo.mime,
        "size": photo.size,
    }
    return told | {name: getattr(photo, name) for name in media.of(photo.role).facts}


def promised(facts: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return photos and voices just declared by an act as a card shows them, without asking the database."""
    return _listed(
        Photo(sha256=one["sha256"], role=one["kind"], taken_at=one.get("taken_at"), flags=[])
        for one in declared_in(facts)
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
