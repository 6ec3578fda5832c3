"""What follows from what (后续动作): journal action → reactions, the one page that knows every slice.

Job: the table of contents of all consequences that need not happen in the act's own transaction.
Never: hold a rule or a text of more than one line: a longer reaction is a function in its slice.

A reaction takes the line and changes what it wants in the worker's transaction, exactly once per line; it uses the
line's moment, not its own.
"""

from __future__ import annotations

from typing import Any

from server import http
from server.events.reactions import flag_jump, resume_on_its_day, tell_reporters_of_merged
from server.jobs import react
from server.jobs.react import Reaction
from server.notices.telling import tell, tell_named, tell_of_rung
from server.whistles.reactions import mark_no_show


def is_most_urgent(item: Any) -> bool:
    """Tell whether the item is U1."""
    return bool(item.urgency == "U1")


def is_not_most_urgent(item: Any) -> bool:
    """Tell whether the item is anything but U1: for U1 people are rung, not told."""
    return not is_most_urgent(item)


def lies_outside(item: Any) -> bool:
    """Tell whether the item lies in no township: the district's centre answers for it."""
    return item.township_code is None


REACTIONS: dict[str, tuple[Reaction, ...]] = {
    "event.report": (
        tell("tell_grid", ("GWF", "GLD", "VIL"), "网格内新上报 {no}", bundle="新上报"),
        tell("tell_township", ("TWD",), "待立案：{no}", bundle="待立案事件", only=is_not_most_urgent),
        flag_jump,
        tell("ring_centre", ("CEN", "TWD"), "特急事件上报：{no}", severity="alarm", only=is_most_urgent),
        tell("tell_centre", ("CEN",), "网格外上报待定位：{no}", bundle="网格外上报", only=lies_outside),
    ),
    "event.dispatch": (tell("tell_units", ("DPD",), "新派单：{no}，请签收", bundle="新派单"),),
    "event.accept": (tell("tell_handler", ("DPH",), "新任务：{no}", bundle="新任务"),),
    "event.handed_over": (tell("tell_handler", ("DPH", "TWD"), "经办人已转交：{no}", severity="warn"),),
    "check_in.handed_over": (tell("tell_handler", ("DPH",), "报到人已转交：{no}", severity="warn"),),
    "event.report_result": (tell("tell_verifiers", ("GWF", "GLD"), "待核查：{no}", bundle="待核查任务"),),
    "event.reject": (tell("tell_reporter", (), "未予立案：{no}", reporter=True), tell_reporters_of_merged),
    "event.merge": (tell("tell_reporter", (), "已并案：{no}", reporter=True),),
    "event.convert": (tell("tell_reporter", (), "已转办：{no}", reporter=True), tell_reporters_of_merged),
    "event.void": (tell("tell_reporter", (), "已作废：{no}", reporter=True), tell_reporters_of_merged),
    "event.second_look_asked": (tell("tell_reviewers", ("TWD", "CEN"), "申请复核不予立案：{no}", severity="warn"),),
    "event.void_asked": (tell("tell_second_person", ("CEN",), "待确认作废：{no}", severity="warn"),),
    "event.send_back": (
        tell("tell_handler", ("DPH", "DPD", "TWD"), "核查不通过：{no}", severity="warn", reporter=True),
    ),
    "event.unit_left": (tell("tell_lead", ("DPD",), "协办单位异议成立退出：{no}"),),
    "event.suspend": (tell("tell_reporter", (), "已挂起：{no}", reporter=True),),
    "event.verify": (tell("tell_reporter", (), "已结案：{no}", reporter=True), tell_reporters_of_merged),
    "check_in.open": (tell("call_department", ("DPD", "DPH"), "哨声：{no}，请立即响应", severity="alarm"),),
    "check_in.respond": (
        tell("tell_caller", ("TWD", "GLD"), "部门已响应：{no}", bundle="部门响应"),
        tell("tell_responder", ("DPH",), "请到现场报到：{no}", severity="alarm"),
    ),
    "check_in.check_in": (tell("tell_caller", ("TWD", "GLD"), "部门已报到：{no}", bundle="部门报到"),),
    "check_in.ask_release": (tell("tell_caller", ("TWD", "GLD"), "部门申请撤离：{no}", severity="warn"),),
    "check_in.no_show": (tell("tell_caller", ("TWD", "TWL", "SUP", "DPL"), "部门未报到：{no}", severity="warn"),),
    "check_in.evaluate": (tell("tell_department", ("DPD", "DPL"), "哨单已评价：{no}", bundle="哨单评价"),),
    "whistle.call": (tell("tell_township", ("TWD",), "网格吹哨待研判：{no}", severity="warn"),),
    "whistle.alarm": (tell("tell_township", ("TWD", "TWL"), "网格应急哨：{no}", severity="alarm"),),
    "whistle.cancel": (tell("tell_called", ("DPD", "DPH"), "已撤哨：{no}", severity="warn"),),
    "whistle.settle": (tell("tell_grid_leader", (), "镇街已解决：{no}", reporter=True),),
    "subtask.set": (
        tell_named("tell_asked", "新的子任务：{no}", roles=("DPD", "DPH", "TWD"), unit="unit", bundle="新子任务"),
    ),
    "subtask.named": (tell_named("tell_officer", "请办理子任务：{no}", person="to", bundle="新子任务"),),
    "subtask.done": (tell_named("tell_asker", "子任务已完成：{no}", person="set_by", bundle="已完成的子任务"),),
    "objection.open": (tell("tell_arbiter", ("XFL",), "职责异议待裁定：{no}", severity="warn"),),
    "objection.late": (tell("tell_unit", ("DPD", "DPL"), "异议逾期不予审查：{no}", reporter=True),),
    "objection.uphold": (tell("tell_unit", ("DPD", "DPL"), "异议成立：{no}", reporter=True),),
    "objection.dismiss": (tell("tell_unit", ("DPD", "DPL"), "异议不成立：{no}", reporter=True),),
    "clock.rang": (tell_of_rung, mark_no_show, resume_on_its_day),
    "check_in.score_contested": (tell("tell_supervisors", ("SUP",), "哨单评价申诉：{no}"),),
    "supervision.proposed": (tell("tell_supervisors", ("SUP", "XFL"), "督办提议：{no}", severity="warn"),),
    "invariant.broken": (tell("tell_supervisors", ("SUP", "AUD"), "责任规则校验发现异常", severity="alarm"),),
    "clock.audit_failed": (tell("tell_operators", ("ADM", "CEN"), "时限自检异常：有时限无人提醒", severity="alarm"),),
    "reaction.failed": (tell("tell_administrators", ("ADM",), "后台任务失败：后续动作未完成", severity="alarm"),),
}
"""Action → what follows, in order."""


def install() -> None:
    """Make things follow: whoever commits through ``http`` enqueues the reactions to what was written."""
    react.register(REACTIONS)
    if react.enqueue not in http.before_commit:
        http.before_commit.append(react.enqueue)
