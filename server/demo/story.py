"""How an event goes on (情节): from a plan to timed steps, each an act of a person on an item.

Job: the phases of each fate, every moment within (or purposely beyond) its promise.
Never: act: ``stage`` performs the steps through the real arrows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from server import policy
from server.access import Actor
from server.clocks.rules import Course, Extension, Pause
from server.demo import names, words
from server.demo.album import Album
from server.demo.cast import Cast
from server.demo.hours import MINUTE, Times
from server.demo.places import Places, Spot
from server.demo.plan import Plan
from server.events.sampling import lot
from server.policy import Limit

EVENT, OBJECTION = "event", "objection"
LEAST = timedelta(seconds=40)
"""Two acts on one item are at least so far apart."""
ON_SITE_ANYWAY = 0.05
"""Part of the matters solved in the grid that are looked at on the spot although no lot asked for it."""
WITH_WHISTLE = 0.5
"""What needs a whistle takes at least this part of its limit."""


@dataclass(frozen=True, slots=True)
class World:
    """What all stories share."""

    cast: Cast
    places: Places
    album: Album
    times: Times


@dataclass(frozen=True, slots=True)
class Step:
    """At this moment ``by`` does ``act`` on the item of this name within the story; the system when ``by`` is None.

    Items are named ``event``, ``whistle``, ``objection``, and a check-in by the code of its department.
    """

    at: datetime
    by: Actor | None
    item: str
    act: str
    facts: dict[str, Any]


class Tale:
    """A story being told: where it stands in time, who leads, what is promised."""

    def __init__(self, plan: Plan, world: World) -> None:
        self.plan, self.world, self.times = plan, world, world.times
        self.rng = Random(f"{plan.key}/tale")
        self.category = policy.current().categories[plan.leaf]
        self.at = plan.at
        self.steps: list[Step] = []
        self.handle: Course | None = None
        self.move_to(plan.spot or world.places.draw(self.rng, plan.leaf))
        self.handler: Actor | None = None
        self.names = names.words(self.rng)

    def add(self, act: str, by: Actor | None, at: datetime, item: str = EVENT, **facts: Any) -> datetime:
        """Let ``by`` act at ``at``, but not before what was told last; return the moment."""
        self.at = max(at, self.at + LEAST)
        self.steps.append(Step(self.at, by, item, act, facts))
        return self.at

    def aside(self, act: str, by: Actor | None, at: datetime, item: str, **facts: Any) -> datetime:
        """Let ``by`` act beside the main line of the story; return the moment."""
        self.steps.append(Step(at, by, item, act, facts))
        return at

    def one(self, role: str, place: str, *, but: Collection[Actor] = ()) -> Actor:
        """Return somebody of ``role`` at ``place``, none of ``but``; at home it is who has an account."""
        return self.world.cast.one(role, place, None if self.plan.is_home else self.rng, but=but)

    def promise(self, clock: str) -> Limit:
        """Return the limit of a clock of the event."""
        return policy.current().limit(clock, urgency=self.category.urgency, category=self.plan.leaf)

    def in_time(self, limit: Limit, most: float = 0.9) -> datetime:
        """Return a moment within ``limit`` from now on, early rather than late."""
        course = Course(self.at, limit)
        moment = self.times.at_share(course, most * self.rng.betavariate(1.3, 3.0))
        return min(max(moment, self.at + self.rng.uniform(2, 9) * MINUTE), self.times.due(course))

    def photo(self, role: str) -> list[dict[str, str]]:
        """Return the photos of an act: one of ``role``."""
        return [self.world.album.photo(self.plan.leaf, role)]

    def move_to(self, spot: Spot) -> None:
        """Go on at another place: the report was corrected."""
        self.spot = spot
        self.entries = policy.current().shares(self.plan.leaf, spot.township)
        self.lead = self.entries[0].unit

    @property
    def is_town(self) -> bool:
        """Tell whether the township leads."""
        return self.lead == self.spot.township


def file(tale: Tale) -> None:
    """The township (now and then the village) files it; two of a hundred late."""
    limit = tale.promise("FILE")
    late = tale.rng.random() < 0.02
    due = tale.times.due(Course(tale.at, limit))
    at = tale.times.after_work(due, tale.rng.uniform(5, 90)) if late else tale.in_time(limit)
    role, place = ("VIL", tale.spot.grid[:12]) if tale.rng.random() < 0.1 else ("TWD", tale.spot.township)
    tale.add("file", tale.one(role, place), at, note="情况属实")


def dispatch(tale: Tale) -> None:
    """The township dispatches by the directory."""
    at = tale.add("dispatch", tale.one("TWD", tale.spot.township), tale.in_time(tale.promise("DISPATCH"), 0.6))
    tale.handle = Course(at, tale.category.limit)


def accept(tale: Tale) -> None:
    """The lead unit accepts and names who handles it."""
    role = "TWD" if tale.is_town else "DPH"
    tale.handler = tale.one(role, tale.lead)
    clerk = tale.handler if tale.is_town else tale.one("DPD", tale.lead)
    tale.add("accept", clerk, tale.in_time(tale.promise("ACCEPT")), person_id=str(tale.handler.person_id))


def start(tale: Tale) -> None:
    """The handler begins."""
    tale.add("start", tale.handler, tale.at + tale.rng.uniform(3, 45) * MINUTE)


def suspend(tale: Tale) -> None:
    """A leader suspends the handling for a few days."""
    at = tale.at + tale.rng.uniform(20, 300) * MINUTE
    until = at + timedelta(days=tale.rng.randint(3, 12))
    code = tale.rng.choice(("weather", "permit", "procurement", "owner"))
    reason = policy.current().reasons["event.suspend"][code].zh
    measure = "现场已设置围挡和警示标志"
    tale.add(
        "suspend", _leader(tale), at, reason_code=code, reason=reason, until=until.isoformat(), interim_measure=measure
    )
    assert tale.handle is not None
    tale.handle = replace(tale.handle, pauses=(Pause(tale.at, until),))


def resume(tale: Tale) -> None:
    """The handler resumes before the last day."""
    assert tale.handle is not None
    (pause,) = tale.handle.pauses
    at = tale.add("resume", tale.handler, pause.start + (pause.end - pause.start) * tale.rng.uniform(0.4, 0.95))
    tale.handle = replace(tale.handle, pauses=(Pause(pause.start, at),))


def extend(tale: Tale) -> None:
    """A leader extends once, before due, by less than half of the limit."""
    assert tale.handle is not None
    begun, due = tale.handle.started_at, tale.times.due(tale.handle)
    at = tale.at + (due - tale.at) * tale.rng.uniform(0.3, 0.8)
    until = due + (due - begun) * tale.rng.uniform(0.2, 0.45)
    tale.add("extend", _leader(tale), at, reason="情况复杂，需多单位配合", until=until.isoformat())
    tale.handle = replace(tale.handle, extension=Extension(tale.at, until))


def _leader(tale: Tale) -> Actor:
    return tale.one("TWL" if tale.is_town else "DPL", tale.lead)


def result(tale: Tale) -> None:
    """The handler reports the result, in time unless the fate says otherwise."""
    code = words.RESULTS.get(tale.category.kind, "served")
    text = words.done(tale.rng, tale.plan.leaf)
    tale.add(
        "report_result", tale.handler, _handled_at(tale), result_code=code, result_text=text, photos=tale.photo("after")
    )


def _handled_at(tale: Tale) -> datetime:
    assert tale.handle is not None
    rng, due = tale.rng, tale.times.due(tale.handle)
    soonest = tale.at + rng.uniform(8, 35) * MINUTE
    if tale.plan.after:
        return tale.times.after_work(tale.plan.after, rng.uniform(60, 3600))
    if tale.plan.fate == "late":
        moment = tale.times.after_work(due, rng.uniform(30, 900))
    elif tale.handle.pauses or tale.handle.extension:
        moment = tale.times.by_day(tale.at + (due - tale.at) * rng.uniform(0.1, 0.9), rng)
    else:
        least = WITH_WHISTLE if tale.plan.whistle else 0.05
        moment = tale.times.at_share(tale.handle, least + (0.93 - least) * rng.betavariate(1.7, 2.4))
    if tale.plan.fate != "late" and soonest < due:
        moment = min(moment, due - rng.uniform(1, 20) * MINUTE)
    return max(soonest, min(moment, tale.plan.by) if tale.plan.by else moment)


def verify(tale: Tale) -> None:
    """The grid worker of the place (or leader, village, district) verifies; three of a hundred late."""
    limit, grid = tale.promise("VERIFY"), tale.spot.grid
    due = tale.times.due(Course(tale.at, limit))
    at = tale.times.after_work(due, tale.rng.uniform(20, 400)) if tale.rng.random() < 0.03 else tale.in_time(limit)
    role, place = tale.rng.choices(_verifiers(grid), (80, 12, 5, 3))[0]
    photos = tale.photo("check") if tale.rng.random() < 0.4 else []
    by = tale.one(role, place) if tale.plan.fate != "self_refused" else tale.one("VIL", grid[:12])
    tale.add("verify", by, at, note=tale.rng.choice(words.FOLLOW_UPS), onsite=bool(photos), photos=photos)


def _verifiers(grid: str) -> tuple[tuple[str, str], ...]:
    centre = policy.current().settings.district.dispatch_unit
    return ("GWF", grid), ("GLD", grid), ("VIL", grid[:12]), ("CEN", centre)


def send_back(tale: Tale) -> None:
    """The check fails: again, with half of the limit."""
    by = tale.one("GWF", tale.spot.grid)
    at = tale.add("send_back", by, tale.in_time(tale.promise("VERIFY")), reason=tale.rng.choice(words.REWORKS))
    tale.handle = Course(at, tale.category.limit.half())


def self_handle(tale: Tale) -> None:
    """The grid solves it itself."""
    by = tale.one("GWF" if tale.rng.random() < 0.9 else "GLD", tale.spot.grid)
    at = tale.at + tale.rng.uniform(4, 110) * MINUTE
    text = words.done(tale.rng, tale.plan.leaf)
    last = tale.plan.by or at
    tale.add("self_handle", by, min(at, last), result_text=text, photos=[*tale.photo("before"), *tale.photo("after")])


def check(tale: Tale) -> None:
    """Somebody else looks at what the grid solved itself: on the spot where drawn, and now and then besides."""
    drawn = lot(tale.plan.id, tale.at)
    onsite = tale.rng.random() < ON_SITE_ANYWAY or drawn
    photos = tale.photo("check") if onsite else []
    note = tale.rng.choice(words.FOLLOW_UPS)
    tale.add("verify", _checker(tale), tale.in_time(tale.promise("VERIFY")), note=note, onsite=onsite, photos=photos)


def refuse(tale: Tale) -> None:
    """The check of what the grid solved itself fails: it is an ordinary report again."""
    tale.add("send_back", _checker(tale), tale.in_time(tale.promise("VERIFY")), reason=tale.rng.choice(words.REWORKS))


def _checker(tale: Tale) -> Actor:
    role, place = tale.rng.choice((("VIL", tale.spot.grid[:12]), ("TWD", tale.spot.township)))
    return tale.one(role, place, but=[step.by for step in tale.steps[:1] if step.by])


Phase = Callable[[Tale], None]
BY_UNIT: tuple[Phase, ...] = (file, dispatch, accept, start)
FATES: Mapping[str, tuple[Phase, ...]] = {
    "self": (self_handle, check),
    "self_refused": (self_handle, refuse, *BY_UNIT, result, verify),
    "plain": (*BY_UNIT, result, verify),
    "late": (*BY_UNIT, result, verify),
    "carried": (*BY_UNIT, result, verify),
    "rework": (*BY_UNIT, result, send_back, result, verify),
    "suspended": (*BY_UNIT, suspend, resume, result, verify),
    "extended": (*BY_UNIT, extend, result, verify),
}
"""Fate → its phases after the report; the fates of ``disputed`` and ``unusual`` join in ``telling``."""
