"""Opening the app's heart (启动): device, store, clock and client put together.

Job: one function for the app, its background service, tests and benchmarks.
Never: start a thread: ``Field.start`` does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mobile.core.client import Client
from mobile.core.clock import Clock, Ticks
from mobile.core.courier import Pace
from mobile.core.field import Field
from mobile.core.store import Store


def open_field(
    device: Any, base: str, *, ticks: Ticks | None = None, verify: bool | str = True, pace: Pace | None = None
) -> Field:
    """Return the field app on ``device`` (``mobile.device``) against the server at ``base``.

    ``ticks`` are the device's clocks (the default reads this machine's), ``verify`` the path of an own certificate.
    """
    folder = Path(device.folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store(folder, device.seal, device.unseal)
    clock = Clock(ticks or Ticks(boot=device.boot), store)
    device.now = clock.now
    return Field(store, Client(base, clock, verify=verify), device, clock, pace)
