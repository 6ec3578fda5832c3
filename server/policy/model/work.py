"""What is reported and who answers for it: categories, shares, duties, lists, indicators. Never a single event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from server.policy.limit import Limit

TOWN = "town"  # in the dispatch directory: the township in which the item lies (属地镇街)


@dataclass(frozen=True, slots=True)
class CategoryGroup:
    """A branch of the category tree (案由大类, spec 9.2)."""

    code: str
    zh: str
    en: str
    source: str


@dataclass(frozen=True, slots=True)
class Category:
    """A leaf of the category tree (案由小类, spec 9.2).

    `lead` and `co` are unit codes or `TOWN` and come from the dispatch directory, where the shares stand.
    """

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
class Reason:
    """An entry of a closed list (理由、结果代码): why something is refused, suspended, cancelled, or how it ended."""

    list: str
    code: str
    zh: str
    en: str
    needs_text: bool
    source: str


@dataclass(frozen=True, slots=True)
class Figure:
    """The definition of an indicator (指标, spec 11); `variants` are the letters shown side by side."""

    code: str
    zh: str
    en: str
    formula: str
    formula_zh: str
    notes: str
    variants: tuple[str, ...]
    source: str
