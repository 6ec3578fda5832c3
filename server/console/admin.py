"""Administration (系统管理): three desks for three administrators who hold nothing of one another.

Job: the tabs each of them sees, how an act answers.
Never: let one administrator reach another's desk: every page declares its own permission.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, g
from flask_babel import lazy_gettext as _

from server import access
from server.access import Actor
from server.console import asking
from server.console.doorway import said
from server.console.frame import forward, room
from server.errors import Forbidden, Refusal
from server.http import SIGNED_IN

SYSTEM, SECURITY, AUDIT = "system.operate", "account.manage", "audit.read"


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a desk and the permission it needs."""

    path: str
    zh: Any
    may: str


TABS = (
    Tab("/admin/health", _("运行状况"), SYSTEM),
    Tab("/admin/jobs", _("后台任务"), SYSTEM),
    Tab("/admin/webhooks", _("外部推送"), SYSTEM),
    Tab("/admin/people", _("人员账号"), SECURITY),
    Tab("/admin/import", _("名册导入"), SECURITY),
    Tab("/admin/devices", _("设备"), SECURITY),
    Tab("/admin/roles", _("角色权限"), SECURITY),
    Tab("/admin/policy", _("政策参数"), SECURITY),
    Tab("/admin/audit", _("审计台"), AUDIT),
    Tab("/admin/journal", _("日志校验"), AUDIT),
)


def tabs(by: Actor) -> list[Tab]:
    """Return the pages ``by`` administers with."""
    return [tab for tab in TABS if access.may(by, tab.may)]


@room.app_context_processor
def given() -> dict[str, Any]:
    """Return what the templates of these desks use."""
    by = g.get("actor")
    return {"admin_tabs": tabs(by) if by else []}


@room.page("/admin", may=SIGNED_IN, name="admin")
def admin(by: Actor) -> Response:
    """Send an administrator to the first page of the own desk."""
    mine = tabs(by)
    if not mine:
        raise Forbidden
    return forward(mine[0].path)


def act(
    by: Actor,
    route: str,
    body: Mapping[str, Any] | None,
    page: Callable[..., Any],
    *,
    back: str,
    path: Mapping[str, uuid.UUID | str | int] | None = None,
) -> Any:
    """Perform one act and go ``back``; a refusal is shown on ``page``, which gets ``wrong``."""
    try:
        asking.do(route, by, body, path=path)
    except Refusal as refusal:
        return page(wrong=told(refusal)), refusal.status
    return forward(back)


def told(refusal: Refusal) -> str:
    """Return what a refusal says, with the fields it names."""
    errors = refusal.facts.get("errors") or {}
    detail = "；".join(f"{name}: {_first(words)}" for name, words in errors.items())
    return f"{said(refusal)}{f'（{detail}）' if detail else ''}"


def _first(words: Any) -> str:
    while isinstance(words, dict | list) and words:
        words = next(iter(words.values())) if isinstance(words, dict) else words[0]
    return str(words)
