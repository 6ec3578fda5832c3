"""Whistles and escalation as policy: who may blow what, which matter goes to which leader. Never a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class WhistleKind:
    """A kind of whistle (哨种, spec 7). `blowers` and `screened` are keyed by level: "grid" or "township".

    The times to respond and to arrive are promises: ``policy.limit("RESP", whistle=kind.code)``.
    """

    code: str
    zh: str
    en: str
    use_zh: str
    use_en: str
    blowers: Mapping[str, frozenset[str]]
    screened: frozenset[str]
    needs_law_article: bool
    needs_leader: bool
    calendar: Literal["24x7", "working"]
    source: str


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
