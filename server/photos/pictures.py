"""Look into a picture: is it one, what does it say of itself, and copies that say nothing (照片).

Job: decide the type by content, refuse what no camera writes, read time and place from the metadata, make copies for
viewers without any metadata.
Never: trust a name or a declared type, decode more pixels than allowed, or touch a file.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any

import filetype
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from server.photos import heif
from server.photos.refusals import NotAPicture, TooManyPixels

COPIES = {"view": 1280, "thumb": 320}
"""Copies for viewers, largest first: name → longest side, pixels."""
TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""What cameras and phones of the field write (Pillow's name → media type), besides HEIC."""
QUALITY = 82
BEIJING = "+08:00"
SIDEWAYS = frozenset({5, 6, 7, 8})
"""EXIF orientations that swap width and height."""
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, ArithmeticError, SyntaxError, OSError, struct.error)
"""What Pillow raises on bytes that are no picture, or on metadata that is none."""

Image.MAX_IMAGE_PIXELS = None  # pixels are counted here, before anything is decoded, against the policy's own limit


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is shown upright. ``taken_at`` and ``place`` (lon, lat, WGS-84) are what the file itself says."""

    mime: str
    width: int
    height: int
    taken_at: datetime | None
    place: tuple[float, float] | None
    copies: dict[str, bytes]

    @property
    def facts(self) -> dict[str, Any]:
        """Return what is kept of it in the table."""
        return {"mime": self.mime, "width": self.width, "height": self.height}


def look(content: bytes, *, pixels_max: int) -> Picture:
    """Return what the file is and its copies as progressive JPEG.

    Raises:
        NotAPicture: not a JPEG, PNG, WebP or HEIC by its content, or a damaged one.
        TooManyPixels: more than ``pixels_max`` pixels when decoded.
    """
    kind = filetype.guess_mime(content)
    if kind == heif.MIME:
        return _look_at_heic(content, pixels_max)
    if kind not in TYPES.values():
        raise NotAPicture
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > pixels_max:
                raise TooManyPixels(most=pixels_max)
            width, height = image.size
            orientation, said = _metadata(image)
            mime = TYPES[image.format or ""]
            copies = _copies(image)
    except (*UNREADABLE, UnidentifiedImageError) as problem:
        raise NotAPicture(detail=f"the picture cannot be read: {problem}") from None
    upright = (height, width) if orientation in SIDEWAYS else (width, height)
    return Picture(mime, *upright, said.get("taken_at"), said.get("place"), copies)


def _look_at_heic(content: bytes, pixels_max: int) -> Picture:
    try:
        (width, height), jpeg = heif.decoded(content, pixels_max)
    except heif.Undecodable as problem:
        raise (TooManyPixels(most=pixels_max) if problem.args[0] else NotAPicture) from None
    shown = look(jpeg, pixels_max=pixels_max)
    return replace(shown, mime=heif.MIME, width=width, height=height)


def _metadata(image: Image.Image) -> tuple[int, dict[str, Any]]:
    """Return orientation and what can be read of time and place; damaged metadata says nothing."""
    try:
        exif = image.getexif()
        orientation = int(exif.get(ExifTags.Base.Orientation, 1))
        shot, gps = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    except UNREADABLE:
        return 1, {}
    return orientation, {"taken_at": _taken_at(shot), "place": _place(gps)}


def _taken_at(shot: dict[int, Any]) -> datetime | None:
    """Return the moment of exposure; a camera that names no zone is taken to show Beijing time."""
    try:
        text = str(shot[ExifTags.Base.DateTimeOriginal]).strip("\0 ")
        zone = str(shot.get(ExifTags.Base.OffsetTimeOriginal, "")).strip("\0 ") or BEIJING
        return datetime.strptime(text + zone, "%Y:%m:%d %H:%M:%S%z")
    except UNREADABLE:
        return None


def _place(gps: dict[int, Any]) -> tuple[float, float] | None:
    """Return longitude and latitude, degrees; None where the file names none on Earth."""
    try:
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef], "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef], "W")
    except UNREADABLE:
        return None
    is_real = abs(lat) <= 90 and abs(lon) <= 180 and (lon, lat) != (0.0, 0.0)
    return (lon, lat) if is_real else None


def _degrees(parts: Any, side: str, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        raise ValueError(value)
    return -value if str(side).strip("\0 ").upper() == negative else value


def _copies(image: Image.Image) -> dict[str, bytes]:
    """Return the copies, decoding no more of a JPEG than the largest needs."""
    side = max(COPIES.values())
    image.draft("RGB", (side, side))
    profile = image.info.get("icc_profile")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    plain = _plain(ImageOps.exif_transpose(image), profile)
    return {name: _jpeg(plain, longest) for name, longest in COPIES.items()}


def _plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the pixels alone, sRGB on white: no comment, profile or tag goes with them."""
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            image = made or image
        except ImageCms.PyCMSError:
            pass  # a damaged or foreign profile: colours a little off, nothing else
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _jpeg(image: Image.Image, longest: int) -> bytes:
    copy = ImageOps.contain(image, (longest, longest)) if max(image.size) > longest else image
    target = BytesIO()
    copy.save(target, "JPEG", quality=QUALITY, progressive=True, optimize=True)
    return target.getvalue()
