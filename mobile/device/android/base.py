"""What all parts of the Android device stand on: the context, classes loaded once, bytes, results of other activities.

Job: load every Java class on the main thread, before other threads need it.
Never: decide anything.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jnius import autoclass, cast, detach

IS_SERVICE = "PYTHON_SERVICE_ARGUMENT" in os.environ
"""Whether this process is the background service: it has no activity."""
Build = autoclass("android.os.Build$VERSION")
Context = autoclass("android.content.Context")
Intent = autoclass("android.content.Intent")
Uri = autoclass("android.net.Uri")
Activity = autoclass("android.app.Activity")
SystemClock = autoclass("android.os.SystemClock")
SettingsGlobal = autoclass("android.provider.Settings$Global")
JavaString = autoclass("java.lang.String")
API = int(Build.SDK_INT)
numbers = itertools.count(4000)
"""Request codes of activities started for a result."""


def context() -> Any:
    """Return the activity, or the service in its own process."""
    if IS_SERVICE:
        return autoclass("org.kivy.android.PythonService").mService
    return autoclass("org.kivy.android.PythonActivity").mActivity


def system(name: str, kind: str) -> Any:
    """Return a system service, cast to its class."""
    return cast(kind, context().getSystemService(name))


def raw(value: Any) -> bytes:
    """Return a Java byte[] as bytes."""
    return value.tostring() if hasattr(value, "tostring") else bytes(one & 0xFF for one in value)


def chars(text: str) -> Any:
    """Return ``text`` as a CharSequence."""
    return cast("java.lang.CharSequence", JavaString(text))


class Base:
    """The private folder, the id, the boot."""

    def __init__(self) -> None:
        self.folder = Path(context().getFilesDir().getAbsolutePath()) / "field"
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        """The true moment: ``open_field`` puts the app's clock here."""
        self._waiting: dict[int, Callable[[int, Any], None]] = {}
        self._opened_with: str | None = None
        if not IS_SERVICE:
            from android import activity

            activity.bind(on_activity_result=self._on_result, on_new_intent=self._on_intent)
            self._on_intent(context().getIntent())

    def shared_folder(self) -> Path | None:
        """Return the app's folder on the shared storage (Android/data/…/files); None while that is not there."""
        found = context().getExternalFilesDir(None)
        return Path(found.getAbsolutePath()) if found else None

    def boot(self) -> str:
        """Return how often the phone was switched on."""
        try:
            return str(SettingsGlobal.getInt(context().getContentResolver(), "boot_count"))
        except Exception:  # a Java exception of any kind: some ROMs do not count
            return ""

    def leave_thread(self) -> None:
        """Let the Java machine forget this thread: call it last in every thread that used the device."""
        detach()

    def step_back(self) -> None:
        """Put the app behind what was there before, still running."""
        context().moveTaskToBack(True)

    def ask_activity(self, intent: Any, done: Callable[[int, Any], None]) -> None:
        """Start another app for a result; ``done`` gets result code and intent, (0, None) when there is no such app."""
        number = next(numbers)
        self._waiting[number] = done
        try:
            context().startActivityForResult(intent, number)
        except Exception:  # ActivityNotFoundException, SecurityException: the ability is not there
            self._waiting.pop(number)
            done(0, None)

    def _on_result(self, number: int, result: int, intent: Any) -> None:
        done = self._waiting.pop(number, None)
        if done is not None:
            done(result, intent)

    def _on_intent(self, intent: Any) -> None:
        link = intent.getDataString() if intent is not None else None
        self._opened_with = str(link) if link else self._opened_with

    def opened_with(self) -> str | None:
        """Return the link the app was opened with, once."""
        link, self._opened_with = self._opened_with, None
        return link

    def can(self, intent: Any) -> bool:
        """Tell whether some app answers to ``intent``."""
        return intent.resolveActivity(context().getPackageManager()) is not None
