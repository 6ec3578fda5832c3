"""Why the grid map refuses a change: each reason has a name, a code and a sentence.

Never: decide; the acts raise them.
"""

from __future__ import annotations

from server.errors import Conflict, Invalid, NotFound


class UnknownEdition(NotFound):
    """There is no such grid edition.
    没有这个网格版本。
    """


class UnknownGrid(NotFound):
    """There is no such grid in this edition, or it lies outside your scope.
    该版本中没有这个网格，或不在您的管辖范围内。
    """


class NoEditionInForce(Conflict):
    """No grid edition is in force at that moment: import and publish one.
    当时没有启用中的网格版本，请先导入并启用。
    """


class NameTaken(Conflict):
    """A grid edition of this name exists already; choose another name.
    已有同名的网格版本，请另取名称。
    """


class AlreadyPublished(Conflict):
    """This edition is published; a published edition is never changed or dropped.
    该版本已启用；启用的版本不能更改、也不能删除。
    """


class AlreadyBegun(Conflict):
    """Only an edition that was published for a later moment and has not begun can be withdrawn.
    只有已定时启用、尚未生效的版本可以撤回。
    """


class NotAfterTheLast(Conflict):
    """A new edition begins at least a minute from now and after the last one published: the past is not redrawn.
    新版本须至少在一分钟之后、且晚于最近一个版本生效：既往归属不得改写。
    """


class CodesReused(Conflict):
    """Codes of former grids are used again for another place; see codes.
    有网格编码被重新用于别处（编码不得重复使用），见 codes。
    """


class SurveyRefused(Invalid):
    """The grids cannot be imported; nothing was stored; see findings.
    网格数据有错误，未导入任何内容，详见 findings。
    """


class TooManyOutlines(Invalid):
    """Too many outlines for one answer; name a township.
    网格数量过多，请用 township 指定镇街。
    """


class UnknownPerson(Invalid):
    """There is no active member of staff of this user name.
    没有这个用户名的在用工作人员。
    """
