"""What is going to happen (剧本大纲): one plan per event, with exact totals, drawn by seed.

Job: when each event is reported, of which leaf, with which fate, and which of them get a whistle (spec 1.2 S11, S15).
Never: ask the database or know a person: plans are the same on every machine.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from server import policy
from server.clocks.rules import Course
from server.db import CN
from server.demo import words
from server.demo.hours import Times, days_of
from server.demo.places import Spot
from server.policy import LimitUnit

SELF_SHARE = 0.92
"""Part of what the grid may solve itself that it does solve itself."""
SELF_FATES: Mapping[str, float] = {"self": 0.985, "self_refused": 0.015}
UNIT_FATES: Mapping[str, float] = {
    "plain": 0.87,
    "late": 0.045,
    "rework": 0.025,
    "suspended": 0.015,
    "extended": 0.03,
    "dismissed": 0.009,
    "upheld": 0.006,
}
LONG_FATES = frozenset({"suspended", "extended", "dismissed", "upheld"})
"""Fates that take a limit of at least three working days and an urgency that may wait."""
LONG_LIMIT_WD = 3
WHISTLE_KINDS: Mapping[str, float] = {"EMERGENCY": 0.2, "ENFORCEMENT": 0.33, "DEMAND": 0.38, "KEYWORK": 0.09}
WHISTLE_LEAVES: Mapping[str, tuple[str, ...]] = {
    "EMERGENCY": ("B04", "B05", "B06", "B07", "C02", "C03", "D04", "D09"),
    "ENFORCEMENT": ("A02", "A03", "A05", "D07", "D08", "E07", "I01", "I02", "I03", "I04"),
    "DEMAND": ("B02", "B08", "C01", "C04", "D01", "D02", "E05", "E06", "F03", "F04", "H03"),
    "KEYWORK": ("A07", "C07", "C08", "D05", "J01"),
}
"""Kind of whistle → leaves for which it is blown (spec 7)."""


@dataclass(frozen=True, slots=True)
class Volume:
    """How much happens in a year: events, how many of them are handled within it, whistles."""

    events: int = 16_800
    handled: int = 16_652
    whistles: int = 1_130


@dataclass(frozen=True, slots=True)
class Plan:
    """One event to come. ``by`` is when it must be handled at the latest, ``after`` when at the earliest.

    ``cut`` leaves out all but so many phases of its fate; ``until`` leaves out what happens later; ``spot`` and
    ``parent`` are set where the place is not free; ``call`` is how its whistle goes;
    ``is_home`` is acted by those who have accounts.
    """

    key: str
    id: uuid.UUID
    serial: int
    at: datetime
    leaf: str
    fate: str
    whistle: str = ""
    by: datetime | None = None
    after: datetime | None = None
    until: datetime | None = None
    cut: int | None = None
    spot: Spot | None = None
    parent: uuid.UUID | None = None
    call: str = "ordinary"
    is_home: bool = False


def event_id(key: str, at: datetime) -> uuid.UUID:
    """Return the same UUIDv7 (RFC 9562) for the same key and moment each time."""
    stamp = int(at.timestamp() * 1000).to_bytes(6, "big")
    noise = bytearray(hashlib.sha256(key.encode()).digest()[:10])
    noise[0] = 0x70 | noise[0] & 0x0F
    noise[2] = 0x80 | noise[2] & 0x3F
    return uuid.UUID(bytes=stamp + bytes(noise))


class Year:
    """The plan of a whole year: exactly as many events, handled ones and whistles as ``volume`` says."""

    LATEST_REPORT = timedelta(hours=5)
    SELF_ONLY = timedelta(days=2)
    SWIFT = timedelta(days=40)
    WHISTLES_END = timedelta(days=20)
    CARRIED = (timedelta(days=36), timedelta(days=9))

    def __init__(self, year: int, seed: int, volume: Volume, times: Times) -> None:
        self.year, self.seed, self.volume, self.times = year, seed, volume, times
        self.begin, self.end = (datetime.combine(date(which, 1, 1), time(), CN) for which in (year, year + 1))

    def plans(self) -> list[Plan]:
        """Return all plans in the order of their reports."""
        rng = Random(f"{self.seed}/{self.year}")
        days = days_of(date(self.year, 1, 1), date(self.year, 12, 31))
        latest = self.end - self.LATEST_REPORT
        moments = [min(at, latest) for at in self.times.reports(rng, days, self.volume.events)]
        first, last = (self.end - span for span in self.CARRIED)
        carried = _sample(
            rng, (i for i, at in enumerate(moments) if first <= at < last), self.volume.events - self.volume.handled
        )
        free = (i for i, at in enumerate(moments) if i not in carried and at < self.end - self.WHISTLES_END)
        whistles = _sample(rng, free, self.volume.whistles)
        return [self._plan(i, at, i in carried, i in whistles) for i, at in enumerate(moments)]

    def _plan(self, index: int, at: datetime, is_carried: bool, has_whistle: bool) -> Plan:
        key = f"{self.seed}/{self.year}/{index}"
        rng = Random(key)
        kind = _drawn(rng, WHISTLE_KINDS) if has_whistle else ""
        leaf, fate = self._carried(rng, at) if is_carried else self._ordinary(rng, at, kind)
        by = None if is_carried else self.end - timedelta(minutes=rng.uniform(10, 170))
        after = self.end if is_carried else None
        return Plan(key, event_id(key, at), index + 1, at, leaf, fate, kind, by, after)

    def _carried(self, rng: Random, at: datetime) -> tuple[str, str]:
        """Return a leaf whose limit ends within the year however slow the dispatch, to be handled after it."""
        while True:
            leaf = words.choose(rng, at.month)
            limit = policy.current().categories[leaf].limit
            latest = self.times.after_work(at, 14 * 60)
            if limit.unit is LimitUnit.WORK_DAY and self.times.due(Course(latest, limit)) < self.end:
                return leaf, "carried"

    def _ordinary(self, rng: Random, at: datetime, whistle: str) -> tuple[str, str]:
        left = self.end - at
        while True:
            leaf = among(rng, WHISTLE_LEAVES[whistle], at.month) if whistle else words.choose(rng, at.month)
            fate = draw_fate(rng, leaf, whistle)
            if left > self.SWIFT or fate == "self":
                return leaf, fate
            if left > self.SELF_ONLY:
                return leaf, "plain"


def recent(seed: int, anchor: datetime, days: int, count: int, whistles: int, times: Times) -> Iterator[Plan]:
    """Yield the plans of the last ``days`` before ``anchor``; what lies behind it has not happened yet."""
    rng = Random(f"{seed}/recent")
    today = anchor.astimezone(CN).date()
    span = days_of(today - timedelta(days=days), today)
    moments = [at for at in times.reports(rng, span, count) if at < anchor]
    chosen = _sample(rng, range(len(moments)), min(whistles, len(moments)))
    for index, at in enumerate(moments):
        key = f"{seed}/recent/{index}"
        own = Random(key)
        kind = _drawn(own, WHISTLE_KINDS) if index in chosen else ""
        leaf = among(own, WHISTLE_LEAVES[kind], at.month) if kind else words.choose(own, at.month)
        fate = "rejected" if not kind and own.random() < 0.03 else draw_fate(own, leaf, kind)
        yield Plan(key, event_id(key, at), RECENT_SERIALS + index, at, leaf, fate, kind, until=anchor)


RECENT_SERIALS = 80_000
"""Serial numbers of the last days, far from where a live day begins to count."""


def draw_fate(rng: Random, leaf: str, whistle: str = "") -> str:
    """Return how an event of ``leaf`` goes on: solved in the grid, or by a unit with or without trouble."""
    category = policy.current().categories[leaf]
    if category.self_handle and not whistle and rng.random() < SELF_SHARE:
        return _drawn(rng, SELF_FATES)
    fate = _drawn(rng, UNIT_FATES)
    is_long = category.limit.unit is LimitUnit.WORK_DAY and category.limit.value >= LONG_LIMIT_WD
    may_wait = policy.current().urgencies[category.urgency].may_suspend
    led_by_office = category.lead in policy.current().units
    return "plain" if fate in LONG_FATES and not (is_long and may_wait and led_by_office) else fate


def among(rng: Random, codes: Sequence[str], month: int) -> str:
    """Return one of these leaves, as often as it is reported in ``month``."""
    return rng.choices(codes, [words.leaves()[code].weight_in(month) for code in codes])[0]


def _drawn(rng: Random, weights: Mapping[str, float]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _sample(rng: Random, found: Iterable[int], count: int) -> frozenset[int]:
    return frozenset(rng.sample(list(found), count))
