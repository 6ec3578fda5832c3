"""The web process at another hour: the server's clock runs SHIFT_OFFSET_S seconds away from the machine's."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from server.db import clock

AWAY = timedelta(seconds=float(os.environ["SHIFT_OFFSET_S"]))
clock.now = lambda: datetime.now(UTC) + AWAY  # type: ignore[method-assign]

from server.web import app  # noqa: E402

__all__ = ["app"]
