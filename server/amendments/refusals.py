"""Why an amendment is refused.

Never: decide.
"""

from __future__ import annotations

from server.errors import Conflict, Invalid, NotFound


class Unfit(Invalid):
    """The policy would not be fit for use with this; see findings.
    修改后政策文件有误，未保存；请按所列问题逐条改正。
    """


class NoDraft(NotFound):
    """There is no draft; begin one first.
    没有修订草稿，请先新建修订。
    """


class DraftChanged(Conflict):
    """Somebody changed the draft meanwhile; look at it again.
    草稿刚刚被他人修改，请查看最新内容后再操作。
    """


class NothingChanged(Conflict):
    """The draft says the same as the version before it.
    草稿与现行版本相同，没有可生效的修改。
    """


class BeginsTooEarly(Invalid):
    """A version begins on a day to come, within a year, and after every version adopted before; see earliest.
    生效日期须晚于今天和此前各版本的生效日期，且不超过一年。
    """


class HasBegun(Conflict):
    """This version has begun or was withdrawn before; what was in force stays on record.
    该版本已生效或已撤回，不能撤回。
    """


class NoticeKnown(Conflict):
    """The notice of this year is in force; what deadlines were computed by is not rewritten.
    该年放假安排已生效，已据此计算的时限不再改写。
    """


class NoticeUnreadable(Invalid):
    """The notice cannot be read; see findings.
    放假安排文件有误，请按所列问题改正后重新上传。
    """
