"""The journal as auditors read it (审计台): by topic, person, unit, item, time, without contents.

Job: filters, pages, what of a line's facts an auditor sees.
Never: show what a case is about: of lines about items only purpose and place in the chain are shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from server import journal, policy
from server.access import Actor
from server.events.search import trace
from server.journal import Entry, Line, Seal, plain
from server.pages import page
from server.people.models import Person

TOPICS: dict[str, dict[str, Any]] = {
    "sealed": {
        "zh": "查看密封内容",
        "en": "Sealed data",
        "like": ("photo.opened", "voice.opened", "%.identity_opened", "%.content_opened"),
    },
    "search": {"zh": "查询检索", "en": "Searches", "like": ("%.searched",)},
    "export": {"zh": "导出下载", "en": "Exports", "like": ("%.exported",)},
    "sign_in": {"zh": "登录", "en": "Sign-ins", "like": ("account.%", "address.%")},
    "people": {"zh": "账号与设备", "en": "People and devices", "like": ("person.%", "device.%", r"second\_factor.%")},
    "rules": {"zh": "规则与配置", "en": "Rules", "like": ("amendment.%", "grids.%", "webhook.%", "job.%")},
    "alarm": {"zh": "系统告警", "en": "Alarms", "like": ("invariant.%", "reaction.%", "clock.audit%", "journal.%")},
    "case": {"zh": "办件", "en": "Cases", "like": ("event.%", "whistle.%", r"check\_in.%", "objection.%")},
}
"""Topic → its name, the actions it holds (SQL LIKE)."""
TOLD = frozenset({
    "purpose", "field", "kind", "proof", "username", "address", "file", "is_new", "appointments", "appointment", "role",
    "unit", "grid", "last_day", "first_day", "device_id", "subject", "no", "begins_at", "list", "rows", "filters",
    "found", "rule", "reaction", "check", "webhook", "url", "actions", "job", "task", "edition", "format",
})  # fmt: skip
"""The facts an auditor sees; reasons and texts of cases are not among them."""
Clause = Any


def _topic(name: str) -> Clause:
    return sa.or_(*(Entry.action.like(pattern) for pattern in TOPICS[name]["like"]))


def _who(text: str) -> Clause:
    named = sa.or_(Person.username == text.lower(), Person.name == text)
    return Entry.person_id.in_(sa.select(Person.id).where(named))


def _words(text: str) -> Clause:
    return sa.and_(Entry.action.like("%.searched"), Entry.facts["trace"].astext == trace(text))


FILTERS: dict[str, Callable[[Any], Clause]] = {
    "topic": _topic,
    "who": _who,
    "words": _words,
    "action": Entry.action.__eq__,
    "unit": Entry.unit_code.__eq__,
    "item_no": Entry.item_no.__eq__,
    "since": Entry.at.__ge__,
    "until": Entry.at.__lt__,
}


def lines(ask: dict[str, Any]) -> dict[str, Any]:
    """Return one page of the journal, newest first, each line with its person, its seal and what may be told of it."""
    columns = (Entry, Person.username, Person.name, Seal.n)
    query = sa.select(*columns).outerjoin(Person, Person.id == Entry.person_id)
    query = query.outerjoin(Seal, Seal.entry_id == Entry.id)
    query = query.where(*(make(ask[name]) for name, make in FILTERS.items() if ask[name]))
    rows, cursor = page(query, (Entry.id,), cursor=ask["cursor"], limit=ask["limit"])
    return {"items": [_line(*row[:4]) for row in rows], "next_cursor": cursor}


def note_export(filters: dict[str, str], rows: int, by: Actor) -> None:
    """Write down that an auditor takes lines away."""
    journal.write(Line("journal.exported", by, facts={"filters": filters, "rows": rows}))


def _line(entry: Entry, username: str | None, name: str | None, seal: int | None) -> dict[str, Any]:
    shown = ("at", "action", "move", "item_kind", "item_no", "role", "unit_code", "device_id")
    role = policy.current().roles.get(entry.role)
    told: dict[str, Any] = plain({one: getattr(entry, one) for one in shown})
    facts = {one: value for one, value in entry.facts.items() if one in TOLD and value not in (None, "", [], {})}
    who = {"username": username, "name": name or "系统", "role_zh": role.zh if role else entry.role}
    return told | who | {"entry": entry.id, "seal": seal, "facts": facts}
