"""The background service of a shift: sending and following go on while the app is not seen, with a notice that says so.

Job: start and stop the process of ``mobile/service/main.py``.
Never: run without a shift.
"""

from __future__ import annotations

from typing import Any

from jnius import autoclass

from mobile.device.android.base import IS_SERVICE, Base, context

SERVICE = "{package}.ServiceSync"


class Background(Base):
    """Start, stop."""

    def _service(self) -> Any:
        return autoclass(SERVICE.format(package=context().getPackageName()))

    def start_background(self) -> None:
        """Start the service; Android shows its notice for as long as it runs."""
        if not IS_SERVICE:
            self._service().start(context(), "")

    def stop_background(self) -> None:
        """Stop the service."""
        if IS_SERVICE:
            context().stopSelf()
        else:
            self._service().stop(context())
