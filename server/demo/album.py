"""The photos of the synthetic city (合成照片): one small picture per group of categories and role, marked as synthetic.

Job: draw them, keep them in the installation's store, and mark the declared ones as received.
Never: a photo of anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import sqlalchemy as sa
from PIL import Image, ImageDraw, ImageFont

from server import policy
from server.db import db
from server.demo import strokes
from server.photos import pictures, receiving
from server.photos.models import Photo

SIZE = (640, 480)
QUALITY = 80
MARGIN, TITLE, LINE, LETTERS = 28, 96, 44, 30
"""Pixels."""
WHITE = (0, 0, 255)
"""In hue, saturation, value."""
ROLES: Mapping[str, tuple[str, str]] = {
    "before": ("处置前", "before"),
    "after": ("处置后", "after"),
    "check": ("核查", "check"),
}
SHADES: Mapping[str, int] = {"before": 70, "after": 150, "check": 110}
CHINESE_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
)
"""Where Debian's packages put a font with Chinese characters; without any the category is in English."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as its row describes it."""

    sha256: str
    size: int
    mime: str
    width: int
    height: int


class Album:
    """Group of categories and role → shot."""

    def __init__(self, shots: Mapping[tuple[str, str], Shot]) -> None:
        self._shots = shots

    def photo(self, leaf: str, role: str) -> dict[str, str]:
        """Return how an act declares the photo of ``leaf`` in ``role``."""
        return {"sha256": self._shots[policy.current().categories[leaf].group, role].sha256, "kind": role}

    def receive(self, item_ids: Collection[object]) -> None:
        """Mark the photos declared for these items as received when they were declared; one statement."""
        columns = ("sha256", "size", "mime", "width", "height")
        known = sa.values(*(sa.column(name, Photo.__table__.c[name].type) for name in columns), name="shots")
        rows = [tuple(getattr(shot, name) for name in columns) for shot in self._shots.values()]
        shots = known.data(rows).alias("shots")
        taken = {name: shots.c[name] for name in columns[1:]}
        statement = sa.update(Photo).where(
            Photo.item_id.in_(item_ids), Photo.received_at.is_(None), Photo.sha256 == shots.c.sha256
        )
        done = statement.values(received_at=Photo.declared_at, **taken)
        db.session.execute(done.execution_options(synchronize_session=False))


def keep() -> Album:
    """Draw the album, keep every picture in the store and return it; keeping it again changes nothing."""
    store, most = receiving.store(), policy.current().settings.events.photo_max_pixels
    shots = {}
    for group in policy.current().groups:
        for role in ROLES:
            content = draw(group, role)
            sha256 = hashlib.sha256(content).hexdigest()
            picture = pictures.look(content, pixels_max=most)
            store.keep(sha256, content, picture.copies)
            shots[group, role] = Shot(sha256, len(content), picture.mime, picture.width, picture.height)
    return Album(shots)


def draw(group: str, role: str) -> bytes:
    """Return a JPEG with a coloured ground, a few shapes and the words that say what it is."""
    hue = list(policy.current().groups).index(group) * 19 % 256
    image = Image.new("HSV", SIZE, (hue, 110, SHADES[role]))
    pen = ImageDraw.Draw(image)
    for step in range(6):
        left, top = 60 + step * 95, 250 + (step * 53 + hue) % 120
        pen.rectangle((left, top, left + 70, SIZE[1] - MARGIN), fill=(hue, 90, SHADES[role] + 25 + step * 6))
    strokes.write(pen, MARGIN, MARGIN, TITLE, WHITE)
    for line, text in enumerate(_words(group, role), start=1):
        pen.text((MARGIN, MARGIN + TITLE + line * LINE - LINE // 2), text, font=_font(), fill=WHITE)
    out = BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _words(group: str, role: str) -> list[str]:
    about, (zh, en) = policy.current().groups[group], ROLES[role]
    named = f"{group} {about.zh} · {zh}" if _chinese() else f"{group} {about.en} · {en}"
    return ["SYNTHETIC DATA", named]


@cache
def _chinese() -> str | None:
    return next((path for path in CHINESE_FONTS if Path(path).is_file()), None)


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    path = _chinese()
    return ImageFont.truetype(path, LETTERS) if path else ImageFont.load_default(LETTERS)
