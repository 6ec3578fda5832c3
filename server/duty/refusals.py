"""Why a shift or a position is refused.

Job: one class per case; the second line is the sentence the worker reads.
Never: name another person.
"""

from __future__ import annotations

from server.errors import Conflict, Forbidden, Invalid


class NotOnDuty(Conflict):
    """You were not on duty at that time; nothing was kept.
    当时不在岗，位置未予记录。
    """


class NoGrid(Forbidden):
    """Only who stands in a grid goes on duty.
    仅网格岗位人员需要上岗签到。
    """


class ShiftMoment(Invalid):
    """This moment cannot begin or end a shift: it lies ahead, too far back, or inside another shift.
    上岗或下岗时间无效：晚于当前时间、过早，或与其他在岗时段重叠。
    """
