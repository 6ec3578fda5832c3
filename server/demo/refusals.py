"""Why the synthetic city is not loaded.

Never: decide.
"""

from __future__ import annotations

from server.errors import Conflict, Invalid


class DatabaseInUse(Conflict):
    """This database holds people already; the synthetic city is only loaded into an empty one.
    数据库中已有人员，演示城市只能载入空库。
    """


class NotTheSyntheticCity(Conflict):
    """Load the synthetic city first: gridwhistle demo load.
    请先载入演示城市：gridwhistle demo load。
    """


class YearNotOver(Invalid):
    """The year must be over, with January of the next one, and its working calendar known.
    该年度（含次年一月）尚未结束，或没有该年度的工作日历。
    """


class YearTaken(Conflict):
    """There are synthetic events of this year that do not belong to this plan: another seed, or the last thirty days.
    该年度已有其他合成事件（种子不同，或属于近三十天），不能再补写。
    """


class StoryRefused(Conflict):
    """A story asks for an act that the rules refuse: story and rules do not go together any more.
    合成数据的情节不符合现行办理规则。
    """
