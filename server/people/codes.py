"""One-time codes (一次性码): eight characters the office hands to a person, on paper or as a QR picture.

Job: make one, redeem it exactly once. It enrols a phone, or stands for the first password on the pages.
Never: keep a code in clear. Codes are random, so a keyed hash suffices and 5,000 of them cost a moment.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app

from server import policy
from server.db import db, now
from server.people.models import OneTimeCode

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which are read for one another."""
LENGTH = 8


def made_for(person_ids: list[uuid.UUID], by: uuid.UUID) -> tuple[list[str], datetime]:
    """Return a fresh code per person, shown this once, and when they end; older unused codes of these people die."""
    moment = now()
    expires_at = moment + timedelta(days=policy.current().settings.people.code_life_days)
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in person_ids]
    cancel(person_ids)
    rows = [
        {"hash": _digest(code), "person_id": person, "made_by": by, "made_at": moment, "expires_at": expires_at}
        for code, person in zip(codes, person_ids, strict=True)
    ]
    if rows:
        db.session.execute(sa.insert(OneTimeCode), rows)
    return codes, expires_at


def cancel(person_ids: list[uuid.UUID]) -> None:
    """End the unused codes of these people."""
    unused = sa.delete(OneTimeCode).where(OneTimeCode.person_id.in_(person_ids), OneTimeCode.used_at.is_(None))
    db.session.execute(unused.execution_options(synchronize_session=False))


def redeem(code: str, person_id: uuid.UUID | None = None) -> uuid.UUID | None:
    """Use a code up and return whose it is; None when unknown, used, ended, or not that of ``person_id``."""
    whose = [OneTimeCode.person_id == person_id] if person_id else []
    statement = (
        sa.update(OneTimeCode)
        .where(OneTimeCode.hash == _digest(code), OneTimeCode.used_at.is_(None), OneTimeCode.expires_at > now(), *whose)
        .values(used_at=now())
        .returning(OneTimeCode.person_id)
    )
    return db.session.scalar(statement.execution_options(synchronize_session=False))


def _digest(code: str) -> bytes:
    """Return the keyed hash: without the installation's key 40 bits cannot be tried out."""
    plain = "".join(sign for sign in code.upper() if sign in ALPHABET)
    return hmac.digest(b"one-time code\0" + current_app.secret_key.encode(), plain.encode(), "sha256")  # type: ignore[union-attr]


def purge(before: datetime) -> int:
    """Delete the codes that ended before ``before`` and return how many."""
    done = db.session.execute(sa.delete(OneTimeCode).where(OneTimeCode.expires_at < before))
    return int(done.rowcount)  # type: ignore[attr-defined]
