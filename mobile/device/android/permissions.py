"""Permissions, asked for when they are first needed.

Job: our words for them, Android's names.
Never: ask at the start for everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mobile.device.android.base import API, IS_SERVICE, Base

NAMES: dict[str, tuple[str, ...]] = {
    "position": ("android.permission.ACCESS_FINE_LOCATION", "android.permission.ACCESS_COARSE_LOCATION"),
    "microphone": ("android.permission.RECORD_AUDIO",),
    "notices": ("android.permission.POST_NOTIFICATIONS",) if API >= 33 else (),
    "storage": ("android.permission.WRITE_EXTERNAL_STORAGE",) if API < 29 else (),
}


class Permissions(Base):
    """May, ask."""

    def may(self, what: str) -> bool:
        """Tell whether it is given; what this Android does not ask for is given."""
        from android.permissions import check_permission

        names = NAMES.get(what, ())
        return not names or any(check_permission(name) for name in names)

    def ask(self, what: str, done: Callable[[bool], None]) -> None:
        """Ask, unless it is given; a service cannot ask."""
        if self.may(what) or IS_SERVICE:
            done(self.may(what))
            return
        from android.permissions import request_permissions

        def answered(names: Sequence[str], grants: Sequence[bool]) -> None:
            done(any(grants))

        request_permissions(list(NAMES[what]), answered)
