"""The audit administrator's desk (审计台): who opened sealed data, searched, exported; is the journal whole.

Job: filters in the address, pages, an export that is itself noted, checks with their findings.
Never: show what a case is about.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext as _

from server.access import Actor
from server.audit import desk
from server.console import admin, asking, sheets, tables, wording
from server.console.admin import AUDIT
from server.console.asking import ask
from server.console.audit_words import FACTS, action_words, codes, said
from server.console.frame import room
from server.db import CN, now
from server.errors import NotFound

PAGE, EXPORT_MAX = 50, 20_000
FIELDS = ("topic", "who", "unit", "item_no", "words", "action", "since", "until")


def _asked() -> dict[str, str]:
    """Return the filters of the address; days become moments, the last one included."""
    given = {name: request.args.get(name, "").strip() for name in FIELDS}
    for name, more in (("since", 0), ("until", 1)):
        with suppress(ValueError, OverflowError):  # what is no day goes to the room, which says so
            day = date.fromisoformat(given[name]) + timedelta(days=more)
            given[name] = datetime.combine(day, time(), CN).isoformat()
    return {name: text for name, text in given.items() if text}


@room.page("/admin/audit", may=AUDIT, name="admin_audit")
def audit(by: Actor) -> str:
    """Show the journal by topic, person, unit, item and time."""
    asked = partial(ask, "audit.read_lines", by, **_asked(), cursor=request.args.get("cursor"), limit=PAGE)
    found, wrong = tables.read(asked, FACTS)
    shown = {"rows": found["items"], "next": tables.onward(found), "kept": tables.kept(), "wrong": wrong}
    return render_template(
        "admin/audit.html", topics=desk.TOPICS, said=said, codes=codes, action_words=action_words, **shown
    )


@room.page("/admin/audit/export.<sort>", may=AUDIT, name="admin_audit_export")
def export(by: Actor, sort: str) -> Response:
    """Return the lines as CSV or XLSX; that they were taken is a line itself."""
    if sort not in sheets.WRITERS:
        raise NotFound
    asked = _asked()
    rows = [_row(one) for one in asking.all_of("audit.read_lines", by, most=EXPORT_MAX, **asked)]
    desk.note_export(asked, len(rows), by)
    head = [
        _("时间"),
        _("封印号"),
        _("动作"),
        _("账号"),
        _("姓名"),
        _("角色"),
        _("单位"),
        _("事项编号"),
        _("所用设备"),
        _("说明"),
    ]
    note = _("%(who)s 导出 %(n)s 条", who=by.name, n=len(rows))
    return sheets.WRITERS[sort](f"audit-{now().astimezone(CN):%Y%m%d-%H%M}", head, rows, note)


def _row(one: dict[str, Any]) -> list[Any]:
    plain = [
        wording.full(one["at"]),
        one["seal"] or "",
        action_words(one["action"], one["move"]),
        one["username"] or "",
        one["name"],
        wording.role(one["role"]),
    ]
    return [*plain, wording.unit(one["unit_code"]), one["item_no"] or "", one["device_id"] or "", said(one["facts"])]


@room.page("/admin/journal", may=AUDIT, name="admin_journal")
def show_journal(by: Actor, **more: Any) -> str:
    """Show the end of the chain and the last checks."""
    return render_template("admin/journal.html", found=ask("audit.show_journal", by), **more)


@room.page("/admin/journal/check", may=AUDIT, methods=("POST",), name="admin_check_journal")
def check_journal(by: Actor) -> Any:
    """Have the journal verified."""
    show = lambda **more: show_journal(by, **more)  # noqa: E731
    return admin.act(by, "audit.check_journal", {}, show, back="/admin/journal")
