"""The guards of Whistle and CheckIn (spec 5.2, 5.3, 7).

Never: import flask or sqlalchemy, or change anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server import policy
from server.whistles import verdict

if TYPE_CHECKING:
    from server.flow import Case
    from server.policy.model import WhistleKind

PRESENT = frozenset({"checked_in", "working", "released", "excused", "evaluated"})
JUDGED = frozenset({"excused", "evaluated"})


def _kind(case: Case) -> WhistleKind:
    return policy.current().whistles[case.item.kind_code]


def this_post_may_blow_this_kind(case: Case) -> bool:
    """This kind of whistle is not blown by your post at this level.
    您的岗位不能吹该类哨（重点工作哨须镇街领导，综合执法哨须镇街）。
    """
    return case.hat.role in _kind(case).blowers.get(case.item.level, frozenset())


def it_is_an_emergency(case: Case) -> bool:
    """Only an emergency whistle skips the township's screening.
    只有应急处置哨可以不经镇街研判直接吹响。
    """
    return bool(case.item.kind_code == "EMERGENCY")


def departments_are_called(case: Case) -> bool:
    """Name at least one department, each once, that takes calls.
    至少选择一个可响应的部门，且不能重复。
    """
    codes = case.facts["departments"]
    units = policy.current().units
    return bool(codes) and len(codes) == len(set(codes)) and all(c in units and units[c].dispatchable for c in codes)


def the_linked_event_is_open(case: Case) -> bool:
    """A whistle needs a linked event that is open and in your scope.
    吹哨须关联一件尚未办结、且在您管辖范围内的事件。
    """
    return case.facts.get("linked_open") is True


def the_law_is_named(case: Case) -> bool:
    """An enforcement whistle names the law article.
    综合执法哨须写明法律依据条款。
    """
    return not _kind(case).needs_law_article or bool(case.item.law_article.strip())


def the_leader_blows(case: Case) -> bool:
    """A key-work whistle is blown by the township's leader.
    重点工作哨须由镇街领导吹响。
    """
    return not _kind(case).needs_leader or case.hat.role == "TWL"


def leader_of_this_grid(case: Case) -> bool:
    """Only people of this grid blow its whistle.
    只能为本人所在网格吹哨。
    """
    return case.item.grid_code in case.by.grids


def the_caller_cancels(case: Case) -> bool:
    """Only the calling unit may cancel.
    只有吹哨单位可以撤哨。
    """
    return case.by.person_id == case.item.created_by or case.item.caller_unit in case.by.units


def the_agreed_time_is_ahead(case: Case) -> bool:
    """The agreed time of arrival (meeting) is over; agree on another.
    约定到场（会议）时间已过，请重新约定。
    """
    agreed = case.facts.get("meet_at") or case.item.meet_at
    return agreed is None or bool(agreed > case.at)


def the_work_ends_later(case: Case) -> bool:
    """The date until which the departments work lies in the past.
    处置期限不能早于现在。
    """
    return bool(case.facts["due_at"] > case.at)


def nobody_arrived_yet(case: Case) -> bool:
    """A department has reported in already; the whistle can no longer be cancelled.
    已有部门报到，不能撤哨。
    """
    return not any(one.arrived_at for one in case.facts["check_ins"])


def all_arrived_or_absent_marked(case: Case) -> bool:
    """Required departments are missing; wait, or start without them and mark them absent.
    还有应到部门未报到；请等候，或选择“不等未到部门”并记为未报到。
    """
    missing = [one for one in case.facts["check_ins"] if one.required and one.state not in PRESENT | {"no_show"}]
    return not missing or case.facts.get("without_absent") is True


def not_called_before(case: Case) -> bool:
    """This department was called before.
    该部门已在被叫之列。
    """
    known = {one.unit_code for one in case.facts["check_ins"]}
    return not known & set(case.facts["departments"])


def every_task_done_or_handed_over(case: Case) -> bool:
    """A task is open: finish it or hand it to a named unit with a date (事不完、人不撤).
    尚有任务未完成：请办结，或明确承接单位和完成日期（事不完、人不撤）。
    """
    handed = {task["subtask_id"]: task["unit"] for task in case.facts.get("handed_over") or ()}
    units = policy.current().units
    is_known = handed.keys() <= {task.id for task in case.subtasks}
    return (
        is_known
        and all(units[code].takes_part for code in handed.values())
        and all(task.done_at or task.id in handed for task in case.subtasks)
    )


def every_department_evaluated(case: Case) -> bool:
    """Every called department must be evaluated before the whistle is closed.
    须对每个被叫部门作出评价后才能销哨。
    """
    named = {one["unit"] for one in case.facts.get("evaluations") or ()}
    return all(one.unit_code in named for one in case.facts["check_ins"] if one.state not in JUDGED)


def expected_time_is_ahead(case: Case) -> bool:
    """The expected time of arrival lies in the past.
    预计到场时间不能早于现在。
    """
    return bool(case.facts["expected_at"] >= case.at or case.facts["expected_at"] >= (case.captured_at or case.at))


def responder_belongs_to_the_unit(case: Case) -> bool:
    """The responder must fill a post in the called department.
    响应人须为被叫部门在岗人员。
    """
    return case.facts.get("responder_desk") is not None


def arrival_is_proven(case: Case) -> bool:
    """The arrival is not proven; see verdict: go nearer, get a better fix, or ask the caller for the code.
    未能确认到场：请靠近现场、等待定位更准，或向吹哨人索要报到码（定位须200米内、精度100米内，不接受模拟定位）。
    """
    return bool(case.facts.get("verdict") == verdict.OK)


def within_the_scale(case: Case) -> bool:
    """Scores lie between 0 and the maximum.
    评分超出范围。
    """
    most = policy.current().settings.whistles.score_max
    return all(0 <= case.facts[name] <= most for name in ("measures", "result"))
