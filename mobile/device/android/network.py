"""The network as Android tells it: it came, it went.

Job: wake the courier the moment a network appears, so that nobody waits for the next try.
Never: poll.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mobile.device.android.base import Base, system

CHANGED = "android.net.conn.CONNECTIVITY_CHANGE"


class Network(Base):
    """Hear changes."""

    def __init__(self) -> None:
        super().__init__()
        self._networks: list[Callable[[bool], None]] = []
        self._receiver: Any = None

    def on_network(self, hear: Callable[[bool], None]) -> None:
        """Register a hearer; the receiver starts with the first."""
        self._networks.append(hear)
        if self._receiver is None:
            from android.broadcast import BroadcastReceiver

            self._receiver = BroadcastReceiver(self._changed, actions=[CHANGED])
            self._receiver.start()

    def _changed(self, context: Any, intent: Any) -> None:
        manager = system("connectivity", "android.net.ConnectivityManager")
        is_there = manager.getActiveNetwork() is not None
        for hear in list(self._networks):
            hear(is_there)
