"""Who may hold which posts together, how many tries a sign-in has: pure decisions.

Job: decide on plain values (spec 2.8, 10 S3, 12).
Never: read a table, a clock or a setting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

GRID_ROLES = frozenset({"GLD", "GWF", "GWP"})
"""Who stands in a grid: 1 leader + 1 full-time worker + N part-time ones (1+1+N, spec 3.1); nobody else does."""
ONE_PER_GRID = ("GLD", "GWF")
"""Of these a grid has one post; deputies stand beside."""
DEPARTMENTS = frozenset({"party", "gov", "vertical", "mass", "enterprise", "judicial", "field_unit"})
UNIT_KINDS = {
    "VIL": frozenset({"village"}),
    "TWD": frozenset({"township"}),
    "TWL": frozenset({"township"}),
    "DPD": DEPARTMENTS,
    "DPH": DEPARTMENTS,
    "DPL": DEPARTMENTS,
} | dict.fromkeys(GRID_ROLES, frozenset({"village", "township"}))
"""The kinds of unit a role needs because its data scope is that unit's (spec 12); the other roles serve anywhere."""
NO_POST = frozenset({"RES", "SYS"})
"""Residents with a query code and the system itself fill no post (spec 12)."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one day to another, both included; ``last`` None means without end."""

    first: date
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether ``day`` lies within."""
        return self.first <= day <= (self.last or date.max)

    def meets(self, other: Span) -> bool:
        """Tell whether the two share a day."""
        return self.first <= (other.last or date.max) and other.first <= (self.last or date.max)


def fits_unit(role: str, kind: str) -> bool:
    """Tell whether a post of ``role`` may stand in a unit of ``kind``."""
    return role not in UNIT_KINDS or kind in UNIT_KINDS[role]


def clash(held: Iterable[str], role: str, administrators: Collection[str]) -> str | None:
    """Return the role among ``held`` that excludes ``role``, or None.

    Each of the three administrators stands alone: neither a second one nor a business role beside it (spec 2.8 and 12).
    """
    for other in sorted(set(held)):
        if other != role and (role in administrators or other in administrators):
            return other
    return None


def grids_at_once(held: Iterable[tuple[str, Span]], added: tuple[str, Span]) -> int:
    """Return the greatest number of different grids on any day of the added span (spec 10 S3)."""
    stands = [*held, added]
    days = {max(span.first, added[1].first) for _, span in stands}
    return max(len({grid for grid, span in stands if span.holds(day)}) for day in days if added[1].holds(day))


@dataclass(frozen=True, slots=True)
class Tries:
    """How many tries were made since a moment, and until when no further one is looked at."""

    count: int
    since: datetime
    locked_until: datetime | None = None


def one_more(tries: Tries | None, at: datetime, *, most: int, window: timedelta) -> tuple[Tries, bool]:
    """Return the count after one more try at ``at`` and whether this try is still looked at.

    The try that reaches ``most`` within ``window`` is the last one looked at; the lock holds for ``window`` from then.
    """
    if tries is None or at >= (tries.locked_until or tries.since + window):
        tries = Tries(0, at)
    count, until = tries.count + 1, tries.locked_until
    if count >= most and until is None:
        until = at + window
    return Tries(count, tries.since, until), count <= most
