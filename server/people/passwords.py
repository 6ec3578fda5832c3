"""Passwords: argon2id, never more at once than the machine can carry, and what a new one must be.

Job: hash, verify in the same time whether there is an account or not, judge a new password.
Never: know an account's table or keep a password.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn  # type: ignore[import-untyped]

from server import policy
from server.people.refusals import SignInBusy, WeakPassword

LONGEST = 128
AT_ONCE = 2
"""Each hash takes 64 MiB and a fifth of a second of a core; more at once would only wait for each other."""
PATIENCE_S = 15.0
GUESSABLE = 2
"""Of zxcvbn's five grades (Wheeler 2016) 0 to 2 fall within 10^8 guesses."""
LOCAL = ("woaini", "1314", "5201314", "wangge", "shequ", "jiedao", "heyuan", "yuancheng", "gridwhistle", "admin")
"""Words that people here would try first and zxcvbn's lists do not know or rank too low."""

_hasher = PasswordHasher()
_turns = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Wait for one of the few turns at the hasher; hold no database connection meanwhile.

    Raises:
        SignInBusy: none came free in time.
    """
    if not _turns.acquire(timeout=PATIENCE_S):
        raise SignInBusy
    try:
        yield
    finally:
        _turns.release()


def hashed(password: str) -> str:
    """Return the argon2id hash (RFC 9106, low-memory profile) as text with its parameters and salt; takes a turn."""
    with turn():
        return _hasher.hash(password)


def verify(known: str | None, password: str) -> bool:
    """Tell, within a ``turn``, whether ``password`` belongs to the hash; without one it takes as long and says no."""
    try:
        return _hasher.verify(known or _dummy(), password) and known is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(known: str) -> bool:
    """Tell whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(known)


@cache
def _dummy() -> str:
    return _hasher.hash("nobody's password")


def check_new(password: str, *, old: str | None, about: Iterable[str]) -> None:
    """Refuse a weak new password: blank, short, common, guessable, the old one, or made of what is known of the person.

    Raises:
        WeakPassword: ``errors`` names each fault in Chinese.
    """
    shortest = policy.current().settings.people.password_min_length
    words = [word.casefold() for word in about if len(word) >= 3]
    faults = {
        f"至少 {shortest} 个字符": len(password.strip()) < shortest,
        f"最多 {LONGEST} 个字符": len(password) > LONGEST,
        "不能与原密码相同": password == old,
        "不能包含账号、姓名或手机号": any(word in password.casefold() for word in words),
        "过于常见或容易被猜到，请加长或换用不相关的词组": _is_guessable(password[:72], words),
    }
    if found := [sentence for sentence, holds in faults.items() if holds]:
        raise WeakPassword(errors={"new_password": found})


def _is_guessable(password: str, words: list[str]) -> bool:
    return not password or zxcvbn(password, user_inputs=[*LOCAL, *words])["score"] <= GUESSABLE
