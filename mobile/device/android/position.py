"""Position of the phone: GPS and network, with accuracy, true moment and whether it is a mock.

Job: one listener for all who want to hear; it runs only while somebody does.
Never: run in the back without a shift; throw a mock position away (it is flagged, never blocked).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from jnius import PythonJavaClass, autoclass, java_method

from mobile.core.shapes import Fix
from mobile.device.android.base import API, SystemClock, system
from mobile.device.android.permissions import Permissions

Looper = autoclass("android.os.Looper")
LOCATION = "android.location.LocationManager"
PROVIDERS = ("gps", "network")
FRESH = timedelta(minutes=2)
MOCK_BY_NAME_FROM = 31
"""From this API level on a location answers isMock."""


class Listener(PythonJavaClass):  # type: ignore[misc]
    """Hears Android; both ways of telling, one fix or several at once (Android 12 and later)."""

    __javainterfaces__ = ("android/location/LocationListener",)
    __javacontext__ = "app"

    def __init__(self, hear: Callable[[Any], None]) -> None:
        super().__init__()
        self.hear = hear

    @java_method("(Landroid/location/Location;)V")  # type: ignore[untyped-decorator]
    def onLocationChanged(self, location: Any) -> None:  # noqa: N802
        """Hear one fix."""
        self.hear(location)

    @java_method("(Ljava/util/List;)V", name="onLocationChanged")  # type: ignore[untyped-decorator]
    def on_several(self, locations: Any) -> None:
        """Hear several; the last is the newest."""
        for place in range(locations.size()):
            self.hear(locations.get(place))

    @java_method("(I)V")  # type: ignore[untyped-decorator]
    def onFlushComplete(self, number: int) -> None:  # noqa: N802
        """Nothing to do."""

    @java_method("(Ljava/lang/String;)V")  # type: ignore[untyped-decorator]
    def onProviderEnabled(self, provider: str) -> None:  # noqa: N802
        """Nothing to do."""

    @java_method("(Ljava/lang/String;)V")  # type: ignore[untyped-decorator]
    def onProviderDisabled(self, provider: str) -> None:  # noqa: N802
        """Nothing to do."""

    @java_method("(Ljava/lang/String;ILandroid/os/Bundle;)V")  # type: ignore[untyped-decorator]
    def onStatusChanged(self, provider: str, status: int, extras: Any) -> None:  # noqa: N802
        """Nothing to do."""


class Positions(Permissions):
    """Start, stop, last."""

    def __init__(self) -> None:
        super().__init__()
        self._hearers: dict[Callable[[Fix], None], float] = {}
        self._listener: Listener | None = None
        self._fix: Fix | None = None

    def start_position(self, hear: Callable[[Fix], None], every_s: float) -> None:
        """Hear fixes; needs the permission (``ask("position", …)``), without it nothing is heard."""
        self._hearers[hear] = every_s
        self._listen()

    def stop_position(self, hear: Callable[[Fix], None] | None = None) -> None:
        """Stop one hearer, or all."""
        if hear is None:
            self._hearers.clear()
        else:
            self._hearers.pop(hear, None)
        self._listen()

    def last_fix(self) -> Fix | None:
        """Return the last fix while it is fresh."""
        return self._fix if self._fix and self.now() - self._fix.at < FRESH else None

    def _listen(self) -> None:
        """Ask Android for what the most impatient hearer wants, or for nothing."""
        manager = system("location", LOCATION)
        if self._listener is not None:
            manager.removeUpdates(self._listener)
            self._listener = None
        if not self._hearers or not self.may("position"):
            return
        self._listener = Listener(self._heard)
        pause_ms = int(1000 * min(self._hearers.values()))
        for provider in PROVIDERS:
            if manager.isProviderEnabled(provider):
                manager.requestLocationUpdates(provider, pause_ms, 0.0, self._listener, Looper.getMainLooper())

    def _heard(self, location: Any) -> None:
        age = (SystemClock.elapsedRealtimeNanos() - location.getElapsedRealtimeNanos()) / 1e9
        fix = Fix(
            lon=location.getLongitude(),
            lat=location.getLatitude(),
            accuracy_m=float(location.getAccuracy()) if location.hasAccuracy() else None,
            at=self.now() - timedelta(seconds=max(0.0, age)),
            provider=str(location.getProvider()),
            is_mock=bool(location.isMock() if API >= MOCK_BY_NAME_FROM else location.isFromMockProvider()),
        )
        if self._is_better(fix):
            self._fix = fix
            for hear in list(self._hearers):
                hear(fix)

    def _is_better(self, fix: Fix) -> bool:
        """Prefer the finer of two fixes of the same moment: the network's circle is often a kilometre wide."""
        last = self._fix
        if last is None or fix.at - last.at > timedelta(seconds=20):
            return True
        return (fix.accuracy_m or 1e9) <= (last.accuracy_m or 1e9) * 1.5
