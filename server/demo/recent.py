"""The last thirty days of the synthetic city (近三十天): ordinary days cut off at this moment, and each state shown.

Job: plans whose stories end now, somewhere on their way; at least two items in every state that can be reached.
Never: leave anything to be rung, told or delivered for what lies in the past.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from server import journal
from server.clocks.ring import ring_due
from server.db import CN, db
from server.demo import plan as plans
from server.demo.hours import MINUTE
from server.demo.places import Places, Spot, shifted
from server.demo.plan import WHISTLE_LEAVES, Plan, event_id
from server.demo.story import World
from server.demo.telling import tell

DAYS = 30
EVENTS, WHISTLES = 620, 46
OLD = timedelta(days=9)
"""How old at least what is shown as overdue is."""
COPIES = 2
"""Each state twice: at home, where the accounts are, and somewhere else."""
SERIALS = 90_000
AT_ONCE = 500
ORDINARY = ("B03", "D02", "A08", "B08", "E05")
SMALL = ("A01", "A03", "D02", "I05")
AWAY_M = 300.0
"""How far outside the city a report from outside lies."""
AWAKE = range(7, 22)
NOBODY, LONG_AGO = uuid.UUID(int=0), datetime(2000, 1, 1, tzinfo=UTC)
LONG = ("B02", "A02", "D08", "B08")


@dataclass(frozen=True, slots=True)
class Shown:
    """A state to be shown: a fate cut after so many phases, with a whistle that goes so far."""

    fate: str
    leaves: tuple[str, ...] = ORDINARY
    cut: int | None = None
    whistle: str = ""
    call: str = "ordinary"
    is_old: bool = False


def _called(call: str, whistle: str = "DEMAND") -> Shown:
    return Shown("plain", WHISTLE_LEAVES[whistle], 4, whistle, call)


BEING_HANDLED = Shown("plain", cut=4)
SHOWN = (
    BEING_HANDLED,
    *(Shown("plain", cut=cut) for cut in (0, 1, 2, 3, 5, 6)),
    Shown("plain", cut=0, is_old=True),
    Shown("plain", cut=2, is_old=True),
    Shown("plain", cut=4, is_old=True),
    Shown("self", SMALL, 1),
    Shown("self", SMALL),
    Shown("suspended", LONG, 5),
    Shown("extended", LONG, 5),
    Shown("rework", cut=6),
    Shown("rejected"),
    Shown("merged"),
    Shown("void"),
    Shown("outside"),
    Shown("corrected"),
    Shown("objected", LONG),
    Shown("dismissed", LONG),
    Shown("upheld", LONG),
    Shown("objected_late", ("A05", "C01")),
    _called("screening"),
    _called("settled"),
    _called("blown"),
    _called("assembling"),
    _called("arrived", "ENFORCEMENT"),
    _called("absent", "EMERGENCY"),
    _called("handling"),
    _called("released", "ENFORCEMENT"),
    _called("resolved", "EMERGENCY"),
    _called("cancelled"),
    replace(_called("excused", "ENFORCEMENT"), leaves=("A02", "I01", "I04")),
    _called("ordinary", "KEYWORK"),
    Shown("shared", ("A06",), 5),
    Shown("shared", ("B01",), 7),
    Shown("shared", ("B04",), 6),
    Shown("shared", ("A06", "B03"), 6, is_old=True),
    Shown("shared", ("B08",), 5, is_old=True),
    Shown("shared", ("B01", "A06")),
)
"""Every state of the machines but the draft, which never leaves the phone, and converted, which has no target yet."""


def ordinary(seed: int, anchor: datetime, world: World, events: int = EVENTS, whistles: int = WHISTLES) -> list[Plan]:
    """Return the plans of ordinary days up to ``anchor``."""
    return list(plans.recent(seed, anchor, DAYS, events, whistles, world.times))


def shown(seed: int, anchor: datetime, world: World, copies: int = COPIES) -> list[Plan]:
    """Return the plans that show each state, each as fresh as it can be."""
    found: list[Plan] = []
    for copy in range(copies):
        parent: Plan | None = None
        for number, one in enumerate(SHOWN):
            key = f"{seed}/shown/{copy}/{number}"
            plan = _placed(one, key, SERIALS + len(found), world.places, parent, is_home=copy == 0)
            found.append(_timed(plan, anchor - (OLD if one.is_old else timedelta(0)), anchor, world))
            parent = found[-1] if one is BEING_HANDLED else parent
    return found


def _placed(one: Shown, key: str, serial: int, places: Places, parent: Plan | None, *, is_home: bool) -> Plan:
    """Return a plan whose time is still open; what will be merged lies beside its ``parent``."""
    rng = Random(key)
    leaf = one.leaves[0] if is_home else rng.choice(one.leaves)
    spot = places.within(rng, min(places.codes)) if is_home else places.draw(rng, leaf)
    if one.fate == "merged" and parent is not None and parent.spot is not None:
        leaf, spot = parent.leaf, _beside(parent.spot)
    elif one.fate in ("outside", "corrected"):
        spot = Spot(*places.outside(rng, AWAY_M), spot.grid)
    into = parent.id if one.fate == "merged" and parent is not None else None
    return Plan(
        key, NOBODY, serial, LONG_AGO, leaf, one.fate, one.whistle,
        cut=one.cut, spot=spot, parent=into, call=one.call, is_home=is_home,
    )  # fmt: skip


def _beside(spot: Spot) -> Spot:
    lon, lat = shifted(spot.lon, spot.lat, 12.0, 9.0)
    return Spot(lon, lat, spot.grid)


def _timed(plan: Plan, latest: datetime, anchor: datetime, world: World) -> Plan:
    """Return ``plan`` reported as late as its story allows: at ``latest`` or before, all told by ``anchor``."""
    minutes = 2.0
    while True:
        at = latest - minutes * MINUTE
        if at.astimezone(CN).hour in AWAKE:
            tried = replace(plan, at=at, id=event_id(plan.key, at))
            if tell(tried, world)[-1].at <= anchor:
                return tried
        minutes = minutes * 1.04 + 3


def settle() -> int:
    """Ring whatever had to ring before this moment, once and unheard; return how many clocks that were."""
    rung = 0
    while found := ring_due(AT_ONCE):
        rung += found
        journal.drain()
        db.session.commit()
    return rung
