"""What pages ask of the device (感官): a photo, the position, spoken words; answers come back to Kivy's thread.

Job: one function per sense; threads end here.
Never: keep anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kivy.clock import Clock

from mobile.core.attachments import Photo
from mobile.core.shapes import Fix, Trouble

if TYPE_CHECKING:
    from mobile.app import FieldApp
    from mobile.page import Page

EVERY_S = 1.0
NO_SPEECH = Trouble("没有听清", "请再说一次，或直接打字")


def soon(fn: Callable[..., Any], *words: Any) -> None:
    """Call ``fn`` in Kivy's thread."""
    Clock.schedule_once(lambda _: fn(*words), 0)


def take_photo(page: Page, kind: str, done: Callable[[Photo], Any]) -> None:
    """Open the camera; ``done`` gets the photo as it is kept. Nothing happens when no picture was taken."""

    def taken(content: bytes | None) -> None:
        if content is not None and not page.is_left:
            page.aside(lambda: page.field.keep_photo(content, kind), done)

    page.app.device.take_photo(lambda content: soon(taken, content))


def watch_position(app: FieldApp, fn: Callable[[Fix], Any]) -> Callable[[Fix], None]:
    """Call ``fn`` with every reading of the position until ``unwatch``; returns the handle for that."""

    def heard(fix: Fix) -> None:
        soon(fn, fix)

    last = app.device.last_fix()
    if last is not None:
        heard(last)
    app.device.ask("position", lambda allowed: app.device.start_position(heard, EVERY_S) if allowed else None)
    return heard


def unwatch(app: FieldApp, handle: Callable[[Fix], None]) -> None:
    """End ``watch_position``."""
    app.device.stop_position(handle)


def can_dictate(app: FieldApp) -> bool:
    """Tell whether this device turns speech into text."""
    return bool(app.device.can_dictate())


def dictate(page: Page, done: Callable[[str], Any]) -> None:
    """Listen and give ``done`` the text."""

    def heard(text: str | None) -> None:
        if page.is_left:
            return
        if text:
            done(text)
        else:
            page.app.trouble(NO_SPEECH)

    page.app.device.dictate(lambda text: soon(heard, text))
