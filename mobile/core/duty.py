"""Duty (在岗) on the phone: the shift, and positions while it lasts.

Job: go on and off duty at the true moment, keep positions only in between, send them in batches.
Never: keep or show a position off duty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gis import plain
from mobile.core.clock import Clock, shown
from mobile.core.hearers import Hearers
from mobile.core.outbox import LATER, Outbox, Request
from mobile.core.shapes import Duty, Fix
from mobile.core.store import Store

KEPT = "duty"
LAST = "duty.last"
EVERY_S = 30.0
"""Seconds between two kept positions at least …"""
MOVED_M = 30.0
"""… unless the worker has moved so far."""
BATCH = 40
"""Positions that are sent together; the server takes 500."""
AT_LATEST = timedelta(minutes=15)
SHIFT_MAX_H = 14


class DutyBook:
    """The own shifts."""

    def __init__(self, store: Store, clock: Clock, outbox: Outbox, device: Any, hearers: Hearers) -> None:
        self._store, self._clock, self._outbox, self._device, self._hearers = store, clock, outbox, device, hearers

    def view(self) -> Duty:
        """Return the present shift."""
        told = self._store.kept(KEPT) or {}
        is_on = bool(told.get("on")) and not self._is_over(told)
        pending = any(row["act"] in ("start", "end") for row in self._outbox.of_item("duty"))
        words = (
            f"在岗中，自 {shown(told.get('since'))} 起；位置仅用于本人轨迹和网格覆盖" if is_on else "未上岗，不记录位置"
        )
        later = "（恢复网络后告知服务器）" if pending else ""
        ends_by = told.get("ends_by") if is_on else None
        return Duty(is_on, told.get("since") if is_on else None, ends_by, pending, f"{words}{later}")

    def _is_over(self, told: Mapping[str, Any]) -> bool:
        ends = told.get("ends_by")
        return bool(ends) and datetime.fromisoformat(str(ends)) < self._clock.now()

    def start(self) -> Duty:
        """Go on duty now."""
        if not self.view().on:
            now = self._clock.now()
            ends_by = (now + timedelta(hours=SHIFT_MAX_H)).isoformat()
            with self._store.writing():
                self._store.keep(KEPT, {"on": True, "since": self._clock.iso(), "ends_by": ends_by})
                self._outbox.put(self._request("start", "上岗", {"at": self._clock.iso()}))
            self._device.start_background()
        self.follow()
        self._hearers.tell("duty")
        return self.view()

    def end(self) -> Duty:
        """Go off duty now."""
        self._device.stop_position(self.hear)
        if self.view().on:
            with self._store.writing():
                self.flush()
                self._store.keep(KEPT, {"on": False})
                self._outbox.put(self._request("end", "下岗", {"at": self._clock.iso()}))
            self._device.stop_background()
        self._hearers.tell("duty")
        return self.view()

    def follow(self) -> None:
        """Hear the position while on duty; called when the app opens in the middle of a shift, too."""
        if self.view().on:
            self._device.start_position(self.hear, EVERY_S)

    def told(self, shift: Mapping[str, Any]) -> None:
        """Keep what the server says of the shift, unless the phone knows better what it has not told yet."""
        if self._outbox.of_item("duty"):
            return
        known = {"on": shift["on_duty"], "since": shift["started_at"], "ends_by": shift["ends_by"]}
        if known != self._store.kept(KEPT):
            self._store.keep(KEPT, known)
            self._hearers.tell("duty")

    def hear(self, fix: Fix) -> None:
        """Keep a position taken on duty, when it is news."""
        if not self.view().on or not self._is_news(fix):
            return
        place = {"at": fix.at.isoformat(), "lon": fix.lon, "lat": fix.lat, "accuracy_m": fix.accuracy_m}
        with self._store.writing() as db:
            db.execute(
                "insert or ignore into positions(at, sealed) values (?, ?)", (place["at"], self._store.pack(place))
            )
            self._store.keep(LAST, place)
            waiting = self._store.row("select count(*) as n, min(at) as since from positions where sending is null")
            if waiting and (waiting["n"] >= BATCH or self._is_old(waiting["since"])):
                self.flush()
        self._hearers.tell("track")

    def _is_news(self, fix: Fix) -> bool:
        last = self._store.kept(LAST)
        if last is None:
            return True
        seconds = (fix.at - datetime.fromisoformat(last["at"])).total_seconds()
        return seconds >= EVERY_S or plain.distance_m((fix.lon, fix.lat), (last["lon"], last["lat"])) >= MOVED_M

    def _is_old(self, since: str) -> bool:
        return self._clock.now() - datetime.fromisoformat(since) >= AT_LATEST

    def flush(self) -> None:
        """Put the positions kept so far on their way."""
        rows = self._store.rows("select * from positions where sending is null order by at limit 400")
        if not rows:
            return
        places = [self._store.unpack(row["sealed"]) for row in rows]
        with self._store.writing() as db:
            id = self._outbox.put(self._request("positions", "在岗位置", {"crs": "wgs84", "positions": places}))
            db.executemany("update positions set sending = ? where at = ?", [(id, row["at"]) for row in rows])

    def tidy(self, days: int = 30) -> None:
        """Forget positions older than tracks are kept."""
        self._store.write("delete from positions where julianday(at) < julianday('now', ?)", f"-{days} days")

    def track(self, told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return the own track: what the phone keeps, and what the server told beyond it, newest first."""
        own = [self._store.unpack(row["sealed"]) for row in self._store.rows("select sealed from positions")]
        moments = {datetime.fromisoformat(one["at"]): one for one in (*told, *own)}
        return [moments[at] for at in sorted(moments, reverse=True)]

    def _request(self, act: str, zh: str, body: dict[str, Any]) -> Request:
        return Request("duty", act, zh, "duty", "POST", f"/duty/{act}", body, zh, lane=LATER)
