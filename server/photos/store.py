"""Files of attachments by the hash of their bytes: kept once however many items show them.

Job: the sealed original and the copies of a photo or voice note under one folder, found by SHA-256.
Never: know items, persons or the database; keep an original, or a voice, in clear.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from server import durable
from server.crypto import Ring
from server.photos.media import MEDIA, PHOTO
from server.photos.refusals import FileMissing
from server.photos.sound import COPY as SOUND

ORIGINAL = "original"
PARTIAL, DRAFTS = "partial", "drafts"
"""Below the folder of photos: what is not whole yet; never backed up, purged when it is stale."""
SEALED = {ORIGINAL: b"photo original ", SOUND: b"voice copy "}
"""What is sealed → the word its seal begins with: a voice tells who speaks, so that not even its copy lies in clear."""
_COPIES = [name for medium in MEDIA for name in medium.copies]
SUFFIXES = {name: f".{name}.sealed" if name in SEALED else f".{name}.jpg" for name in _COPIES} | {ORIGINAL: ".sealed"}
"""What is kept of an attachment → how its file name ends."""


@dataclass(frozen=True)
class Store:
    """Attachments below ``folder``, originals sealed with the keys of ``ring`` under ``suite``."""

    folder: Path
    ring: Ring
    suite: str

    def keep(self, sha256: str, content: bytes, copies: Mapping[str, bytes]) -> None:
        """Keep original and copies; on return they are durable. Keeping the same bytes again changes nothing."""
        if self.has(sha256, copies):
            return
        files = dict(copies) | {ORIGINAL: content}
        named = {self._name(sha256, kept): self._closed(sha256, kept, plain) for kept, plain in files.items()}
        durable.write(self._place(sha256), named, drafts=self.folder / PARTIAL / DRAFTS)

    def has(self, sha256: str, copies: Iterable[str] = PHOTO.copies) -> bool:
        """Tell whether the original and these copies are there."""
        return all((self._place(sha256) / self._name(sha256, kept)).is_file() for kept in (*copies, ORIGINAL))

    def copy(self, sha256: str, name: str) -> bytes:
        """Return a copy for viewers or listeners; raises FileMissing, SealBroken."""
        return self._open(sha256, name)

    def original(self, sha256: str) -> bytes:
        """Return the original, byte for byte as it was sent; raises FileMissing, SealBroken."""
        return self._open(sha256, ORIGINAL)

    def _open(self, sha256: str, kept: str) -> bytes:
        try:
            found = (self._place(sha256) / self._name(sha256, kept)).read_bytes()
        except FileNotFoundError:
            raise FileMissing from None
        return self.ring.open(found, _belongs(sha256, kept)) if kept in SEALED else found

    def _closed(self, sha256: str, kept: str, plain: bytes) -> bytes:
        return self.ring.seal(plain, _belongs(sha256, kept), self.suite) if kept in SEALED else plain

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256[2:4]

    def _name(self, sha256: str, kept: str) -> str:
        return f"{sha256}{SUFFIXES[kept]}"


def _belongs(sha256: str, kept: str) -> bytes:
    return SEALED[kept] + sha256.encode()
