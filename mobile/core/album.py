"""Photos and voice notes on the phone (相册): small, named by their SHA-256, sealed, kept until received.

Job: from a camera's file to a durable JPEG without metadata, from a recorder's to a durable voice note; give bytes back
for showing, hearing and sending.
Never: keep the place a camera wrote into a picture, or delete what was not received.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Collection
from pathlib import Path

from mobile.core.attachments import VOICE, Photo
from mobile.core.clock import Clock
from mobile.core.shapes import Trouble
from mobile.core.store import Store

EDGE = 1600
"""Pixels of the longer side."""
BYTES_MAX = 300_000
QUALITIES = (82, 75, 68, 60, 50, 40)
SOUND = "sound"
"""The size under which the server gives a voice note's copy."""
SEEN_MAX = 300
"""Photos of others kept for reading again."""


class Album:
    """The photos below the store's folder."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def keep(self, source: Path | bytes, kind: str) -> Photo:
        """Shrink ``source`` and keep it; returns what is known of it.

        Raises Trouble: no picture, or the phone is full.
        """
        content, size = shrink(source)
        sha256 = self._kept(content, Trouble("手机存储空间不足，照片没有保存", "请删除一些文件后重拍", "no_space"))
        return Photo(sha256, kind, self._clock.iso(), *size, len(content))

    def keep_voice(self, content: bytes, seconds: float) -> Photo:
        """Keep a voice note of ``seconds`` as the recorder wrote it; returns what is known of it.

        Raises Trouble: no recording (AAC in MP4), or the phone is full.
        """
        if content[4:8] != b"ftyp":
            raise Trouble("没有录上声音", "请再录一次，或直接打字", "not_a_sound")
        sha256 = self._kept(content, Trouble("手机存储空间不足，语音没有保存", "请删除一些文件后重录", "no_space"))
        return Photo(sha256, VOICE, self._clock.iso(), 0, 0, len(content), round(seconds, 1))

    def _kept(self, content: bytes, full: Trouble) -> str:
        """Write ``content`` durably and return its name; raises ``full`` when there is no room."""
        sha256 = hashlib.sha256(content).hexdigest()
        try:
            self._write(sha256, content)
        except OSError:
            raise full from None
        return sha256

    def bytes_of(self, sha256: str, size: str = "view") -> bytes | None:
        """Return the bytes of a photo or voice note kept here or fetched before, or None."""
        for name in (sha256, f"seen-{sha256}-{size}"):
            path = self._path(name)
            if path.exists():
                return self._store.unseal(path.read_bytes())
        return None

    def own(self, sha256: str) -> bytes | None:
        """Return the bytes of what was taken here, or None when its file is gone."""
        path = self._path(sha256)
        return self._store.unseal(path.read_bytes()) if path.exists() else None

    def keep_seen(self, sha256: str, size: str, content: bytes) -> None:
        """Keep a photo or voice note the server gave."""
        self._write(f"seen-{sha256}-{size}", content)
        seen = sorted(self._store.photos.glob("seen-*"), key=lambda path: path.stat().st_mtime)
        for path in seen[:-SEEN_MAX]:
            path.unlink(missing_ok=True)

    def tidy(self, wanted: Collection[str]) -> None:
        """Delete what was taken here and nothing names any more: ``wanted`` are those of drafts and of the outbox."""
        for path in self._store.photos.glob("*.bin"):
            if not path.name.startswith("seen-") and path.stem not in wanted:
                path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._store.photos / f"{name}.bin"

    def _write(self, name: str, content: bytes) -> None:
        path = self._path(name)
        part = path.with_suffix(".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(self._store.seal(content))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def shrink(source: Path | bytes, edge: int = EDGE, limit: int = BYTES_MAX) -> tuple[bytes, tuple[int, int]]:
    """Return a JPEG without metadata, upright, at most ``edge`` pixels and ``limit`` bytes, and its size in pixels.

    Raises Trouble when ``source`` is no picture.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as picture:
            picture.draft("RGB", (edge * 2, edge * 2))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Trouble("这不是可用的照片", "请重新拍照", "not_a_picture") from None
    upright.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    content = b""
    for quality in QUALITIES:
        out = io.BytesIO()
        upright.save(out, "JPEG", quality=quality, optimize=True)
        content = out.getvalue()
        if len(content) <= limit:
            break
    return content, upright.size
