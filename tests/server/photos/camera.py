"""Pictures for tests, made on the spot: a camera that writes what it is told into the file."""

from __future__ import annotations

import hashlib
import random
from datetime import datetime
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image, PngImagePlugin

SECRET = "MAKER-SECRET-42"


def sha(content: bytes) -> str:
    """Return the name of a photo."""
    return hashlib.sha256(content).hexdigest()


def shot(
    size: tuple[int, int] = (640, 480),
    kind: str = "JPEG",
    *,
    taken_at: datetime | None = None,
    place: tuple[float, float] | None = None,
    orientation: int = 1,
    seed: int = 1,
) -> bytes:
    """Return a picture file: left half red, right half noise; ``taken_at`` is written without a zone."""
    image = Image.frombytes("RGB", size, random.Random(seed).randbytes(size[0] * size[1] * 3))
    image.paste((200, 0, 0), (0, 0, size[0] // 2, size[1]))
    target = BytesIO()
    image.save(target, kind, exif=_exif(taken_at, place, orientation), **_more(kind))
    return target.getvalue()


def _exif(taken_at: datetime | None, place: tuple[float, float] | None, orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = SECRET
    exif[ExifTags.Base.Orientation] = orientation
    if taken_at:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = f"{taken_at:%Y:%m:%d %H:%M:%S}"
    if place:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        lon, lat = place
        gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] = _parts(lon), "E" if lon > 0 else "W"
        gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] = _parts(lat), "N" if lat > 0 else "S"
    return exif


def _parts(degrees: float) -> tuple[float, float, float]:
    whole, minutes = divmod(abs(degrees) * 60, 60)
    return whole, int(minutes), round((minutes % 1) * 60, 4)


def _more(kind: str) -> dict[str, Any]:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET)
    return {"JPEG": {"comment": SECRET, "quality": 90}, "PNG": {"pnginfo": text}}.get(kind, {})
