"""Listen into a voice note (语音留言): is it what phones record, how long is it, and a copy that says nothing else.

Job: decide by content; count how long it sounds; make the copy for listeners, without tags and place.
Never: trust a name or a declared type, decode, or touch a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.photos import track
from server.photos.refusals import NotASound, TooLong

COPY = "sound"
MIME = "audio/mp4"
GRACE_S = 2.0
"""A recorder stops a little after it was told to."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A voice note. A recording tells neither time nor place of itself."""

    seconds: float
    copies: dict[str, bytes] = field(repr=False)
    mime: str = MIME
    taken_at: datetime | None = None
    place: tuple[float, float] | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """Return what is kept of it in the table."""
        return {"mime": self.mime, "seconds": round(self.seconds, 2)}


def look(content: bytes, *, seconds_max: float) -> Sound:
    """Return what the file is and its copy.

    Raises:
        NotASound: not one track of AAC-LC in MP4 by its content, or a damaged one.
        TooLong: it sounds longer than ``seconds_max``.
    """
    try:
        found = track.read(content, seconds_max=seconds_max + GRACE_S)
    except track.NoTrack as problem:
        raise NotASound(detail=f"the recording cannot be read: {problem}") from None
    if found.seconds > seconds_max + GRACE_S:
        raise TooLong(most=seconds_max)
    return Sound(found.seconds, {COPY: track.written(found)})
