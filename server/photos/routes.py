"""The ways in to attachments: each by its own PUT, named by the SHA-256 of its bytes; for those who see the item.

Job: shapes; give a kind of item its routes for photos and for voice notes.
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
from server.photos import acts, receiving, sending, showing, words
from server.photos.forms import (
    FactsOut,
    OpenAsk,
    PhotoAsk,
    PhotoOut,
    SendAsk,
    UploadOut,
    VoiceAsk,
    VoiceSendAsk,
    WordsIn,
    WordsOut,
)
from server.photos.media import MEDIA, PHOTO, VOICE, Medium
from server.photos.models import Photo
from server.photos.store import ORIGINAL
from server.photos.subject import SUBJECTS, Subject

room = Room("photos", __name__, url_prefix=API, description="照片与语音")


@room.get("/photos/awaited", may=SIGNED_IN, asks=PageAsk, gives=PageOut, zh="待上传照片与语音")
def awaited(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return the photos and voice notes the asking person declared and has not sent yet, oldest first."""
    query = sa.select(Photo).where(Photo.declared_by == by.person_id, Photo.received_at.is_(None))
    keys = (Photo.declared_at, Photo.id)
    rows, cursor = page(query, keys, cursor=data["cursor"], limit=data["limit"], newest_first=False)
    items = [{"item_kind": row[0].item_kind, "item_id": str(row[0].item_id), **acts.line(row[0])} for row in rows]
    return {"items": items, "next_cursor": cursor}


@room.post(
    "/voices/<uuid:id>/words", may=SIGNED_IN, on_item=True, once=True, takes=WordsIn, gives=WordsOut, zh="记下语音内容"
)
def write_down(id: uuid.UUID, data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Write down what a voice note of an item one sees says."""
    return words.write_down(id, data["text"], by)


IN_PARTS: dict[str, Any] = {
    "once": False,
    "streams": True,
    "alone": True,
    "or_gives": {200: PhotoOut, 202: PhotoOut},
    "reads": ("ContentRange",),
}
"""How bytes come in: raw, perhaps in several requests, each known by its range."""
SHAPES = {PHOTO.name: (SendAsk, PhotoAsk), VOICE.name: (VoiceSendAsk, VoiceAsk)}
"""Kind of attachment → the shapes of sending and of looking or listening."""
LOOK_ZH = {PHOTO.name: "查看照片", VOICE.name: "收听语音"}


def add_routes(room: Room, subject: Subject) -> None:
    """Give the items of ``subject`` their routes for photos and voice notes: send, how far, look or listen."""
    SUBJECTS[subject.kind] = subject
    for medium in MEDIA:
        _add(room, subject, medium)
    way = f"/{subject.path}/<uuid:id>/{PHOTO.way}/<sha256:sha256>/facts"
    how: dict[str, Any] = {"may": subject.view, "on_item": True, "name": f"{subject.kind}_photo_facts"}
    room.get(way, asks=OpenAsk, gives=FactsOut, zh="照片自带信息", **how)(_opener(subject))


def _add(room: Room, subject: Subject, medium: Medium) -> None:
    way = f"/{subject.path}/<uuid:id>/{medium.way}/<sha256:sha256>"
    common: dict[str, Any] = {"may": subject.view, "on_item": True}
    sending_shape, looking_shape = SHAPES[medium.name]
    name = f"{subject.kind}_{medium.name}"
    sent: dict[str, Any] = {"asks": sending_shape, "gives": PhotoOut, **IN_PARTS, **common}
    room.put(way, zh=f"上传{medium.zh}", name=f"{name}_send", **sent)(_sender(subject))
    far = room.get(f"{way}/upload", gives=UploadOut, zh=f"{medium.zh}上传进度", name=f"{name}_upload", **common)
    far(_progress(subject))
    seen: dict[str, Any] = {"gives": BYTES, "media": medium.media, "or_gives": {206: BYTES}, **common}
    look = room.get(way, asks=looking_shape, zh=LOOK_ZH[medium.name], name=name, also=(416,), reads=("Range",), **seen)
    look(_viewer(subject, medium))


def _sender(subject: Subject) -> Any:
    def send(id: uuid.UUID, sha256: str, data: dict[str, Any], by: Actor) -> Answer:
        """Take bytes of a photo or voice: the whole, or a part named by Content-Range ``bytes first-last/total``.

        201 received, 200 received before, 202 more is awaited from ``offset`` on.
        """
        part = receiving.span(request.headers.get("Content-Range"), request.content_length)
        return sending.send(subject, id, sha256, request.stream.read, part, how=data, by=by)

    return send


def _progress(subject: Subject) -> Any:
    def progress(id: uuid.UUID, sha256: str, by: Actor) -> dict[str, Any]:
        """Return from which byte on the asking person's upload goes on."""
        photo = acts.expected(subject.find(id, by).id, sha256)
        is_received = photo is not None and photo.received_at is not None
        offset = photo.size if photo and is_received else receiving.partial(by.person_id, sha256).offset()
        return {"sha256": sha256, "declared": photo is not None, "received": is_received, "offset": offset}

    return progress


def _viewer(subject: Subject, medium: Medium) -> Any:
    def look(id: uuid.UUID, sha256: str, data: dict[str, Any], by: Actor) -> Any:
        """Return a copy without metadata (a voice also in parts), or open the sealed original for a purpose."""
        item = subject.find(id, by)
        photo = showing.photo_of(subject, medium, item, sha256, by)
        if data["size"] != ORIGINAL:
            copy = showing.copy(photo, data["size"])
            return copy.make_conditional(request, accept_ranges=True, complete_length=copy.content_length)
        showing.open_sealed(subject, item, photo, ORIGINAL, data["purpose"], by)
        return showing.original(photo)

    return look


def _opener(subject: Subject) -> Any:
    def say(id: uuid.UUID, sha256: str, data: dict[str, Any], by: Actor) -> dict[str, Any]:
        """Open what the file itself says of time and place: that needs a purpose and a post, and is written down."""
        item = subject.find(id, by)
        photo = showing.photo_of(subject, PHOTO, item, sha256, by)
        showing.open_sealed(subject, item, photo, "facts", data["purpose"], by)
        return receiving.facts(id, sha256, photo.sealed)

    return say
