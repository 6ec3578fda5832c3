"""The PIN (开机口令) that opens the app on this phone.

Job: keep a slow hash, count wrong tries over restarts.
Never: keep the PIN, or be the key of what is stored: that is the device's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from mobile.core.store import Store

ROUNDS = 200_000
TRIES = 10
"""Wrong tries in a row, after which the phone is signed out."""
FORM = re.compile(r"\d{4,8}")
KEPT = "pin"


class Pin:
    """The PIN in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def is_set(self) -> bool:
        """Tell whether there is one."""
        return self._store.kept(KEPT) is not None

    def set(self, pin: str) -> bool:
        """Keep a new one; False when it is not four to eight digits."""
        if not FORM.fullmatch(pin):
            return False
        salt = secrets.token_hex(16)
        self._store.keep(KEPT, {"salt": salt, "hash": _hash(pin, salt), "wrong": 0})
        return True

    def left(self) -> int:
        """Return how many tries are left."""
        return TRIES - int((self._store.kept(KEPT) or {"wrong": 0})["wrong"])

    def fits(self, pin: str) -> bool:
        """Tell whether ``pin`` is it; a wrong one is counted before the answer."""
        known = self._store.kept(KEPT)
        if known is None:
            return True
        self._store.keep(KEPT, known | {"wrong": known["wrong"] + 1})
        if not hmac.compare_digest(_hash(pin, known["salt"]), known["hash"]):
            return False
        self._store.keep(KEPT, known | {"wrong": 0})
        return True

    def forget(self) -> None:
        """Forget it."""
        self._store.keep(KEPT, None)


def _hash(pin: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), bytes.fromhex(salt), ROUNDS).hex()
