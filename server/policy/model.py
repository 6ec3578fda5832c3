"""What a policy says: categories, units, roles, promises, ladders, whistles, calendar, law — all frozen.

Never reads a file (that is `load`) and never judges what it holds (that is `checks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from server.policy.limit import Limit, LimitUnit
from server.policy.settings import Settings

TOWN = "town"  # in the dispatch directory: the township in which the item lies (属地镇街)
DEFAULT = "default"  # the source of a value proposed here, for the district to decide


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the category tree (案由小类, spec 9.2). `lead` and `co` are unit codes or `TOWN`, from the directory."""

    code: str
    group: str
    group_zh: str
    group_en: str
    zh: str
    en: str
    kind: str  # component | event | service | petition | hazard | dispute | special
    urgency: str
    lead: str
    co: tuple[str, ...]
    self_handle: bool
    limit: Limit
    evidence: frozenset[str]  # of "before", "after"
    sensitive: bool
    basis: str
    duplicate_radius_m: int
    on_township_duty_list: bool
    gb_code: str
    source: str


@dataclass(frozen=True, slots=True)
class Urgency:
    """How fast (紧急程度, spec 9.1). `on_scene` and `interim` are None where the leaf limit alone counts."""

    code: str
    zh: str
    en: str
    meaning_zh: str
    on_scene: Limit | None
    interim: Limit | None
    may_suspend: bool
    may_extend: bool
    breaks_quiet_hours: bool
    source: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A department, township or office (单位). `township` is the code of the township it belongs to, else ''.

    `department` is the district department that leads an office by line (条线), else ''. `built_up` matters for the
    time of arrival (spec 7). `takes_part` is False for a township that is listed but not run by the district.
    """

    code: str
    zh: str
    en: str
    kind: str  # party | gov | vertical | mass | enterprise | judicial | township | office | field_unit
    parent: str
    township: str
    department: str
    dispatchable: bool
    built_up: bool
    takes_part: bool
    source: str


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One line of the dispatch directory (派单目录): a unit's share of a leaf. `unit` is a code or `TOWN`."""

    leaf: str
    unit: str
    role: Literal["lead", "co"]
    share_pct: int
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class GridDuty:
    """A kind of work that may be asked of a grid (网格事项准入清单, R11)."""

    code: str
    zh: str
    en: str
    source: str


@dataclass(frozen=True, slots=True)
class Role:
    """A role (角色, spec 12). `administers` marks ADM, SEC and AUD, which hold no business permission."""

    code: str
    zh: str
    en: str
    scope: str
    administers: bool
    source: str


@dataclass(frozen=True, slots=True)
class Permission:
    """An action and, per role, the scope letters in which it is allowed (spec 12); a role that is absent may not."""

    action: str
    zh: str
    scopes: Mapping[str, frozenset[str]]
    source: str


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit and the circumstances in which it holds, such as ``{"urgency": "U1"}``; none: always."""

    when: Mapping[str, str]
    limit: Limit
    source: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What a clock promises (时限承诺, spec 4).

    `is_right` marks time that belongs to a resident (a right to ask for review): when it ends nothing is breached.
    `statutory` promises are never paused and always roll.
    """

    code: str
    zh: str
    starts_at_zh: str
    items: tuple[str, ...]
    ladder: str
    statutory: bool
    pausable: bool
    is_right: bool
    rows: tuple[LimitRow, ...]
    source: str

    def limit(self, **facts: str) -> Limit | None:
        """The limit of the row whose circumstances all hold; the most specific row wins, then the earlier one.

        Circumstances not given count as not holding. None when no row fits.
        """
        fitting = [row for row in self.rows if all(facts.get(key) == value for key, value in row.when.items())]
        return max(fitting, key=lambda row: len(row.when)).limit if fitting else None


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of a ladder: at `factor` times the limit (1.0 = due) it `does` these things and `tells` these roles."""

    factor: float
    does: tuple[str, ...]
    tells: tuple[str, ...]
    lamp: Literal["green", "yellow", "red"]
    zh: str
    source: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """What happens while a clock runs (催办阶梯). After the last rung `repeat` goes on until the clock stops."""

    code: str
    zh: str
    rungs: tuple[Rung, ...]
    repeat: Limit
    repeat_rung: Rung


@dataclass(frozen=True, slots=True)
class WhistleKind:
    """A kind of whistle (哨种, spec 7). `blowers` and `screened` are keyed by level: "grid" or "township".

    The times to respond and to arrive are promises: ``policy.limit("RESP", whistle=kind.code)``.
    """

    code: str
    zh: str
    en: str
    use_zh: str
    blowers: Mapping[str, frozenset[str]]
    screened: frozenset[str]
    needs_law_article: bool
    needs_leader: bool
    calendar: Literal["24x7", "working"]
    source: str


@dataclass(frozen=True, slots=True)
class Reason:
    """An entry of a closed list (理由、结果代码): why something is refused, suspended, cancelled, or how it ended."""

    list: str
    code: str
    zh: str
    en: str
    needs_text: bool
    source: str


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that is not what its weekday says: off (放假) or a make-up working day (调休上班)."""

    day: date
    kind: Literal["off", "work"]
    name: str
    provisional: bool
    source: str


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """Whether the notice of the State Council for a year is known."""

    year: int
    status: Literal["published", "provisional"]
    source: str


@dataclass(frozen=True, slots=True)
class SensitivePeriod:
    """A time in which group demands weigh more (敏感时段, ER10); both days included."""

    begins: date
    ends: date
    zh: str
    source: str


@dataclass(frozen=True, slots=True)
class LegalDeadline:
    """A number written in law (法定期限, spec 4). `binds` names the promises and settings it bounds (R13)."""

    code: str
    zh: str
    en: str
    value: int
    unit: str  # a LimitUnit, or people | months | years
    bound: Literal["at_most", "at_least", "reference"]
    binds: tuple[str, ...]
    confidence: str
    source: str

    def limit(self) -> Limit | None:
        """The number as a limit; None when it counts people, months or years."""
        return Limit(self.value, LimitUnit(self.unit)) if self.unit in frozenset(LimitUnit) else None


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of one fact of a matter: `field` `op` `value`."""

    field: str
    op: str
    value: int | bool | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EscalationRule:
    """A rule of the escalation table (提级包案规则, spec 8): all conditions hold → at least `level`."""

    code: str
    level: str  # L0..L4 or L+1
    mandatory: bool
    conditions: tuple[Condition, ...]
    zh: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class EscalationLevel:
    """A level of leadership (提级层级), lowest first in the policy."""

    code: str
    zh: str
    en: str
    roles: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Figure:
    """The definition of an indicator (指标, spec 11); `variants` are the letters shown side by side."""

    code: str
    zh: str
    en: str
    formula: str
    notes: str
    variants: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a district may decide, checked as a whole. `version` is the SHA-256 digest of its files."""

    version: str
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

    def limit(self, clock: str, *, category: str | None = None, **facts: str) -> Limit:
        """The limit of `clock` in these circumstances; a promise of the leaf's limit is looked up in `category`.

        Circumstances: urgency, whistle, area, item, ongoing, grade, supervision, round, mark (spec 4).
        KeyError for an unknown clock or category, LookupError when the promise does not cover the circumstances.
        """
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
        return tuple(
            replace(entry, unit=township) if entry.unit == TOWN else entry for entry in self.directory[leaf]
        )

    def township_may_lead(self, leaf: str, township: str) -> bool:
        """Whether the leaf is on the township's duty list (镇街职责清单, R11)."""
        return township in self.duty_list.get(leaf, frozenset())

    def is_sensitive(self, day: date) -> bool:
        """Whether the day lies in a sensitive period."""
        return any(period.begins <= day <= period.ends for period in self.sensitive_periods)
