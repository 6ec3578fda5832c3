"""Attachments (附件): photos and voice notes as they are kept, declared, addressed and counted.

Job: the record of one, and the few words in which the two kinds differ, as tables.
Never: hold bytes (the album does).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

VOICE = "voice"
"""The kind of attachment that is a voice note."""
WAYS = {VOICE: ("voices", "audio/mp4")}
PICTURES = ("photos", "image/jpeg")
"""Kind of attachment → the last word of its address, the type of its bytes; every other kind is a picture."""


@dataclass(frozen=True, slots=True)
class Photo:
    """An attachment kept in the store: a photo (``kind`` before, after, scene or check) or a voice note (voice).

    ``taken_at`` is the true moment (ISO); ``width``, ``height`` are pixels of a photo, ``seconds`` those of a voice.
    """

    sha256: str
    kind: str
    taken_at: str
    width: int
    height: int
    size: int
    seconds: float = 0.0

    @property
    def is_voice(self) -> bool:
        """Tell whether it is to be heard, not seen."""
        return self.kind == VOICE


def way_of(kind: str) -> tuple[str, str]:
    """Return the last word of the address of an attachment of ``kind``, and the type of its bytes."""
    return WAYS.get(kind, PICTURES)


def seen(kept: Sequence[Photo]) -> tuple[Photo, ...]:
    """Return the photos among ``kept``."""
    return tuple(one for one in kept if not one.is_voice)


def heard(kept: Sequence[Photo]) -> tuple[Photo, ...]:
    """Return the voice notes among ``kept``."""
    return tuple(one for one in kept if one.is_voice)


def told(kept: Sequence[Photo]) -> dict[str, list[dict[str, Any]]]:
    """Return photos and voice notes as a body declares them: ``photos``, ``voices``."""
    found: dict[str, list[dict[str, Any]]] = {"photos": [], "voices": []}
    for one in kept:
        found[way_of(one.kind)[0]].append({"sha256": one.sha256, "kind": one.kind, "taken_at": one.taken_at})
    return found


def shown(kept: Sequence[Photo]) -> dict[str, list[dict[str, Any]]]:
    """Return photos and voice notes as a card shows them before the server knows it."""
    seconds, found = {one.sha256: one.seconds for one in kept}, told(kept)
    return {
        "photos": [one | {"received": False} for one in found["photos"]],
        "voices": [one | {"received": False, "seconds": seconds[one["sha256"]]} for one in found["voices"]],
    }


def counted(attached: int, voices: int) -> str:
    """Return how many photos and voice notes ``attached`` things are, in words; empty when there are none."""
    photos = attached - voices
    parts = (f"{photos} 张照片" if photos else "", f"{voices} 段语音" if voices else "")
    return "、".join(part for part in parts if part)
