"""The guards of an objection (spec 5.16, 6: the 1 % rule).

Never: import flask or sqlalchemy, or change anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.flow import Case

NOTHING = 0


def one_percent_keeps_it(case: Case) -> bool:
    """A unit with a share of 1 % or more may ask to change the lead, never to leave (R1).
    职责占比1%及以上的单位不得退出，只可申请调整牵头单位（首接负责）。
    """
    return bool(case.item.aim != "leave" or case.item.claimed_share_pct == NOTHING)


def share_is_proven_nothing(case: Case) -> bool:
    """An objection is upheld only when the share is proven to be 0 %.
    只有职责占比经认定为0%，异议才能成立。
    """
    return bool(case.facts["share_pct"] == NOTHING)


def share_is_at_least_one(case: Case) -> bool:
    """With a share of 0 % the objection must be upheld, not dismissed.
    职责占比为0%的，应认定异议成立。
    """
    return bool(case.facts["share_pct"] > NOTHING)


def arbiter_stands_apart(case: Case) -> bool:
    """Whoever decides must not belong to either unit.
    裁定人不得属于任一方单位。
    """
    named = {unit["unit"] for unit in case.facts.get("units") or ()}
    return not (named | {case.item.unit_code, case.facts.get("new_lead")}) & set(case.by.units)


def item_can_still_leave(case: Case) -> bool:
    """The item cannot leave this unit now: a call must be responded to first, and what is done or over stays.
    事项目前不能改派：报到须先响应；已处置完成、已结束或已改派的不能再改派。
    """
    way = case.facts["way_out"]
    return way is not None and bool(way.may_leave)


def another_lead_is_named(case: Case) -> bool:
    """Name the new lead unit with the decision; it cannot be the same one.
    裁定成立须同时明确新的牵头单位，且不得为原单位。
    """
    held, units = case.facts["way_out"].held, case.facts.get("units") or ()
    if held is None or held.role != "lead":
        return True
    leads = [unit["unit"] for unit in units if unit["role"] == "lead"]
    return len(leads) == 1 and case.item.unit_code not in {unit["unit"] for unit in units}


def the_lead_can_still_change(case: Case) -> bool:
    """The lead cannot change now: this is a call, or what is done or over stays with its lead.
    事项目前不能变更牵头单位：报到无牵头单位；已处置完成、已结束或已改派的不能再变更。
    """
    way = case.facts["way_out"]
    return not case.facts.get("new_lead") or (way is not None and bool(way.may_change_lead))


def another_unit_takes_the_lead(case: Case) -> bool:
    """This unit leads already.
    该单位已是牵头单位。
    """
    new_lead = case.facts.get("new_lead")
    return not new_lead or bool(case.facts["way_out"].lead.unit_code != new_lead)


def only_time_says_late(case: Case) -> bool:
    """It was filed within the statutory period.
    异议在法定期限内提出，不能按逾期处理。
    """
    return case.facts.get("is_late") is True
