"""The policy as a whole, and the questions the rest of the program asks it. Never reads a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from server.policy.limit import Limit, LimitUnit
from server.policy.model.bodies import Permission, Role, Unit
from server.policy.model.rules import EscalationLevel, EscalationRule, WhistleKind
from server.policy.model.time import (
    CIRCUMSTANCES,
    CalendarDay,
    CalendarYear,
    Ladder,
    LegalDeadline,
    Promise,
    SensitivePeriod,
)
from server.policy.model.work import (
    TOWN,
    Category,
    CategoryGroup,
    DirectoryEntry,
    Figure,
    GridDuty,
    Reason,
    Urgency,
)
from server.policy.settings import Settings


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a district may decide, checked as a whole. `version` is the SHA-256 digest of its files."""

    version: str
    groups: Mapping[str, CategoryGroup]
    categories: Mapping[str, Category]
    urgencies: Mapping[str, Urgency]
    units: Mapping[str, Unit]
    directory: Mapping[str, tuple[DirectoryEntry, ...]]
    duty_list: Mapping[str, frozenset[str]]
    grid_work: Mapping[str, GridDuty]
    roles: Mapping[str, Role]
    permissions: Mapping[str, Permission]
    promises: Mapping[str, Promise]
    ladders: Mapping[str, Ladder]
    whistles: Mapping[str, WhistleKind]
    reasons: Mapping[str, Mapping[str, Reason]]
    calendar: Mapping[date, CalendarDay]
    years: Mapping[int, CalendarYear]
    sensitive_periods: tuple[SensitivePeriod, ...]
    law: Mapping[str, LegalDeadline]
    escalation: tuple[EscalationRule, ...]
    levels: Mapping[str, EscalationLevel]
    figures: Mapping[str, Figure]
    settings: Settings
    sources: Mapping[str, str]
    labels: Mapping[str, str]

    def limit(self, clock: str, *, category: str | None = None, **facts: str | None) -> Limit:
        """The limit of `clock` in these circumstances; a promise of the leaf's limit is looked up in `category`.

        `facts` are of `CIRCUMSTANCES`, None counts as not known. KeyError for an unknown clock or category,
        LookupError when a circumstance is unknown or the promise does not cover these.
        """
        if unknown := facts.keys() - set(CIRCUMSTANCES):
            raise LookupError(f"no limit depends on {', '.join(sorted(unknown))}")
        limit = self.promises[clock].limit(**facts)
        if limit is None:
            raise LookupError(f"{clock} promises nothing for {facts}")
        if limit.unit is not LimitUnit.LEAF:
            return limit
        if category is None:
            raise LookupError(f"{clock} promises the limit of the leaf: name the category")
        return self.categories[category].limit

    def ladder(self, clock: str) -> Ladder:
        """The ladder that a running `clock` climbs."""
        return self.ladders[self.promises[clock].ladder]

    def scopes(self, role: str, action: str) -> frozenset[str]:
        """The scope letters in which `role` may do `action`; empty: not at all. KeyError for an unknown action."""
        return self.permissions[action].scopes.get(role, frozenset())

    def shares(self, leaf: str, township: str) -> tuple[DirectoryEntry, ...]:
        """The directory's entries of `leaf` for an item in `township`, lead first, `TOWN` made the township's code."""
        return tuple(replace(entry, unit=township) if entry.unit == TOWN else entry for entry in self.directory[leaf])

    def township_may_lead(self, leaf: str, township: str) -> bool:
        """Whether the leaf is on the township's duty list (镇街职责清单, R11)."""
        return township in self.duty_list.get(leaf, frozenset())

    def is_sensitive(self, day: date) -> bool:
        """Whether the day lies in a sensitive period."""
        return any(period.begins <= day <= period.ends for period in self.sensitive_periods)
