"""The phone's clock, set right by the server's: measured at every contact, carried on by the time since boot.

Job: say what time it truly is although the phone's clock may be wrong by days or be changed during the shift.
Never: set the phone's clock, or say a moment that the server's clock has not reached yet.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

CN = timezone(timedelta(hours=8), "Asia/Shanghai")
KEPT = "clock"
STEADY_S = 0.05
"""A measurement replaces the last one when it moves the clock by more than this, in seconds."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """What the device says of time: the wall clock it shows, seconds since boot (sleep included), and which boot."""

    wall: Callable[[], float] = time.time
    since_boot: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME)
    boot: Callable[[], str] = lambda: ""


class Clock:
    """True time. ``store`` keeps the last measurement over restarts."""

    def __init__(self, ticks: Ticks | None = None, store: Any = None) -> None:
        self.ticks = ticks or Ticks()
        self._store = store
        self._known: dict[str, Any] = (store.kept(KEPT) if store else None) or {}

    def measured(self, server: datetime) -> None:
        """Note what the server's clock showed just before an answer came in: now it is later, never earlier."""
        told, wall, ticks = server.timestamp(), self.ticks.wall(), self.ticks.since_boot()
        if self._known and abs(told - self.seconds()) <= STEADY_S:
            return
        self._known = {"server": told, "wall": wall, "ticks": ticks, "boot": self.ticks.boot()}
        if self._store:
            self._store.keep(KEPT, self._known)

    def seconds(self) -> float:
        """Return the true time in seconds since 1970; the phone's own clock while no server ever told."""
        if not self._known:
            return self.ticks.wall()
        if self._known["boot"] == self.ticks.boot() and self.ticks.since_boot() >= self._known["ticks"]:
            return float(self._known["server"] + self.ticks.since_boot() - self._known["ticks"])
        return float(self.ticks.wall() - self._known["wall"] + self._known["server"])

    def now(self) -> datetime:
        """Return the true moment, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def iso(self) -> str:
        """Return the true moment as text in Beijing's time, with microseconds and offset."""
        return self.now().astimezone(CN).isoformat()

    def error_s(self) -> float | None:
        """Return by how many seconds the phone's clock runs ahead of the server's; None when never measured."""
        return self.ticks.wall() - self.seconds() if self._known else None


def shown(iso: str | None) -> str:
    """Return an ISO moment as people read it: 14:32 today's, 3月2日 14:32 other days', — without one."""
    if not iso:
        return "—"
    moment = datetime.fromisoformat(iso).astimezone(CN)
    day = "" if moment.date() == datetime.now(CN).date() else f"{moment.month}月{moment.day}日 "
    return f"{day}{moment:%H:%M}"


def end_shown(iso: str) -> str:
    """Return an ISO moment at which something ends: midnight ends the day before (24:00), as people say it."""
    moment = datetime.fromisoformat(iso).astimezone(CN)
    is_midnight = (moment.hour, moment.minute) == (0, 0)
    return shown((moment - timedelta(minutes=1)).isoformat()).replace("23:59", "24:00") if is_midnight else shown(iso)
