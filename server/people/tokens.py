"""Tokens (令牌): 256 random bits in the hand of one person on one device; the table holds their SHA-256 only.

Job: issue, read in one statement (every request does), note that one was seen, revoke.
Never: know HTTP, or keep a token in clear.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server import policy
from server.access import Actor, Hat
from server.db import db, now
from server.people.desks import filled, today
from server.people.models import Appointment, Person, Post, SecondFactor, Token, Unit
from server.people.refusals import DeviceWiped

DEVICE = "device"
SESSION = "session"
BROWSER = "browser"
"""The device a session speaks from: pages know no phone."""
SEEN_EVERY = timedelta(minutes=5)
"""A token in use is marked as seen this often at most."""


@dataclass(frozen=True, slots=True)
class Held:
    """A valid token: who speaks, by which kind of token, and when it was last marked as seen."""

    actor: Actor
    kind: str
    seen_at: datetime
    is_new: bool = False
    """It was never used before: a fresh one in place of another (``renewal``)."""

    @property
    def is_stale(self) -> bool:
        """Tell whether it is time to mark it as seen again."""
        return self.is_new or now() - self.seen_at >= SEEN_EVERY


def _lives(kind: str) -> timedelta:
    people = policy.current().settings.people
    return {DEVICE: timedelta(days=people.token_life_days), SESSION: timedelta(minutes=people.session_life_min)}[kind]


def digest(raw: str) -> bytes:
    """Return what the table knows of a token. It is random, so a plain hash suffices."""
    return hashlib.sha256(raw.encode()).digest()


def issue(person_id: uuid.UUID, device_id: str, kind: str = DEVICE) -> tuple[str, datetime]:
    """Return a fresh token of 43 characters, shown this once, and when it ends."""
    raw, moment = secrets.token_urlsafe(32), now()
    token = Token(hash=digest(raw), person_id=person_id, device_id=device_id, kind=kind, created_at=moment)
    token.expires_at = moment + _lives(kind)
    token.last_seen_at = moment
    db.session.add(token)
    db.session.flush()
    return raw, token.expires_at


_T, _P, _A, _O, _U, _F = (model.__table__.c for model in (Token, Person, Appointment, Post, Unit, SecondFactor))
_TODAY = sa.bindparam("day", type_=sa.Date())
_WHO = (
    sa.select(
        *(
            _T.hash,
            _T.person_id,
            _T.device_id,
            _T.kind,
            _T.created_at,
            _T.expires_at,
            _T.last_seen_at,
            _T.revoked_at,
            _T.wipe,
        ),
        *(_P.name, _P.username, _P.must_change_password, _P.disabled_at, _P.synthetic),
        sa.case((_T.kind == SESSION, sa.exists().where(_F.person_id == _P.id, _F.confirmed_at.is_not(None)))).label(
            "has_factor"
        ),
        *(_O.id.label("post_id"), _O.role, _O.unit_code, _O.grid_code, _U.township_code),
    )
    .select_from(
        Token.__table__.join(Person.__table__, _P.id == _T.person_id)
        .outerjoin(Appointment.__table__, sa.and_(_A.person_id == _P.id, filled(_TODAY)))
        .outerjoin(Post.__table__, _O.id == _A.post_id)
        .outerjoin(Unit.__table__, _U.code == _O.unit_code)
    )
    .order_by(_A.deputy, _O.id)
)
"""Token, person and the posts of the day: a row per post, every join by an index."""
READ = _WHO.where(_T.hash == sa.bindparam("hash", type_=sa.LargeBinary()))
_READ_MANY = _WHO.where(_T.hash.in_(sa.bindparam("hashes", type_=sa.LargeBinary(), expanding=True)))


def look(raw: str, kind: str | None = None) -> Held | None:
    """Return the token if it is valid now, in one statement; None when unknown, ended, idle or of another ``kind``.

    Raises:
        DeviceWiped: the device was reported lost or the account closed; the client must erase what it holds.
    """
    return judged(db.session.connection().execute(READ, words(raw)).all(), kind)


def words(raw: str) -> dict[str, Any]:
    """Return what ``READ`` asks for."""
    return {"hash": digest(raw), "day": today()}


def judged(rows: Sequence[Any], kind: str | None = None) -> Held | None:
    """Return what the rows of ``READ`` say of a token; None and DeviceWiped as ``look`` does."""
    if not rows:
        return None
    first = rows[0]
    if first.wipe:
        raise DeviceWiped
    if _is_dead(first) or (kind and first.kind != kind):
        return None
    return Held(_actor(rows), first.kind, _seen_at(first), is_new=first.last_seen_at is None)


def holders(hashes: Collection[bytes]) -> dict[bytes, Actor]:
    """Return who holds the tokens with these hashes, in one statement; those that are not valid now are missing."""
    found: dict[bytes, list[Any]] = {}
    for row in db.session.connection().execute(_READ_MANY, {"hashes": list(hashes), "day": today()}):
        found.setdefault(row.hash, []).append(row)
    return {token: _actor(rows) for token, rows in found.items() if not (_is_dead(rows[0]) or rows[0].wipe)}


def _seen_at(row: Any) -> datetime:
    seen_at: datetime = row.last_seen_at or row.created_at
    return seen_at


def _is_dead(row: Any) -> bool:
    """Tell whether the token of ``row`` was revoked, has ended, stood idle too long or belongs to a closed account."""
    return bool(row.revoked_at or row.disabled_at or now() >= min(row.expires_at, _idle_end(row.kind, _seen_at(row))))


def read(raw: str) -> Actor | None:
    """Return who holds the token, or None when it is not valid now; raises DeviceWiped."""
    held = look(raw)
    return held.actor if held else None


def _idle_end(kind: str, seen_at: datetime) -> datetime:
    idle = timedelta(minutes=policy.current().settings.people.session_idle_min)
    return seen_at + idle if kind == SESSION else datetime.max.replace(tzinfo=seen_at.tzinfo)


def _actor(rows: Sequence[Any]) -> Actor:
    first = rows[0]
    hats = tuple(
        Hat(row.post_id, row.role, row.unit_code, row.township_code, row.grid_code) for row in rows if row.post_id
    )
    return Actor(
        first.person_id,
        first.name,
        hats,
        device_id=first.device_id,
        username=first.username,
        must_change_password=first.must_change_password,
        must_bind_factor=_owes_factor(first, hats),
        token_hash=first.hash,
    )


def _owes_factor(first: Any, hats: Sequence[Hat]) -> bool:
    """Tell whether a person at a page has a post that wants a second factor and has bound none (spec 2.8)."""
    rules = policy.current().settings.people
    if first.kind != SESSION or first.has_factor or (first.synthetic and not rules.second_factor_synthetic):
        return False
    return any(hat.role in rules.second_factor_roles for hat in hats)


def seen(token_hash: bytes) -> None:
    """Mark a token as seen now unless another request just did; never waits for one."""
    ready = (
        sa.select(_T.hash)
        .where(_T.hash == token_hash, sa.or_(_T.last_seen_at.is_(None), _T.last_seen_at <= now() - SEEN_EVERY))
        .with_for_update(skip_locked=True)
    )
    db.session.execute(
        sa.update(Token)
        .where(Token.hash.in_(ready))
        .values(last_seen_at=now())
        .execution_options(synchronize_session=False)
    )


def revoke(*which: sa.ColumnElement[bool], wipe: bool = False) -> int:
    """End the tokens for which all conditions hold and return how many; ``wipe`` tells their devices to erase."""
    live = [] if wipe else [Token.revoked_at.is_(None)]
    statement = (
        sa.update(Token)
        .where(*which, *live)
        .values(revoked_at=sa.func.coalesce(Token.revoked_at, now()), **({"wipe": True} if wipe else {}))
    )
    done: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)


def purge(before: datetime) -> int:
    """Delete the tokens that ended before ``before`` and return how many."""
    done: Any = db.session.execute(sa.delete(Token).where(Token.expires_at < before))
    return int(done.rowcount)
