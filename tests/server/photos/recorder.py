"""Voice notes for tests: one real recording (ffmpeg's AAC, 2.5 s, a title and a place in it), and others made of it."""

from __future__ import annotations

import struct
from pathlib import Path

from server.photos import track

DATA = Path(__file__).parent / "data"
SECRET = b"MAKER-SECRET-42"
SPOKEN = (DATA / "voice.m4a").read_bytes()
"""As a phone records it: the table stands last, behind the sound."""
OPUS = (DATA / "voice.ogg").read_bytes()
PARSED = track.read(SPOKEN, seconds_max=60)


def lasting(seconds: float, *, seed: int = 0) -> bytes:
    """A note of about so many seconds, another one for each ``seed``."""
    frames = PARSED.frames[seed:] + PARSED.frames[:seed]
    count = int(seconds * PARSED.rate / track.FRAME)
    return track.written(track.Track(PARSED.config, PARSED.rate, 1, (frames * (count // len(frames) + 1))[:count]))


def box(content: bytes, *path: bytes) -> tuple[int, int]:
    """Where the box at the end of ``path`` begins and how long it is."""
    start, end = 0, len(content)
    for kind in path:
        while True:
            size, found = struct.unpack_from(">I4s", content, start)
            if found == kind:
                break
            start += size
            if start >= end:
                raise KeyError(kind)
        start, end = start + 8, start + size
    return start - 8, end - start + 8


def with_word(content: bytes, old: bytes, new: bytes) -> bytes:
    """The file with one word of its structure changed."""
    assert content.count(old) == 1
    return content.replace(old, new)
