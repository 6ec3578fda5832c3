"""What the journal's codes are called (审计用语): actions, facts and their values as people say them.

Job: one table of words per kind of code; the code itself stays beside the words for who needs it.
Never: decide what an auditor may see: ``audit.desk`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from server import policy
from server.amendments.subjects import SUBJECTS
from server.audit import desk
from server.catalogue.words import CHOICES
from server.console import language, lists, wording
from server.flow.moves import MACHINES
from server.invariants.queries import INVARIANTS
from server.photos.forms import PURPOSES

ACTIONS = {
    "account.signed_in": _("登录"),
    "account.signed_out": _("退出登录"),
    "account.locked": _("账号锁定"),
    "account.unlocked": _("解除锁定"),
    "address.locked": _("地址锁定"),
    "person.created": _("新建账号"),
    "person.appointed": _("任命"),
    "person.relieved": _("免职"),
    "person.on_leave": _("登记休假"),
    "person.disabled": _("停用账号"),
    "person.code_given": _("发放一次性码"),
    "person.password_reset": _("重置密码"),
    "person.password_changed": _("修改密码"),
    "person.imported": _("名册导入"),
    "device.revoked": _("设备挂失"),
    "second_factor.confirmed": _("绑定动态口令"),
    "second_factor.removed": _("解除动态口令"),
    "event.searched": _("查询事件"),
    "data.exported": _("导出列表"),
    "journal.exported": _("导出审计日志"),
    "journal.check_asked": _("校验日志"),
    "photo.opened": _("打开照片原件"),
    "photo.received": _("收到照片"),
    "voice.opened": _("打开语音原件"),
    "voice.received": _("收到语音留言"),
    "voice.words": _("记下语音内容"),
    "amendment.adopted": _("发布政策版本"),
    "amendment.withdrawn": _("撤回政策版本"),
    "amendment.discarded": _("放弃政策草稿"),
    "webhook.added": _("新增外部推送"),
    "webhook.ended": _("停用外部推送"),
    "webhook.tried_again": _("重新推送"),
    "job.retried": _("重试任务"),
    "grids.imported": _("导入网格"),
    "clock.rang": _("时限提醒"),
    "clock.recounted": _("重算时限"),
    "notice.delivered": _("发送通知"),
    "duty.started": _("上岗"),
    "duty.ended": _("下岗"),
    "tracks.purged": _("清除轨迹"),
    "invariant.broken": _("规则自检不符"),
    "reaction.failed": _("后续动作失败"),
    "move.conflicted": _("离线操作冲突"),
    "conflict.settled": _("处理冲突"),
    "account.token_renewed": _("手机凭证换新"),
    "alarm.answered": _("应答警报"),
    "check_in.ended": _("哨单撤回，报到随之结束"),
    "check_in.ask_release": _("部门申请撤离"),
    "check_in.score_contested": _("部门对评价提出异议"),
    "clock.audit_failed": _("时限自检不符"),
    "event.joined": _("并入事件"),
    "event.second_look_asked": _("申请复核不予立案"),
    "event.void_asked": _("申请作废"),
    "grids.dropped": _("删除网格版本"),
    "grids.published": _("发布网格版本"),
    "grids.residents_counted": _("登记网格人口"),
    "interest.declared": _("申明利害关系"),
    "notice.put_aside": _("暂缓警报"),
    "subtask.done": _("完成子任务"),
    "subtask.named": _("指定子任务经办人"),
    "subtask.set": _("分派子任务"),
    "supervision.proposed": _("建议督办"),
}
"""Action → what it is called; acts on items are called as their arrows."""

ON_ITEMS = {"handed_over": _("内部转交"), "unit_left": _("异议成立退出"), "open": _("提起")}
"""What happens to an item without an arrow of its own."""

FACTS = {
    "purpose": _("事由"),
    "field": _("内容"),
    "proof": _("凭据"),
    "kind": _("方式"),
    "username": _("账号"),
    "address": _("地址"),
    "file": _("文件"),
    "device_id": _("设备"),
    "role": _("角色"),
    "unit": _("单位"),
    "grid": _("网格"),
    "first_day": _("起"),
    "last_day": _("止"),
    "rows": _("行数"),
    "filters": _("条件"),
    "found": _("命中"),
    "list": _("列表"),
    "subject": _("对象"),
    "no": _("版本"),
    "begins_at": _("生效"),
    "task": _("任务"),
    "job": _("编号"),
    "url": _("地址"),
    "actions": _("动作"),
    "rule": _("规则"),
    "reaction": _("动作"),
    "appointments": _("任职"),
    "is_new": _("新建"),
    "q": _("查找词"),
    "state": _("状态"),
    "open": _("在办"),
    "overdue": _("超时"),
    "mine": _("本人上报"),
    "category": _("大类"),
    "urgency": _("紧急程度"),
    "township": _("镇街"),
    "lead": _("牵头单位"),
    "placement": _("位置"),
    "since": _("自"),
    "until": _("至"),
    "closed_since": _("结案自"),
    "from": _("起"),
    "to": _("止"),
    "topic": _("主题"),
    "who": _("账号或姓名"),
    "item_no": _("事项编号"),
    "words": _("查询过的词语"),
    "action": _("动作"),
    "gaps": _("只看空缺"),
    "code": _("指标"),
    "pile": _("清单"),
    "variant": _("口径"),
    "side": _("记录"),
    "id": _("编号"),
    "appointment": _("任职编号"),
    "check": _("校验编号"),
    "webhook": _("推送编号"),
    "edition": _("网格版本"),
    "format": _("格式"),
}
"""Fact → what it is called."""

WAYS_IN = {"device": _("手机"), "session": _("网页"), "password": _("密码")}
TASKS = {
    "react": _("后续动作"),
    "push": _("外部推送"),
    "send_sms": _("发送短信"),
    "check_journal": _("校验日志"),
    "retry_stalled": _("重试停滞任务"),
}
TABLES = {
    "roster": _("网格值守"),
    "people": _("人员账号"),
    "devices": _("设备"),
    "figure_records": _("指标明细"),
    "unit_records": _("单位清单明细"),
    "directory": _("派单目录"),
    "deliveries": _("推送记录"),
    "jobs": _("后台任务"),
    "map": _("地图数字"),
}
SIDES = {"above": _("分子"), "below": _("分母")}
PLACEMENTS = {"ambiguous": _("边界疑似"), "edge": _("网格外就近"), "outside": _("网格外")}


def action_words(action: str, arrow: str | None = None) -> str:
    """Return what an action is called; ``arrow`` tells apart arrows of one act, such as EV-18 and EV-19."""
    kind, _dot, act = action.partition(".")
    machine = MACHINES.get(kind)
    if machine is None or action in ACTIONS:
        return str(ACTIONS.get(action, action))
    known = [move for move in machine.moves if move.act == act]
    known.sort(key=lambda move: move.id != arrow)
    words = language.named(known[0]) if known else ON_ITEMS.get(act)
    return f"{_machine(kind)}{_('·')}{words}" if words else action


def _machine(kind: str) -> str:
    return wording.kind_name({"kind": kind, "kind_zh": MACHINES[kind].zh})


def said(facts: Mapping[str, Any]) -> str:
    """Return what may be told of a line, in one text."""
    return str(_("；")).join(f"{_named(name)} {_told(name, value, _words)}" for name, value in facts.items())


def codes(facts: Mapping[str, Any]) -> str:
    """Return the same with the codes as they stand in the journal."""
    return "; ".join(f"{name} {_told(name, value, _code)}" for name, value in facts.items())


def _named(name: str) -> str:
    return str(FACTS.get(name, name))


def _told(name: str, value: Any, words: Callable[[str, Any], str]) -> str:
    if isinstance(value, dict):
        label = _named if words is _words else str
        return str(_("、")).join(f"{label(inner)} {_told(inner, one, words)}" for inner, one in value.items() if one)
    if isinstance(value, list):
        return str(_("、")).join(_told(name, one, words) for one in value[:5])
    return words(name, value)


def _code(name: str, value: Any) -> str:
    return str(value)


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(YES[value])
    text = str(value)
    if name not in VALUES:
        return text
    return str(VALUES[name](text) or text)


YES = {True: _("是"), False: _("否"), "true": _("是"), "false": _("否"), "1": _("是")}


def _unit(text: str) -> str:
    return wording.unit(text)


def _role(text: str) -> str:
    return wording.role(text)


def _state(text: str) -> str | None:
    return next(
        (language.named(state) for one in MACHINES.values() for state in one.states if state.code == text), None
    )


def _kind(text: str) -> str | None:
    if text in MACHINES:
        return _machine(text)
    whistle = policy.current().whistles.get(text)
    return language.named(whistle) if whistle else WAYS_IN.get(text) or _choice(text)


def _choice(text: str) -> str | None:
    return wording.translated(CHOICES[text], text) if text in CHOICES else None


def _category(text: str) -> str | None:
    book = policy.current()
    found = book.groups.get(text) or book.categories.get(text)
    return language.named(found) if found else None


def _purpose(text: str) -> str | None:
    known = {one.code: language.named(one) for one in policy.current().reasons[PURPOSES].values()}
    return known.get(text)


def _list(text: str) -> str | None:
    return str(lists.BY_NAME[text].zh) if text in lists.BY_NAME else TABLES.get(text)


def _moment(text: str) -> str:
    return wording.full(text) if "T" in text else text


def _patterns(text: str) -> str:
    """Return which actions a webhook is told of."""
    kind, _dot, act = text.partition(".")
    machine = MACHINES.get(kind)
    if text == "*":
        return str(_("全部"))
    return f"{_machine(kind)}{_('·')}{_('全部')}" if machine and act == "*" else action_words(text)


RULES = {one.code: one.zh for one in INVARIANTS}
VALUES: Mapping[str, Callable[[str], Any]] = {
    "unit": _unit, "lead": _unit, "township": _unit, "role": _role, "state": _state, "kind": _kind,
    "category": _category, "purpose": _purpose, "list": _list, "action": action_words, "actions": _patterns,
    "field": {"original": _("原件")}.get,
    "proof": {"password": _("密码"), "code": _("一次性码")}.get,
    "subject": lambda text: language.named(SUBJECTS[text]) if text in SUBJECTS else None,
    "rule": lambda text: f"{text} {wording.translated(RULES[text])}" if text in RULES else None,
    "task": TASKS.get, "topic": lambda text: language.named(desk.TOPICS[text]) if text in desk.TOPICS else None,
    "side": SIDES.get, "placement": PLACEMENTS.get, "open": YES.get, "overdue": YES.get, "mine": YES.get,
    "gaps": YES.get, "since": _moment, "until": _moment, "closed_since": _moment, "begins_at": _moment,
}  # fmt: skip
"""Fact → the words of its value; a value without words stays what it is."""
