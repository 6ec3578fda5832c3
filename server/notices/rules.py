"""When a notice may reach a person: quiet hours, bundling, and what overrides both.

Job: pure answers from moments and settings.
Never: read a database or the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

CN = ZoneInfo("Asia/Shanghai")
Severity = Literal["info", "warn", "alarm"]
SEVERITIES: tuple[Severity, ...] = ("info", "warn", "alarm")
"""Rising; an alarm never waits."""


@dataclass(frozen=True, slots=True)
class Manners:
    """What the district decided (settings.notices): quiet hours in Beijing time, bundling, what overrides them."""

    quiet_from: time
    quiet_to: time
    bundle: timedelta
    urgencies: frozenset[str]
    whistles: frozenset[str]


def is_urgent(manners: Manners, severity: str, urgency: str = "", whistle: str = "") -> bool:
    """Tell whether a notice goes out at once and alone, at whatever hour."""
    return severity == "alarm" or urgency in manners.urgencies or whistle in manners.whistles


def deliver_after(manners: Manners, moment: datetime, last: datetime | None) -> datetime:
    """Return from when a notice of ``moment`` that is not urgent may be delivered.

    ``last`` is when the person was last told of the same kind of thing: the first goes out at once, what follows
    gathers until the bundling time is over. What falls into quiet hours waits for their end.
    """
    gathered = moment if last is None else max(moment, last + manners.bundle)
    return after_quiet(gathered, manners.quiet_from, manners.quiet_to)


def after_quiet(moment: datetime, begin: time, end: time) -> datetime:
    """Return ``moment``, or the end of the quiet hours it lies in; they may cross midnight; equal bounds mean none."""
    local = moment.astimezone(CN)
    now = local.time()
    is_quiet = begin <= now < end if begin <= end else now >= begin or now < end
    if not is_quiet:
        return moment
    day = local.date() + timedelta(days=1 if now >= end else 0)
    return datetime.combine(day, end, CN).astimezone(moment.tzinfo)


def from_severities(severity: str) -> list[Severity]:
    """Return the thresholds that a notice of ``severity`` reaches."""
    return list(SEVERITIES[: SEVERITIES.index(severity) + 1])


def bundle_title(size: int, noun: str) -> str:
    """Return what a bundle says: 您有 5 条新任务."""
    return f"您有 {size} 条{noun}"
