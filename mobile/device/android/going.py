"""Going elsewhere: the dialler, a map app that leads there.

Job: hand over and come back.
Never: call by itself: the worker presses the green button.
"""

from __future__ import annotations

from urllib.parse import quote

from mobile.device.android.base import Base, Intent, Uri, context

VIEW, DIAL = "android.intent.action.VIEW", "android.intent.action.DIAL"
ROUTES = (
    "androidamap://navi?sourceApplication=gridwhistle&poiname={name}&lat={lat}&lon={lon}&dev=1&style=2",
    "baidumap://map/direction?destination=name:{name}|latlng:{lat},{lon}&coord_type=wgs84&mode=driving",
    "geo:{lat},{lon}?q={lat},{lon}({name})",
)
"""Map apps in order of choice; each is told that the point is WGS-84, so that it shifts it itself."""


class Going(Base):
    """Dial, navigate."""

    def dial(self, number: str) -> None:
        """Open the dialler."""
        self._open(Intent(DIAL, Uri.parse(f"tel:{number}")))

    def navigate(self, lon: float, lat: float, name: str) -> None:
        """Open the first map app there is."""
        for route in ROUTES:
            link = route.format(lon=f"{lon:.6f}", lat=f"{lat:.6f}", name=quote(name))
            intent = Intent(VIEW, Uri.parse(link))
            if self.can(intent):
                self._open(intent)
                return

    def _open(self, intent: Intent) -> None:
        intent.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)
        context().startActivity(intent)
