"""The phone's camera app, by way of a row of the MediaStore: no CAMERA permission, no file address.

Job: let the worker take a photo, read its bytes, take the row away again; also after the app was killed meanwhile.
Never: declare CAMERA (declared but not granted makes the intent fail), or leave the picture in the gallery.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from jnius import autoclass, cast

from mobile.device.android.base import API, Activity, Base, Intent, Uri, context

MediaStore = autoclass("android.provider.MediaStore")
Images = autoclass("android.provider.MediaStore$Images$Media")
ContentValues = autoclass("android.content.ContentValues")
SCOPED_FROM = 29
"""From this API level on an app writes its own rows without any permission."""
PENDING = "pending-photo"


class Camera(Base):
    """Take a photo, scan a code."""

    def take_photo(self, done: Callable[[bytes | None], None]) -> None:
        """Open the camera app; ``done`` gets the bytes, or None."""
        try:
            uri = self._row()
        except Exception:  # no storage, no permission before Android 10
            done(None)
            return
        (self.folder / PENDING).write_text(uri.toString(), encoding="utf-8")
        intent = Intent(MediaStore.ACTION_IMAGE_CAPTURE)
        intent.putExtra(MediaStore.EXTRA_OUTPUT, cast("android.os.Parcelable", uri))
        intent.addFlags(Intent.FLAG_GRANT_WRITE_URI_PERMISSION | Intent.FLAG_GRANT_READ_URI_PERMISSION)
        self.ask_activity(intent, lambda result, _: done(self._taken(uri, was_taken=result == Activity.RESULT_OK)))

    def _row(self) -> Any:
        values = ContentValues()
        values.put("_display_name", f"gridwhistle-{os.urandom(6).hex()}.jpg")
        values.put("mime_type", "image/jpeg")
        if API >= SCOPED_FROM:
            values.put("relative_path", "DCIM/Gridwhistle")
        return context().getContentResolver().insert(Images.EXTERNAL_CONTENT_URI, values)

    def _taken(self, uri: Any, *, was_taken: bool) -> bytes | None:
        """Read the picture and take its row away."""
        resolver = context().getContentResolver()
        try:
            content = _read(resolver, uri) if was_taken else b""
        finally:
            resolver.delete(uri, None, None)
            (self.folder / PENDING).unlink(missing_ok=True)
        return content or None

    def recovered_photo(self) -> bytes | None:
        """Return the photo that was being taken when the app was killed (cheap phones do that), if there is one."""
        path = self.folder / PENDING
        if not path.exists():
            return None
        try:
            return self._taken(Uri.parse(path.read_text(encoding="utf-8")), was_taken=True)
        except Exception:  # the row is gone
            path.unlink(missing_ok=True)
            return None

    def scan(self, done: Callable[[str | None], None]) -> None:
        """Let a scanner app read a code; the phone's own camera also opens our links (``opened_with``)."""

        def finish(result: int, intent: Any) -> None:
            found = intent.getStringExtra("SCAN_RESULT") if result == Activity.RESULT_OK and intent else None
            done(str(found) if found else None)

        self.ask_activity(_scanner(), finish)

    def can_scan(self) -> bool:
        """Tell whether there is a scanner app."""
        return self.can(_scanner())


def _scanner() -> Any:
    return Intent("com.google.zxing.client.android.SCAN").putExtra("SCAN_MODE", "QR_CODE_MODE")


def _read(resolver: Any, uri: Any) -> bytes:
    descriptor = resolver.openFileDescriptor(uri, "r")
    with os.fdopen(descriptor.detachFd(), "rb") as file:
        return file.read()
