"""Why a clock does not do what was asked.

Job: one class per reason, its docstring what the officer reads.
Never: decide when to refuse.
"""

from __future__ import annotations

from server.errors import Conflict, Invalid


class ClockNotRunning(Conflict):
    """This time limit is not running.
    该时限没有在计时，不能执行此操作。
    """


class ClockNeverPaused(Conflict):
    """This time limit must not be paused; a legal one can only be extended by law.
    该时限不得中止；法定期限只能依法延长。
    """


class ClockPausedAlready(Conflict):
    """This time limit is paused already.
    该时限已处于中止状态。
    """


class ClockOverdue(Conflict):
    """The time limit is over; what is overdue cannot be extended.
    时限已过，超时事项不能再延期。
    """


class PauseEndsBeforeItBegins(Invalid):
    """A pause needs an end date later than its beginning.
    中止须有晚于开始时间的截止日期。
    """


class ExtensionShortens(Invalid):
    """The new due time must be later than the present one.
    延期后的到期时间须晚于现到期时间。
    """


class DateDoesNotFit(Invalid):
    """This time limit takes no date, or the date lies before its beginning.
    该时限不能另行约定时间，或约定时间早于起算时间。
    """
