"""Exactly-once requests: the first answer is stored and given again (idempotency, general guard g4 of spec 5).

Job: claim a key before the work, keep the answer with it in the same transaction, compare the bytes of a repetition.
Never: know what a request does. A refused request leaves no claim behind, so it may be mended and sent again.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server import rows
from server.access import Actor
from server.db import db, now
from server.errors import Conflict

CREATED = 201
_NAMESPACE = uuid.UUID("0192f0c1-6d5b-7c11-9a57-3f2f0a6f9d10")


class Reply(db.Model):
    """The stored first answer to one key."""

    __tablename__ = "replies"
    key: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID]
    request: Mapped[str]
    body_hash: Mapped[bytes]
    at: Mapped[datetime]
    status: Mapped[int | None] = mapped_column(sa.SmallInteger)
    body: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """Kept as text, keys in their order: a repetition gets the bytes of the first answer."""


class OtherBytes(Conflict):
    """This id was used before with other content; the stored answer is shown, nothing was changed.
    该编号已用于内容不同的提交；未作任何改动，已存内容见 stored。
    """


class KeyTaken(Conflict):
    """This id belongs to another request; use a new UUID.
    该编号已被其他请求使用，请换用新的编号。
    """


def fingerprint(body: Any) -> bytes:
    """Return SHA-256 over the canonical JSON of ``body``: key order and white space do not count."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()


def key_of(actor: Actor, request: str, body: Any) -> uuid.UUID:
    """Return the key of an act whose client sent none: person, act, item, revision and content make it."""
    return uuid.uuid5(_NAMESPACE, f"{actor.person_id}|{request}|{fingerprint(body).hex()}")


@dataclass(frozen=True, slots=True)
class Claim:
    """A key wanted by a person for a request with this fingerprint."""

    key: uuid.UUID
    request: str
    print_: bytes
    by: Actor


def claim(wanted: Sequence[Claim]) -> set[uuid.UUID]:
    """Claim keys, each wanted once, in one statement and return those that are new.

    Waits for another transaction that holds the same key, so two connections never both do the work.
    """
    if not wanted:
        return set()
    moment = now()
    claims = [
        {"key": one.key, "person_id": one.by.person_id, "request": one.request, "body_hash": one.print_, "at": moment}
        for one in sorted(wanted, key=lambda one: one.key)
    ]
    rows.insert(Reply, claims, unless_there=("key",))
    return {row.key for row in rows.returning("key")}


def stored(key: uuid.UUID, request: str, body: bytes, by: Actor) -> dict[str, Any]:
    """Return the stored first answer of ``key``; refuse another person's key and other bytes.

    Raises:
        KeyTaken: the key belongs to another person or request.
        OtherBytes: same key, other content; ``stored`` shows what is kept.
    """
    reply = db.session.get(Reply, key, populate_existing=True)
    if reply is None or reply.person_id != by.person_id or reply.request != request:
        raise KeyTaken
    if reply.body_hash != body:
        raise OtherBytes(stored=reply.body)
    return reply.body or {}


def known(asked: Sequence[Claim]) -> dict[uuid.UUID, dict[str, Any]]:
    """Return the stored first answers of those who ask the same again, by key; whoever asks otherwise is left out."""
    query = sa.select(Reply.key, Reply.person_id, Reply.request, Reply.body_hash, Reply.body)
    found = {row.key: row for row in db.session.execute(query.where(Reply.key.in_([one.key for one in asked])))}
    same = ((one, found[one.key]) for one in asked if one.key in found)
    return {
        one.key: row.body or {}
        for one, row in same
        if (row.person_id, row.request, row.body_hash) == (one.by.person_id, one.request, one.print_)
    }


def keep(answers: dict[uuid.UUID, tuple[int, dict[str, Any]]]) -> None:
    """Store ``{key: (status, body)}`` with the claims of this transaction."""
    kept = [{"key": key, "status": status, "body": body} for key, (status, body) in answers.items()]
    rows.update(Reply, kept, key="key")


KEPT = timedelta(days=90)
"""How long answers to acts are kept; answers to creations stay as long as what they created."""
AT_ONCE = 5000


def tidy() -> int:
    """Forget answers to acts older than KEPT, a few thousand at once, and return how many."""
    old = sa.select(Reply.key).where(Reply.at < now() - KEPT, Reply.status != CREATED).limit(AT_ONCE)
    done: Any = db.session.execute(sa.delete(Reply).where(Reply.key.in_(old)))
    return int(done.rowcount)
