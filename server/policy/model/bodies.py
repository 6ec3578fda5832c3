"""Who there is: units, roles and what a role may do. Never a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
    """An action and, per role, the scope letters in which it is allowed (spec 12); a role that is absent may not.

    `administration` marks what the administrators do: running the system, accounts, the audit.
    """

    action: str
    zh: str
    scopes: Mapping[str, frozenset[str]]
    administration: bool
    source: str
