"""A fresh token before the old one ends (换新凭证): a phone in use never has to sign in again.

Job: give a second token to the same device; end the older ones once the fresh one was used.
Never: end a token before its successor has spoken: an answer that got lost locks nobody out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from server import journal, policy
from server.access import Actor
from server.db import db, now
from server.errors import Forbidden
from server.journal import Line
from server.people import tokens
from server.people.models import Device, Token


class NoPhone(Forbidden):
    """Only a phone renews its token, by itself, with the device that the token was issued to.
    只有登录该凭证的手机本身可以换新凭证。
    """


def renew_at(issued_at: datetime) -> datetime:
    """Return from when on a token issued then should be renewed."""
    return issued_at + timedelta(days=policy.current().settings.people.token_renew_days)


def renew(by: Actor, device_id: str | None) -> tuple[str, datetime]:
    """Return a fresh token for the device of ``by`` and when it ends; the present one goes on for now.

    Raises:
        NoPhone: a session of pages, another device, or one that was reported lost.
    """
    held = db.session.get(Token, by.token_hash) if by.token_hash else None
    if held is None or held.kind != tokens.DEVICE or device_id != held.device_id or not _is_enrolled(held):
        raise NoPhone
    raw, expires_at = tokens.issue(held.person_id, held.device_id)
    unused = sa.update(Token).where(Token.hash == tokens.digest(raw)).values(last_seen_at=None)
    db.session.execute(unused)
    journal.write(Line(action="account.token_renewed", by=by))
    return raw, expires_at


def _is_enrolled(held: Token) -> bool:
    device = db.session.get(Device, (held.device_id, held.person_id))
    return device is not None and device.revoked_at is None


def retire(by: Actor) -> int:
    """Let the older tokens of the device end soon, now that a fresh one was used; return how many.

    They stay good for some minutes: what the same phone sent with them is still on its way.
    """
    end = now() + timedelta(minutes=policy.current().settings.people.token_overlap_min)
    fresh = sa.select(Token.created_at).where(Token.hash == by.token_hash).scalar_subquery()
    older = sa.update(Token).where(
        Token.person_id == by.person_id, Token.device_id == by.device_id, Token.kind == tokens.DEVICE,
        Token.hash != by.token_hash, Token.created_at <= fresh, Token.expires_at > end, Token.revoked_at.is_(None),
    )  # fmt: skip
    done = db.session.execute(older.values(expires_at=end).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
