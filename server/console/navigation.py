"""Where the pages lead (导航): rows of the menu, each with the permission it needs.

Job: the menu of a person, the page a person starts with.
Never: protect anything: every page declares its own permission.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from server import access
from server.access import Actor


@dataclass(frozen=True, slots=True)
class Way:
    """A row of the menu: shown to whoever holds one of ``may`` (and, where named, one of ``roles``)."""

    path: str
    zh: str
    may: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()


def _only(*roles: str) -> frozenset[str]:
    return frozenset(roles)


ADMINISTRATORS = _only("ADM", "SEC", "AUD")
WAYS = (
    Way("/board", "值班看板", ("whistle.view", "event.view")),
    Way("/map", "地图", ("event.view",)),
    Way("/township", "镇街工作台", ("event.file_dispatch",)),
    Way("/department", "部门工作台", roles=_only("DPD", "DPH", "DPL")),
    Way("/lists/events", "事件", ("event.view",)),
    Way("/lists/whistles", "哨声", ("whistle.view",)),
    Way("/lists/check-ins", "报到", ("whistle.view",)),
    Way("/lists/objections", "异议", ("objection.view",)),
    Way("/lists/subtasks", "子任务", roles=_only("TWD", "TWL", "DPD", "DPH", "DPL")),
    Way("/lists/conflicts", "离线冲突", ("event.file_dispatch",)),
    Way("/roster", "值守", ("grid.edit",)),
    Way("/leaders", "指标", ("stats.unit",)),
    Way("/directory", "派单目录", ("config.rules", "event.file_dispatch", "objection.file")),
    Way("/calendar", "日历", ("config.rules", "stats.unit")),
    Way("/admin", "系统管理", roles=ADMINISTRATORS),
)
STARTS: tuple[tuple[frozenset[str], str], ...] = (
    (_only("DLD", "DTL"), "/leaders"),
    (_only("TWD"), "/township"),
    (_only("DPD", "DPH", "DPL"), "/department"),
    (ADMINISTRATORS, "/admin"),
)
"""Roles → the page they begin with; the first that fits counts."""


def ways(by: Actor) -> list[Way]:
    """Return the rows of the menu that lead somewhere for ``by``."""
    return [way for way in WAYS if _leads(way, by)]


def _leads(way: Way, by: Actor) -> bool:
    return any(access.may(by, permission) for permission in way.may) or bool(way.roles & by.roles)


def menu(by: Actor, path: str) -> Sequence[dict[str, Any]]:
    """Return the menu of ``by`` as ``{path, words, is_here}``."""
    return [{"path": way.path, "words": _(way.zh), "is_here": path.startswith(way.path)} for way in ways(by)]


def start(by: Actor) -> str:
    """Return the page ``by`` begins with."""
    mine = next((path for roles, path in STARTS if roles & by.roles), None)
    return mine or next((way.path for way in ways(by)), "/account")
