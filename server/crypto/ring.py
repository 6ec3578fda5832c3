"""A ring of keys (密钥环): files outside the database; the newest seals, every one of them opens.

Job: seal and open blobs that name their key and their suite, so that an old blob opens after any rotation (轮换).
Never: decide who may open, or write down that somebody did.

A blob is ``suite (1 byte) | key id (16) | nonce (12) | ciphertext | tag (16)``; its head of 17 bytes is authenticated.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag

from server import durable
from server.crypto.suites import SUITES, TAG
from server.db import new_id

MASTER = 32
"""Bytes of a key of the ring; a suite derives its own key from it."""
NONCE, KEY_ID = 12, 16
HEAD = 1 + KEY_ID
_BY_MARK = {suite.mark: suite for suite in SUITES.values()}


class SealBroken(Exception):
    """The blob was changed, belongs to something else, or its key is not in the ring."""


@dataclass(frozen=True)
class Ring:
    """The keys of one installation: files in ``folder``, mode 600, named by a time-ordered id; the newest seals."""

    folder: Path

    def seal(self, plain: bytes, aad: bytes, suite: str) -> bytes:
        """Return ``plain`` sealed under the newest key; it opens only together with ``aad`` (what it belongs to)."""
        chosen, newest = SUITES[suite], self.newest()
        head, nonce = bytes([chosen.mark]) + newest.bytes, secrets.token_bytes(NONCE)
        return head + nonce + chosen.encrypt(chosen.derive(self._master(newest)), nonce, plain, head + aad)

    def open(self, blob: bytes, aad: bytes) -> bytes:
        """Return what was sealed with ``aad``; raises SealBroken."""
        head, nonce, sealed = blob[:HEAD], blob[HEAD : HEAD + NONCE], blob[HEAD + NONCE :]
        suite = _BY_MARK.get(head[0]) if len(sealed) >= TAG else None
        if suite is None:
            raise SealBroken("this is not a sealed blob")
        try:
            return suite.decrypt(suite.derive(self._master(uuid.UUID(bytes=head[1:]))), nonce, sealed, head + aad)
        except InvalidTag:
            raise SealBroken("changed, or sealed for something else") from None

    def newest(self) -> uuid.UUID:
        """Return the id of the newest key, made on first use; two first starts leave two keys, both good."""
        return max(self.ids(), default=None) or self.add()

    def ids(self) -> list[uuid.UUID]:
        """Return the ids of all keys, oldest first."""
        return sorted(uuid.UUID(path.stem) for path in self.folder.glob("*.key"))

    def add(self) -> uuid.UUID:
        """Make a new key, durable before it is used, and return its id: from now on it seals (rotation 轮换)."""
        id = new_id()
        durable.write(self.folder, {self._path(id).name: secrets.token_bytes(MASTER)})
        return id

    def _master(self, id: uuid.UUID) -> bytes:
        try:
            return _read(self._path(id))
        except FileNotFoundError:
            raise SealBroken(f"key {id} is not in {self.folder}") from None

    def _path(self, id: uuid.UUID) -> Path:
        return self.folder / f"{id}.key"


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()
