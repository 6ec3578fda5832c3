"""Show attachments: copies to whoever sees the item, the sealed original to few, for a purpose, and written down.

Job: answers with bytes and the headers they need; one line in the journal per opening (spec 13.2 and 13.9).
Never: show an original or its metadata without a purpose.
"""

from __future__ import annotations

from typing import Any

from flask import Response

from server import journal
from server.access import Actor
from server.journal import Line
from server.photos import acts, media, receiving, refusals
from server.photos.media import Medium
from server.photos.models import Photo
from server.photos.subject import Subject

GUARDED = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
"""Whatever the bytes are, a browser shows them as a picture or a sound and runs nothing."""
YEAR_S = 31_536_000


def photo_of(subject: Subject, medium: Medium, item: Any, sha256: str, by: Actor) -> Photo:
    """Return a received attachment of ``item`` that ``by`` may look at; raises StillAwaited, Protected."""
    photo = acts.expected(item.id, sha256)
    if photo is None or photo.received_at is None or photo.role not in medium.roles:
        raise refusals.StillAwaited
    if subject.hides(item, by):
        raise refusals.Protected
    return photo


def copy(photo: Photo, size: str) -> Response:
    """Return a copy without metadata; its bytes never change, so the reader's own cache may keep it.

    That of a voice is kept by nobody on the way.
    """
    medium = media.of(photo.role)
    response = Response(receiving.store().copy(photo.sha256, size), mimetype=medium.mime, headers=GUARDED)
    response.set_etag(f"{photo.sha256}-{size}")
    if not medium.keeps:
        response.cache_control.no_store = True
        return response
    response.cache_control.private = True
    response.cache_control.max_age = YEAR_S
    response.cache_control.immutable = True
    return response


def open_sealed(subject: Subject, item: Any, photo: Photo, field: str, purpose: str | None, by: Actor) -> None:
    """Write down that ``by`` opens a sealed ``field`` of an attachment; raises PurposeMissing, MayNotOpen."""
    if purpose is None:
        raise refusals.PurposeMissing
    if not subject.holds(item, by, subject.opens):
        raise refusals.MayNotOpen
    facts = {"sha256": photo.sha256, "field": field, "purpose": purpose}
    action = f"{media.of(photo.role).name}.opened"
    journal.write(Line(action, by, item=item, kind=subject.kind, facts=facts))


def original(photo: Photo) -> Response:
    """Return the file exactly as it was sent; nothing on the way may keep it."""
    content = receiving.store().original(photo.sha256)
    response = Response(content, mimetype=photo.mime, headers=GUARDED)
    response.cache_control.no_store = True
    return response
