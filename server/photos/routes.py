"""The ways in to photos: each by its own PUT, named by the SHA-256 of its bytes; looked at by those who see the item.

Job: shapes; give a kind of item its photo routes.
Never: know a kind of item, or hold a database connection while bytes come in.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from flask import request

from server.access import Actor
from server.http import API, BYTES, SIGNED_IN, Answer, Room
from server.pages import PageAsk, PageOut, page
from server.photos import acts, receiving, sending, showing
from server.photos.forms import FactsOut, OpenAsk, PhotoAsk, PhotoOut, SendAsk, UploadOut
from server.photos.models import Photo
from server.photos.store import ORIGINAL
from server.photos.subject import Subject

room = Room("photos", __name__, url_prefix=API, description="照片")


@room.get("/photos/awaited", may=SIGNED_IN, asks=PageAsk, gives=PageOut, zh="待上传照片")
def awaited(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return the photos the asking person declared and has not sent yet, oldest first."""
    query = sa.select(Photo).where(Photo.declared_by == by.person_id, Photo.received_at.is_(None))
    keys = (Photo.declared_at, Photo.id)
    rows, cursor = page(query, keys, cursor=data["cursor"], limit=data["limit"], newest_first=False)
    items = [{"item_kind": row[0].item_kind, "item_id": str(row[0].item_id), **acts.line(row[0])} for row in rows]
    return {"items": items, "next_cursor": cursor}


IN_PARTS: dict[str, Any] = {
    "once": False,
    "streams": True,
    "alone": True,
    "or_gives": {200: PhotoOut, 202: PhotoOut},
    "reads": ("ContentRange",),
}
"""How bytes come in: raw, perhaps in several requests, each known by its range."""


def add_routes(room: Room, subject: Subject) -> None:
    """Give the items of ``subject`` their photo routes: send, how far, look, what the file says."""
    way = f"/{subject.path}/<uuid:id>/photos/<sha256:sha256>"
    common: dict[str, Any] = {"may": subject.view, "on_item": True}
    put = room.put(way, asks=SendAsk, gives=PhotoOut, zh="上传照片", name=f"{subject.kind}_send", **IN_PARTS, **common)
    put(_sender(subject))
    far = room.get(f"{way}/upload", gives=UploadOut, zh="上传进度", name=f"{subject.kind}_upload", **common)
    far(_progress(subject))
    look = room.get(
        way, asks=PhotoAsk, gives=BYTES, media="image/*", zh="查看照片", name=f"{subject.kind}_photo", **common
    )
    look(_viewer(subject))
    say = room.get(
        f"{way}/facts", asks=OpenAsk, gives=FactsOut, zh="照片自带信息", name=f"{subject.kind}_photo_facts", **common
    )
    say(_opener(subject))


def _sender(subject: Subject) -> Any:
    def send(id: uuid.UUID, sha256: str, data: dict[str, Any], by: Actor) -> Answer:
        """Take bytes of a photo: the whole, or a part named by Content-Range ``bytes first-last/total``.

        201 received, 200 received before, 202 more is awaited from ``offset`` on.
        """
        part = receiving.span(request.headers.get("Content-Range"), request.content_length)
        return sending.send(subject, id, sha256, request.stream.read, part, how=data, by=by)

    return send


def _progress(subject: Subject) -> Any:
    def progress(id: uuid.UUID, sha256: str, by: Actor) -> dict[str, Any]:
        """Return from which byte on the asking person's upload of this photo goes on."""
        photo = acts.expected(subject.find(id, by).id, sha256)
        is_received = photo is not None and photo.received_at is not None
        offset = photo.size if photo and is_received else receiving.partial(by.person_id, sha256).offset()
        return {"sha256": sha256, "declared": photo is not None, "received": is_received, "offset": offset}

    return progress


def _viewer(subject: Subject) -> Any:
    def look(id: uuid.UUID, sha256: str, data: dict[str, Any], by: Actor) -> Any:
        """Return a copy without metadata (thumb, view), or open the sealed original for a purpose."""
        item = subject.find(id, by)
        photo = showing.photo_of(subject, item, sha256, by)
        if data["size"] != ORIGINAL:
            return showing.copy(photo, data["size"]).make_conditional(request)
        showing.open_sealed(subject, item, photo, ORIGINAL, data["purpose"], by)
        return showing.original(photo)

    return look


def _opener(subject: Subject) -> Any:
    def say(id: uuid.UUID, sha256: str, data: dict[str, Any], by: Actor) -> dict[str, Any]:
        """Open what the file itself says of time and place: that needs a purpose and a post, and is written down."""
        item = subject.find(id, by)
        photo = showing.photo_of(subject, item, sha256, by)
        showing.open_sealed(subject, item, photo, "facts", data["purpose"], by)
        return receiving.facts(id, sha256, photo.sealed)

    return say
