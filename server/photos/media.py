"""The kinds of attachment (附件): photos and voice notes; what differs between them stands in one row each.

Job: per kind its address, the roles it may have, how its bytes are looked into, its limits, its copies and their type.
Never: touch a file or the database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server import policy
from server.photos import pictures, sound
from server.photos.models import ROLES, VOICE_ROLE
from server.photos.pictures import Picture
from server.photos.sound import Sound

Seen = Picture | Sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """A kind of attachment.

    ``way`` is the last word of its address and its list on a card; ``facts`` the columns only it has; ``keeps`` says
    whether a reader's own cache may keep a copy; ``most`` is how many of it an item may have, ``bytes_max`` how large.
    """

    name: str
    zh: str
    way: str
    roles: tuple[str, ...]
    look: Callable[[bytes], Seen]
    copies: tuple[str, ...]
    mime: str
    media: str
    facts: tuple[str, ...]
    most: Callable[[], int]
    bytes_max: Callable[[], int]
    keeps: bool


def _picture(content: bytes) -> Picture:
    return pictures.look(content, pixels_max=policy.current().settings.events.photo_max_pixels)


def _sound(content: bytes) -> Sound:
    return sound.look(content, seconds_max=policy.current().settings.events.voice_max_s)


PHOTO = Medium(
    name="photo",
    zh="照片",
    way="photos",
    roles=ROLES,
    look=_picture,
    copies=tuple(pictures.COPIES),
    mime="image/jpeg",
    media="image/*",
    facts=("width", "height", "flags"),
    most=lambda: policy.current().settings.events.photos_max,
    bytes_max=lambda: policy.current().settings.events.photo_max_bytes,
    keeps=True,
)
VOICE = Medium(
    name="voice",
    zh="语音",
    way="voices",
    roles=(VOICE_ROLE,),
    look=_sound,
    copies=(sound.COPY,),
    mime=sound.MIME,
    media="audio/mp4",
    facts=("seconds",),
    most=lambda: policy.current().settings.events.voices_max,
    bytes_max=lambda: policy.current().settings.events.voice_max_bytes,
    keeps=False,
)
MEDIA = (PHOTO, VOICE)


def of(role: str) -> Medium:
    """Return the kind of attachment a role belongs to."""
    return next(medium for medium in MEDIA if role in medium.roles)
