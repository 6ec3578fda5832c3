"""The guards of the Event machine: small named questions about one case (spec 5.1 and 6).

Job: say yes or no; the docstring is what the officer reads when the answer is no (English line, Chinese line).
Never: import flask or sqlalchemy, or change anything.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from server import policy

if TYPE_CHECKING:
    from server.flow import Case
    from server.policy import Limit
    from server.policy.model import Category

SHARE_MIN = 1


def _leaf(case: Case) -> Category:
    return policy.current().categories[case.item.category]


def leaf_allows_self_handling(case: Case) -> bool:
    """This kind of problem must go to a unit; the grid may not handle it itself.
    该类事项不属于网格可自行处置范围，请上报处理。
    """
    return _leaf(case).self_handle


def actor_belongs_to_the_grid(case: Case) -> bool:
    """Only a worker of this grid may handle it in the grid.
    只有本网格的网格员、网格长可以自行处置。
    """
    return case.item.grid_code in case.by.grids


def before_and_after_photos(case: Case) -> bool:
    """Handling in the grid needs a photo before and a photo after.
    自行处置须有处置前、处置后照片各一张。
    """
    return case.photos >= {"before", "after"}


def soon_enough_to_self_handle(case: Case) -> bool:
    """Too late to count as handled in the grid; let the township file it.
    超过自行处置时限，请由镇街立案处理。
    """
    minutes = policy.current().settings.events.self_handle_within.minutes() or 0
    return bool(case.at - case.item.created_at <= timedelta(minutes=minutes))


def place_is_known(case: Case) -> bool:
    """The point lies outside every grid; correct the location before filing.
    位置不在任何网格内，请先更正位置再立案。
    """
    place = case.facts.get("place") or case.item
    return place.grid_code is not None


def parent_is_open(case: Case) -> bool:
    """The main event is not open (closed, merged, void or absent); choose another one.
    主事件不存在或已结束、已并案，不能并入。
    """
    parent = case.facts.get("parent")
    return parent is not None and case.machine.state(parent.state).kind != "final"


def parent_is_another(case: Case) -> bool:
    """An event cannot be merged into itself or into one merged into it.
    不能并入自身，也不能循环并案。
    """
    parent = case.facts["parent"]
    return bool(parent.id != case.item.id and case.item.merged_count == 0)


def parent_is_of_the_same_group(case: Case) -> bool:
    """Only events of the same group of categories can be merged.
    只有同一大类的事件才能并案。
    """
    leaves = policy.current().categories
    return leaves[case.facts["parent"].category].group == _leaf(case).group


def parent_is_near(case: Case) -> bool:
    """The main event lies too far away to be the same problem.
    与主事件相距过远，不是同一处问题。
    """
    distance: float = case.facts["distance_m"]
    return distance <= policy.current().settings.events.duplicate_radius_m


def target_is_ready(case: Case) -> bool:
    """There is no register of that kind to convert into.
    尚未启用该类事项的办理，不能转办。
    """
    return case.facts.get("target_machine") is not None


def exactly_one_lead(case: Case) -> bool:
    """Name exactly one lead unit (R2).
    必须且只能有一个牵头单位（牵头抓总）。
    """
    return [unit["role"] for unit in case.facts["units"]].count("lead") == 1


def each_unit_once(case: Case) -> bool:
    """A unit is named twice.
    同一单位不能重复指派。
    """
    codes = [unit["unit"] for unit in case.facts["units"]]
    return len(codes) == len(set(codes))


def every_share_at_least_one(case: Case) -> bool:
    """Every unit needs a competence share of at least 1 % (R1).
    每个单位的职责占比须不低于1%（首接负责）。
    """
    return all(SHARE_MIN <= unit["share_pct"] <= 100 for unit in case.facts["units"])


def units_take_dispatches(case: Case) -> bool:
    """One of these units does not exist or takes no dispatches.
    所选单位不存在或不接受派遣。
    """
    units = policy.current().units
    return all(
        unit["unit"] == case.item.township_code or (unit["unit"] in units and units[unit["unit"]].dispatchable)
        for unit in case.facts["units"]
    )


def township_leads_only_its_duties(case: Case) -> bool:
    """This kind of matter is not on the township's duty list; it may not be dispatched to the grass roots (R11).
    该事项不在镇街职责清单内，不得派给镇街牵头（为基层减负）。
    """
    lead = next(unit["unit"] for unit in case.facts["units"] if unit["role"] == "lead")
    book = policy.at(case.item.created_at)
    return book.units[lead].kind != "township" or book.township_may_lead(case.item.category, lead)


def actor_of_the_lead_unit(case: Case) -> bool:
    """Only the lead unit accepts.
    只有牵头单位可以签收。
    """
    return case.lead is not None and case.lead.unit_code in case.by.units


def named_person_belongs_to_the_lead(case: Case) -> bool:
    """The responsible person must fill a post in the lead unit.
    经办人须为牵头单位在岗人员。
    """
    return case.facts.get("handler_desk") is not None


def urgency_may_wait(case: Case) -> bool:
    """Urgent matters (U1, U2) cannot be suspended.
    特急、紧急事项不得挂起。
    """
    return policy.current().urgencies[case.item.urgency].may_suspend


def suspended_until_soon(case: Case) -> bool:
    """The end of a suspension lies in the future, at most 30 days ahead.
    挂起须写明恢复日期，且最长不超过30日。
    """
    limit = policy.current().settings.events.suspend_max
    days = timedelta(minutes=limit.minutes() or 0)
    return bool(case.at < case.facts["until"] <= case.at + days)


def approver_leads_or_is_the_township(case: Case) -> bool:
    """The head of the lead unit or the township's leader approves; units that help do not (R2).
    由牵头单位负责人或镇街领导审批；协办单位不审批（牵头抓总）。
    """
    return "TWL" in case.by.roles or actor_of_the_lead_unit(case)


def approver_did_not_handle(case: Case) -> bool:
    """Whoever handles the event cannot approve this; another leader must.
    经办人不能审批自己的申请，请由其他负责人审批。
    """
    return case.by.person_id not in case.persons_who("start", "report_result")


def urgency_may_extend(case: Case) -> bool:
    """Matters of danger to life (U1) cannot be extended.
    特急事项不得延期。
    """
    return policy.current().urgencies[case.item.urgency].may_extend


def still_before_due(case: Case) -> bool:
    """The limit is over; an extension must be approved before it ends.
    已超过办理时限，不能再延期。
    """
    running = case.clock("HANDLE")
    return running is not None and case.at <= running.due_at


def extended_only_once(case: Case) -> bool:
    """It was extended before; only one extension is allowed.
    只能延期一次。
    """
    return case.count("EV-14") < policy.current().settings.events.extend_times


def extension_is_short(case: Case) -> bool:
    """The extension is longer than half of the limit.
    延期不得超过原时限的一半。
    """
    running = case.clock("HANDLE")
    if running is None:
        return False
    granted = running.original_due_at - running.started_at
    most = granted * (policy.current().settings.events.extend_max_pct / 100)
    return bool(running.original_due_at < case.facts["until"] <= running.original_due_at + most)


def recurrence_is_recent(case: Case) -> bool:
    """The event named as relapsed was not closed within the days before this one.
    所关联的原事件不存在，或不是在规定天数内结案的，不能作为复发关联。
    """
    return case.facts.get("recurrence_of") is None or case.facts.get("relapsed") is not None


def evidence_as_the_leaf_asks(case: Case) -> bool:
    """Photos required for this kind of matter are missing.
    缺少该类事项要求的照片（处置前/处置后）。
    """
    return case.photos >= _leaf(case).evidence


def mandatory_subtasks_done(case: Case) -> bool:
    """A co-unit has not finished a mandatory sub-task.
    协办单位的必办子任务尚未完成。
    """
    return all(task.done_at for task in case.subtasks if task.mandatory)


def checker_did_not_handle(case: Case) -> bool:
    """Whoever handled it, was named responsible, or approved the handling, cannot verify it (R7).
    处置人、经办人、审批人不能核查自己经办的事件。
    """
    did = {one.person_id for one in case.assignments} | case.persons_who(
        "start", "accept", "report_result", "suspend", "resume", "extend", "self_handle"
    )
    return case.by.person_id not in did


def checker_is_not_the_reporter(case: Case) -> bool:
    """The reporter cannot verify what he handled himself.
    上报人不能核查自己处置的事件。
    """
    return bool(case.by.person_id != case.item.created_by)


def second_person_confirms(case: Case) -> bool:
    """Another officer of the dispatch centre must have asked for this first.
    作废须先由另一名调度员提出申请，再由您确认。
    """
    return bool(case.askers("event.void_asked") - {case.by.person_id})


def half_of_the_leaf_limit(case: Case) -> Limit:
    """Return the limit of a rework: half of the leaf's (EV-17)."""
    return _leaf(case).limit.half()


def photos_as_the_policy_asks(case: Case) -> bool:
    """This kind of matter needs a photo taken before anything is done.
    该类事项上报须附现场照片。
    """
    strict = policy.current().settings.events.report_photo == "refuse"
    declared = {photo["kind"] for photo in case.facts.get("photos") or ()}
    return not strict or not (_leaf(case).evidence - {"after"}) or bool(declared)
