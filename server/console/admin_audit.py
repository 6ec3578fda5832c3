"""The audit administrator's desk (审计台): who opened sealed data, searched, exported; is the journal whole.

Job: filters in the address, pages, an export that is itself noted, checks with their findings.
Never: show what a case is about.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request
from flask_babel import gettext as _

from server.access import Actor
from server.audit import desk
from server.console import admin, asking, language, sheets, wording
from server.console.admin import AUDIT
from server.console.asking import ask
from server.console.frame import room
from server.db import CN, now
from server.errors import Invalid, NotFound
from server.flow.moves import MACHINES

PAGE, EXPORT_MAX = 50, 20_000
FIELDS = ("topic", "who", "unit", "item_no", "words", "action", "since", "until")


def _asked() -> dict[str, str]:
    """Return the filters of the address; days become moments, the last one included."""
    given = {name: request.args.get(name, "").strip() for name in FIELDS}
    for name, more in (("since", 0), ("until", 1)):
        try:
            day = date.fromisoformat(given[name]) + timedelta(days=more)
            given[name] = datetime.combine(day, time(), CN).isoformat()
        except ValueError:
            given[name] = ""
    return {name: text for name, text in given.items() if text}


@room.page("/admin/audit", may=AUDIT, name="admin_audit")
def audit(by: Actor) -> str:
    """Show the journal by topic, person, unit, item and time."""
    wrong = ""
    try:
        found = ask("audit.read_lines", by, **_asked(), cursor=request.args.get("cursor"), limit=PAGE)
    except Invalid as refusal:
        found, wrong = {"items": [], "next_cursor": None}, admin.told(refusal)
    kept = {name: text for name, text in request.args.items() if name != "cursor" and text}
    following = urlencode({**kept, "cursor": found["next_cursor"]}) if found["next_cursor"] else ""
    shown = {"rows": found["items"], "next": following, "kept": kept, "address": urlencode(kept), "wrong": wrong}
    return render_template("admin/audit.html", topics=desk.TOPICS, said=_said, action_words=action_words, **shown)


def _said(facts: dict[str, Any]) -> str:
    """Return what may be told of a line, in one text."""
    return "；".join(f"{_named(name)} {_one(value)}" for name, value in facts.items())


def _named(name: str) -> str:
    return name if language.code() == "en" else FACTS.get(name, name)


FACTS = {
    "purpose": "事由",
    "field": "内容",
    "proof": "凭据",
    "kind": "方式",
    "username": "账号",
    "address": "地址",
    "file": "文件",
    "device_id": "设备",
    "role": "角色",
    "unit": "单位",
    "grid": "网格",
    "first_day": "起",
    "last_day": "止",
    "rows": "行数",
    "filters": "条件",
    "found": "命中",
    "list": "列表",
    "subject": "对象",
    "no": "版本",
    "begins_at": "生效",
    "task": "任务",
    "job": "编号",
    "url": "地址",
    "actions": "事项",
    "rule": "规则",
    "reaction": "动作",
    "appointments": "任职",
    "is_new": "新建",
}


ACTIONS = {
    "account.signed_in": "登录",
    "account.signed_out": "退出登录",
    "account.locked": "账号锁定",
    "account.unlocked": "解除锁定",
    "address.locked": "地址锁定",
    "person.created": "新建账号",
    "person.appointed": "任命",
    "person.relieved": "免职",
    "person.on_leave": "登记休假",
    "person.disabled": "停用账号",
    "person.code_given": "发放一次性码",
    "person.password_reset": "重置密码",
    "person.password_changed": "修改密码",
    "person.imported": "名册导入",
    "device.revoked": "设备挂失",
    "second_factor.confirmed": "绑定动态口令",
    "second_factor.removed": "解除动态口令",
    "event.searched": "查询事件",
    "data.exported": "导出列表",
    "journal.exported": "导出审计日志",
    "journal.check_asked": "校验日志",
    "photo.opened": "打开照片原件",
    "photo.received": "收到照片",
    "voice.opened": "打开语音原件",
    "voice.received": "收到语音留言",
    "amendment.adopted": "发布政策版本",
    "amendment.withdrawn": "撤回政策版本",
    "amendment.discarded": "放弃政策草稿",
    "webhook.added": "新增外部推送",
    "webhook.ended": "停用外部推送",
    "webhook.tried_again": "重新推送",
    "job.retried": "重试任务",
    "grids.imported": "导入网格",
    "clock.rang": "时限提醒",
    "clock.recounted": "重算时限",
    "notice.delivered": "发送通知",
    "duty.started": "上岗",
    "duty.ended": "下岗",
    "tracks.purged": "清除轨迹",
    "invariant.broken": "规则自检不符",
    "reaction.failed": "后续动作失败",
    "move.conflicted": "离线操作冲突",
    "conflict.settled": "处理冲突",
}
"""Action → what it is called; acts on items are called as their arrows."""


def action_words(action: str) -> str:
    """Return what an action is called."""
    if language.code() == "en":
        return action
    kind, _dot, act = action.partition(".")
    machine = MACHINES.get(kind)
    move = next((move for move in machine.moves if move.act == act), None) if machine else None
    return f"{machine.zh}·{move.zh}" if machine and move else ACTIONS.get(action, action)


def _one(value: Any) -> str:
    if isinstance(value, dict):
        return "、".join(f"{_named(name)} {_one(one)}" for name, one in value.items() if one)
    if isinstance(value, list):
        return "、".join(_one(one) for one in value[:5])
    return str(value)


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
        _("设备"),
        _("说明"),
    ]
    note = _("%(who)s 导出 %(n)s 条", who=by.name, n=len(rows))
    return sheets.WRITERS[sort](f"audit-{now().astimezone(CN):%Y%m%d-%H%M}", head, rows, note)


def _row(one: dict[str, Any]) -> list[Any]:
    plain = [
        wording.full(one["at"]),
        one["seal"] or "",
        action_words(one["action"]),
        one["username"] or "",
        one["name"],
        one["role_zh"],
    ]
    return [*plain, wording.unit(one["unit_code"]), one["item_no"] or "", one["device_id"] or "", _said(one["facts"])]


@room.page("/admin/journal", may=AUDIT, name="admin_journal")
def show_journal(by: Actor, **more: Any) -> str:
    """Show the end of the chain and the last checks."""
    return render_template("admin/journal.html", found=ask("audit.show_journal", by), **more)


@room.page("/admin/journal/check", may=AUDIT, methods=("POST",), name="admin_check_journal")
def check_journal(by: Actor) -> Any:
    """Have the journal verified."""
    show = lambda **more: show_journal(by, **more)  # noqa: E731
    return admin.act(by, "audit.check_journal", {}, show, back="/admin/journal")
