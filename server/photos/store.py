"""Files of photos by the hash of their bytes: kept once however many items show them.

Job: the sealed original and the plain copies of a photo under one folder, found by SHA-256.
Never: know items, persons or the database; keep an original in clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from server import durable
from server.crypto import Ring
from server.photos.pictures import COPIES
from server.photos.refusals import FileMissing

ORIGINAL = "original"
PARTIAL, DRAFTS = "partial", "drafts"
"""Below the folder of photos: what is not whole yet; never backed up, purged when it is stale."""
SUFFIXES = {name: f".{name}.jpg" for name in COPIES} | {ORIGINAL: ".sealed"}
"""What is kept of a photo → how its file name ends."""


@dataclass(frozen=True)
class Store:
    """Photos below ``folder``, originals sealed with the keys of ``ring`` under ``suite``."""

    folder: Path
    ring: Ring
    suite: str

    def keep(self, sha256: str, content: bytes, copies: Mapping[str, bytes]) -> None:
        """Keep original and copies; on return they are durable. Keeping the same photo again changes nothing."""
        if self.has(sha256):
            return
        sealed = self.ring.seal(content, _belongs(sha256), self.suite)
        files = dict(copies) | {ORIGINAL: sealed}
        named = {self._name(sha256, kept): files[kept] for kept in SUFFIXES}
        durable.write(self._place(sha256), named, drafts=self.folder / PARTIAL / DRAFTS)

    def has(self, sha256: str) -> bool:
        """Tell whether original and all copies are there."""
        return all((self._place(sha256) / self._name(sha256, kept)).is_file() for kept in SUFFIXES)

    def copy(self, sha256: str, name: str) -> bytes:
        """Return a copy for viewers; raises FileMissing."""
        return self._read(sha256, name)

    def original(self, sha256: str) -> bytes:
        """Return the original, byte for byte as it was sent; raises FileMissing, SealBroken."""
        return self.ring.open(self._read(sha256, ORIGINAL), _belongs(sha256))

    def _read(self, sha256: str, kept: str) -> bytes:
        try:
            return (self._place(sha256) / self._name(sha256, kept)).read_bytes()
        except FileNotFoundError:
            raise FileMissing from None

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256[2:4]

    def _name(self, sha256: str, kept: str) -> str:
        return f"{sha256}{SUFFIXES[kept]}"


def _belongs(sha256: str) -> bytes:
    return b"photo original " + sha256.encode()
