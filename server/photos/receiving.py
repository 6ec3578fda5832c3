"""From the bytes of a request to a durable attachment: everything that needs no database.

Job: the spans of a resumable upload, the way from partial file to sealed original and copies.
Never: hold a database connection meanwhile, or note anything in a table.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import orjson
from flask import current_app
from werkzeug.http import parse_content_range_header

from server import policy
from server.config import Config
from server.crypto import Ring
from server.photos.media import Medium, Seen
from server.photos.partials import Partial, Span
from server.photos.refusals import WrongRange
from server.photos.store import PARTIAL, Store


@dataclass(frozen=True, slots=True)
class Kept:
    """An attachment whose bytes are durable. ``sealed`` are the facts of its metadata, sealed for its item, or None."""

    seen: Seen
    size: int
    sealed: bytes | None


def store() -> Store:
    """Return the store of this installation."""
    config = _config()
    return Store(config.photos, Ring(config.keys), policy.current().settings.privacy.suite)


def partial(person_id: uuid.UUID, sha256: str) -> Partial:
    """Return the upload of an attachment by one person."""
    return Partial(_config().photos / PARTIAL, person_id, sha256)


def span(content_range: str | None, length: int | None) -> Span:
    """Return which bytes a request brings, by its headers Content-Range and Content-Length.

    Raises:
        WrongRange: not ``bytes first-last/total``, or not as long as the body.
    """
    if content_range is None:
        return Span(0, length, length)
    found = parse_content_range_header(content_range)
    if found is None or found.units != "bytes" or found.start is None or found.stop is None or found.length is None:
        raise WrongRange
    if length is not None and length != found.stop - found.start:
        raise WrongRange(detail="Content-Range and Content-Length disagree")
    return Span(found.start, found.stop, found.length)


def take(medium: Medium, upload: Partial, read: Callable[[int], bytes], part: Span, item_id: uuid.UUID) -> Kept | int:
    """Take one request's bytes; return the kept attachment when it is complete, else how many bytes there are.

    Raises:
        NotContinued, TooLarge, OtherPhoto, NotAPicture, TooManyPixels, NotASound, TooLong.
    """
    content = upload.take(read, part, most=medium.bytes_max())
    if isinstance(content, int):
        return content
    try:
        seen = medium.look(content)
        store().keep(upload.sha256, content, seen.copies)
    finally:
        upload.forget()
    return Kept(seen, len(content), _seal(seen, item_id, upload.sha256))


def _seal(seen: Seen, item_id: uuid.UUID, sha256: str) -> bytes | None:
    if seen.taken_at is None and seen.place is None:
        return None
    facts = {"taken_at": seen.taken_at, "place": seen.place}
    kept = store()
    return kept.ring.seal(orjson.dumps(facts), _belongs(item_id, sha256), kept.suite)


def facts(item_id: uuid.UUID, sha256: str, sealed: bytes | None) -> dict[str, object]:
    """Return what a photo's metadata said: ``taken_at`` and ``place`` ([lon, lat], WGS-84), each None when silent."""
    if sealed is None:
        return {"taken_at": None, "place": None}
    opened: dict[str, object] = orjson.loads(store().ring.open(sealed, _belongs(item_id, sha256)))
    return opened


def _belongs(item_id: uuid.UUID, sha256: str) -> bytes:
    return b"photo facts " + item_id.bytes + sha256.encode()


def _config() -> Config:
    config: Config = current_app.config["GRIDWHISTLE"]
    return config
