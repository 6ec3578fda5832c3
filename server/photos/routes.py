"""The ways in to photos: each photo by its own PUT, named by the SHA-256 of its bytes.

Job: shapes; give a kind of item its photo routes.
Never: know a kind of item.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from flask import current_app, request

from server import policy
from server.access import Actor
from server.db import db, now
from server.http import API, SIGNED_IN, Answer, Room
from server.pages import PageAsk, PageOut, page
from server.photos import acts, refusals, store
from server.photos.models import Photo
from server.photos.subject import Subject

room = Room("photos", __name__, url_prefix=API, description="照片")


class PhotoOut(ma.Schema):
    """What is known of a photo."""

    sha256 = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    received = ma.fields.Boolean(required=True)


@room.get("/photos/awaited", may=SIGNED_IN, asks=PageAsk, gives=PageOut, zh="待上传照片")
def awaited(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return the photos the asking person declared and has not sent yet, oldest first."""
    query = sa.select(Photo).where(Photo.declared_by == by.person_id, Photo.received_at.is_(None))
    keys = (Photo.declared_at, Photo.id)
    rows, cursor = page(query, keys, cursor=data["cursor"], limit=data["limit"], newest_first=False)
    items = [{"item_kind": row[0].item_kind, "item_id": str(row[0].item_id), **acts.line(row[0])} for row in rows]
    return {"items": items, "next_cursor": cursor}


def add_routes(room: Room, subject: Subject) -> None:
    """Give the items of ``subject`` their photo routes."""
    way = f"/{subject.path}/<uuid:id>/photos/<string:sha256>"
    put = room.put(
        way, may=subject.view, on_item=True, once=False, gives=PhotoOut, zh="上传照片", name=f"{subject.kind}_photo"
    )
    put(_receiver(subject))


def _receiver(subject: Subject) -> Any:
    def receive(id: uuid.UUID, sha256: str, by: Actor) -> Any:
        """Take the bytes of a photo: 201 received now, 200 received before."""
        item = subject.find(id, by)
        photo = acts.expect(subject.kind, item.id, sha256)
        if photo is None and not subject.holds(item, by, subject.sends):
            raise refusals.NotYours
        content = request.get_data()
        if len(content) > policy.current().settings.events.photo_max_bytes:
            raise refusals.TooLarge
        if hashlib.sha256(content).hexdigest() != sha256:
            raise refusals.OtherPhoto
        if photo is None:
            role = request.args.get("kind", "scene")
            acts.declare([(subject.kind, item.id, [{"sha256": sha256, "kind": role}])], by=by.person_id, at=now())
            photo = acts.expect(subject.kind, item.id, sha256)
            assert photo is not None
        is_new = photo.received_at is None
        if is_new:
            store.write(store.place(current_app.config["GRIDWHISTLE"].photos, sha256, ".photo"), content)
            photo.received_at, photo.size = now(), len(content)
            db.session.flush()
        return Answer(201 if is_new else 200, acts.line(photo))

    return receive
