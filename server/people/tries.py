"""Lock-out (登录锁定): how often an account and an address may try to sign in.

Job: count a try before it is looked at, so that neither a crash nor many connections at once get more tries.
Never: tell whether an account exists: a name nobody has is counted and locked like any other.
"""

from __future__ import annotations

import hashlib
import ipaddress
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from server import policy
from server.db import db, now
from server.people import rules
from server.people.models import SignInTries
from server.people.refusals import TooManyTries


@dataclass(frozen=True, slots=True)
class Key:
    """What is counted: the hash of an account name or an address, and how many tries it has."""

    hash: bytes
    most: int
    is_account: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """Whether a counted try is still looked at, and what it locked by being the last one."""

    wait_s: int
    locks: tuple[Key, ...]


def of_account(username: str, address: str | None) -> list[Key]:
    """Return what a sign-in by password counts against.

    Loopback is a proxy or the machine itself: counting by it would lock everybody out. The account is counted anyway.
    """
    account = Key(_hash("account", username), policy.current().settings.people.lockout_tries, True)
    return sorted([account, *(of_address(address) if _network(address) else [])], key=lambda key: key.hash)


def of_address(address: str | None) -> list[Key]:
    """Return what a sign-in by code counts against: there is no account to count by."""
    most = policy.current().settings.people.lockout_address_tries
    return [Key(_hash("address", str(_network(address) or "this machine")), most, False)]


def of_digits(person_id: uuid.UUID) -> list[Key]:
    """Return what guessing the second factor of a person counts against."""
    return [Key(_hash("digits", str(person_id)), policy.current().settings.people.lockout_tries, True)]


def _network(address: str | None) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return what one customer of a network has: an IPv4 address, or the /64 around an IPv6 one; None: this machine."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback:
        return None
    return ipaddress.ip_network((found, 32 if found.version == 4 else 64), strict=False)


def _hash(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{text}".encode()).digest()


def count(counted: list[Key]) -> Counted:
    """Count one try against every key; commit it before the password is looked at."""
    moment, window = now(), timedelta(minutes=policy.current().settings.people.lockout_min)
    wait, locks = timedelta(), []
    for key in counted:
        blank = insert(SignInTries).values(key=key.hash, count=0, since=moment).on_conflict_do_nothing()
        db.session.execute(blank)
        row = db.session.get_one(SignInTries, key.hash, with_for_update=True, populate_existing=True)
        before = rules.Tries(row.count, row.since, row.locked_until) if row.count else None
        after, looked_at = rules.one_more(before, moment, most=key.most, window=window)
        row.count, row.since, row.locked_until = after.count, after.since, after.locked_until
        if not looked_at and after.locked_until:
            wait = max(wait, after.locked_until - moment)
        if after.count == key.most:
            locks.append(key)
    db.session.flush()
    return Counted(round(wait.total_seconds()), tuple(locks))


def check_open(counted: list[Key]) -> None:
    """Refuse while one of these is locked, counting nothing; raises TooManyTries."""
    moment = now()
    query = sa.select(sa.func.max(SignInTries.locked_until)).where(SignInTries.key.in_([key.hash for key in counted]))
    until = db.session.scalar(query)
    if until and until > moment:
        raise TooManyTries(retry_after_s=round((until - moment).total_seconds()))


def check(counted: Counted) -> None:
    """Refuse while locked.

    Raises:
        TooManyTries: ``retry_after_s`` says when the lock ends.
    """
    if counted.wait_s:
        raise TooManyTries(retry_after_s=counted.wait_s)


def forgive(counted: list[Key]) -> None:
    """Take the try back after a success: the account starts afresh, the address is owed one try more."""
    for key in counted:
        row = sa.update(SignInTries).where(SignInTries.key == key.hash)
        afresh = {"count": 0} if key.is_account else {"count": sa.func.greatest(SignInTries.count - 1, 0)}
        db.session.execute(row.values(**afresh, locked_until=None).execution_options(synchronize_session=False))


def locked_until(username: str) -> datetime | None:
    """Return until when an account is locked, None when it is not."""
    query = sa.select(SignInTries.locked_until).where(SignInTries.key == _hash("account", username))
    until = db.session.scalar(query)
    return until if until and until > now() else None


def unlock(username: str) -> None:
    """Forget the tries of an account."""
    db.session.execute(sa.delete(SignInTries).where(SignInTries.key == _hash("account", username)))


def purge() -> int:
    """Delete what no longer counts and return how many."""
    gone = now() - 2 * timedelta(minutes=policy.current().settings.people.lockout_min)
    done = db.session.execute(sa.delete(SignInTries).where(SignInTries.since < gone))
    return int(done.rowcount)  # type: ignore[attr-defined]
