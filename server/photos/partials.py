"""Photos on their way (断点续传): what came so far of an upload, to be continued after a cut at any byte.

Job: one growing file per person and photo; give back the bytes once they are complete and true to their name.
Never: know items or the database. Two connections that send the same photo write the same bytes to the same places.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from server import durable
from server.photos.refusals import NotContinued, OtherPhoto, TooLarge

BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Span:
    """Which bytes a request brings: from ``start`` up to ``stop``; ``total`` is the whole photo's size, if told."""

    start: int = 0
    stop: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Partial:
    """The upload of the photo ``sha256`` by one person, below ``folder``."""

    folder: Path
    person_id: uuid.UUID
    sha256: str

    @property
    def path(self) -> Path:
        """Return where the bytes so far lie."""
        return self.folder / str(self.person_id) / self.sha256

    def offset(self) -> int:
        """Return how many bytes have come so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def take(self, read: Callable[[int], bytes], span: Span, *, most: int) -> bytes | int:
        """Add what ``read`` brings; return the whole photo when it is complete, else how many bytes there are.

        What came before a connection broke stays, whatever ``read`` raises.

        Raises:
            NotContinued: the span begins behind the bytes there are.
            TooLarge: more than ``most`` bytes.
            OtherPhoto: complete, but not the photo of this name; nothing stays.
        """
        if max(span.total or 0, span.stop or 0) > most:
            raise TooLarge(most=most)
        with self._opened() as file:
            have = os.fstat(file).st_size
            if span.start > have:
                raise NotContinued(offset=have)
            end = self._append(file, read, span, most)
            total = end if span.total is None else span.total
            if max(have, end) < total:
                return max(have, end)
            content = os.pread(file, total, 0)
        self._check(content)
        return content

    def forget(self) -> None:
        """Drop the bytes: the photo is kept elsewhere now, or was not what it was named."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        durable.make(self.path.parent)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, durable.PRIVATE_FILE)
        try:
            yield file
        finally:
            os.close(file)

    def _append(self, file: int, read: Callable[[int], bytes], span: Span, most: int) -> int:
        place, stop = span.start, most + 1 if span.stop is None else span.stop
        while place < stop and (block := read(min(BLOCK, stop - place))):
            place += os.pwrite(file, block, place)
        if place > most:
            self.forget()
            raise TooLarge(most=most)
        return place

    def _check(self, content: bytes) -> None:
        if hashlib.sha256(content).hexdigest() != self.sha256:
            self.forget()
            raise OtherPhoto


def purge(folder: Path, before: datetime) -> int:
    """Delete what nobody continued since ``before`` and return how many uploads that were."""
    stale = [path for path in folder.glob("*/*") if path.stat().st_mtime < before.timestamp()]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
