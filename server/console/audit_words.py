"""What the journal's codes are called (审计用语): actions, facts and their values as people say them.

Job: one table of words per kind of code; the code itself stays beside the words for who needs it.
Never: decide what an auditor may see: ``audit.desk`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from server import policy
from server.amendments.subjects import SUBJECTS
from server.audit import desk
from server.catalogue.words import CHOICES
from server.console import language, lists, wording
from server.flow.moves import MACHINES
from server.invariants.queries import INVARIANTS
from server.photos.forms import PURPOSES

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
    "voice.words": "记下语音内容",
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
    "account.token_renewed": "手机凭证换新",
    "alarm.answered": "应答警报",
    "check_in.ended": "哨单撤回，报到随之结束",
    "check_in.ask_release": "部门申请撤离",
    "check_in.score_contested": "部门对评价提出异议",
    "clock.audit_failed": "时限自检不符",
    "event.joined": "并入事件",
    "event.second_look_asked": "申请复核不予立案",
    "event.void_asked": "申请作废",
    "grids.dropped": "删除网格版本",
    "grids.published": "发布网格版本",
    "grids.residents_counted": "登记网格人口",
    "interest.declared": "申明利害关系",
    "notice.put_aside": "暂缓警报",
    "subtask.done": "完成子任务",
    "subtask.set": "分派子任务",
    "supervision.proposed": "建议督办",
}
"""Action → what it is called; acts on items are called as their arrows."""

ON_ITEMS = {"handed_over": "内部转交", "unit_left": "异议成立退出"}
"""What happens to an item without an arrow of its own."""

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
    "actions": "动作",
    "rule": "规则",
    "reaction": "动作",
    "appointments": "任职",
    "is_new": "新建",
    "q": "查找词",
    "state": "状态",
    "open": "在办",
    "overdue": "超时",
    "mine": "本人上报",
    "category": "大类",
    "urgency": "紧急程度",
    "township": "镇街",
    "lead": "牵头单位",
    "placement": "位置",
    "since": "自",
    "until": "至",
    "closed_since": "结案自",
    "from": "起",
    "to": "止",
    "topic": "主题",
    "who": "账号或姓名",
    "item_no": "事项编号",
    "words": "查询过的词语",
    "action": "动作",
    "gaps": "只看空缺",
    "code": "指标",
    "pile": "清单",
    "variant": "口径",
    "side": "记录",
    "id": "编号",
    "appointment": "任职编号",
    "check": "校验编号",
    "webhook": "推送编号",
    "edition": "网格版本",
    "format": "格式",
}
"""Fact → what it is called."""

WAYS_IN = {"device": "手机", "session": "网页", "password": "密码"}
TASKS = {
    "react": "后续动作",
    "push": "外部推送",
    "send_sms": "发送短信",
    "check_journal": "校验日志",
    "retry_stalled": "重试停滞任务",
}
TABLES = {
    "roster": "网格值守",
    "people": "人员账号",
    "devices": "设备",
    "figure_records": "指标明细",
    "unit_records": "单位清单明细",
    "directory": "派单目录",
    "deliveries": "推送记录",
    "jobs": "后台任务",
    "map": "地图数字",
}
SIDES = {"above": "分子", "below": "分母"}
PLACEMENTS = {"ambiguous": "边界疑似", "edge": "网格外就近", "outside": "网格外"}


def action_words(action: str, arrow: str | None = None) -> str:
    """Return what an action is called; ``arrow`` tells apart arrows of one act, such as EV-18 and EV-19."""
    if language.code() == "en":
        return action
    kind, _dot, act = action.partition(".")
    machine = MACHINES.get(kind)
    if machine is None or action in ACTIONS:
        return ACTIONS.get(action, action)
    known = [move for move in machine.moves if move.act == act]
    known.sort(key=lambda move: move.id != arrow)
    words = known[0].zh if known else ON_ITEMS.get(act)
    return f"{machine.zh}·{words}" if words else action


def said(facts: Mapping[str, Any]) -> str:
    """Return what may be told of a line, in one text."""
    return "；".join(f"{_named(name)} {_told(name, value, _words)}" for name, value in facts.items())


def codes(facts: Mapping[str, Any]) -> str:
    """Return the same with the codes as they stand in the journal."""
    return "; ".join(f"{name} {_told(name, value, _code)}" for name, value in facts.items())


def _named(name: str) -> str:
    return name if language.code() == "en" else FACTS.get(name, name)


def _told(name: str, value: Any, words: Callable[[str, Any], str]) -> str:
    if isinstance(value, dict):
        label = _named if words is _words else str
        return "、".join(f"{label(inner)} {_told(inner, one, words)}" for inner, one in value.items() if one)
    if isinstance(value, list):
        return "、".join(_told(name, one, words) for one in value[:5])
    return words(name, value)


def _code(name: str, value: Any) -> str:
    return str(value)


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return YES[value] if language.code() == "zh" else str(value)
    text = str(value)
    if language.code() == "en" or name not in VALUES:
        return text
    return str(VALUES[name](text) or text)


YES = {True: "是", False: "否", "true": "是", "false": "否", "1": "是"}


def _unit(text: str) -> str:
    return wording.unit(text)


def _role(text: str) -> str | None:
    role = policy.current().roles.get(text)
    return role.zh if role else None


def _state(text: str) -> str | None:
    return next((state.zh for one in MACHINES.values() for state in one.states if state.code == text), None)


def _kind(text: str) -> str | None:
    machine = MACHINES.get(text)
    whistle = policy.current().whistles.get(text)
    return (machine.zh if machine else None) or (whistle.zh if whistle else None) or WAYS_IN.get(text) or _choice(text)


def _choice(text: str) -> str | None:
    return CHOICES.get(text)


def _category(text: str) -> str | None:
    book = policy.current()
    found = book.groups.get(text) or book.categories.get(text)
    return found.zh if found else None


def _purpose(text: str) -> str | None:
    known = {one.code: one.zh for one in policy.current().reasons[PURPOSES].values()}
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
        return "全部"
    return f"{machine.zh}·全部" if machine and act == "*" else action_words(text)


VALUES: Mapping[str, Callable[[str], Any]] = {
    "unit": _unit, "lead": _unit, "township": _unit, "role": _role, "state": _state, "kind": _kind,
    "category": _category, "purpose": _purpose, "list": _list, "action": action_words, "actions": _patterns,
    "field": {"original": "原件"}.get,
    "proof": {"password": "密码", "code": "一次性码"}.get,
    "subject": lambda text: SUBJECTS[text].zh if text in SUBJECTS else None,
    "rule": {one.code: f"{one.code} {one.zh}" for one in INVARIANTS}.get,
    "task": TASKS.get, "topic": lambda text: desk.TOPICS[text]["zh"] if text in desk.TOPICS else None,
    "side": SIDES.get, "placement": PLACEMENTS.get, "open": YES.get, "overdue": YES.get, "mine": YES.get,
    "gaps": YES.get, "since": _moment, "until": _moment, "closed_since": _moment, "begins_at": _moment,
}  # fmt: skip
"""Fact → the words of its value; a value without words stays what it is."""
