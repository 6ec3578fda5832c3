"""Why a move is refused: each reason has a name, a code and a sentence.

Never: decide; ``walk`` raises them.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from server.errors import Conflict, Forbidden, Invalid, spoken


class IllegalMove(Conflict):
    """This act does not exist in the present state of the item.
    事项当前状态下不能进行该操作。
    """


class RevisionMoved(Conflict):
    """Somebody changed the item meanwhile; look at the new card and decide again.
    事项刚刚被他人更新，请查看最新情况后再操作。
    """


class RevisionMissing(Invalid):
    """Send the revision of the card you acted on (field revision or header If-Match).
    缺少版本号：请带上所见卡片的 revision。
    """


class NotYourMove(Forbidden):
    """Your post may see this item, but this act belongs to other posts; see roles.
    您可以查看该事项，但此操作由其他岗位办理。
    """


class ConflictOfInterest(Forbidden):
    """You declared a conflict of interest in this item; somebody else must act.
    您已申报回避该事项，请由他人办理。
    """


class CapturedInFuture(Invalid):
    """The act is said to have happened after it was received; check the device's clock.
    操作时间晚于接收时间，请检查设备时间。
    """


class GuardRefused(Conflict):
    """A rule of the district refuses this move.
    不符合办理规则。
    """

    def __init__(self, guard: Any, **facts: Any) -> None:
        self.guard = guard
        super().__init__(detail=spoken(guard.__doc__)[0], **facts)

    @property
    def code(self) -> str:
        """Return the name of the guard."""
        return str(self.guard.__name__)

    @property
    def title(self) -> str:
        """Return the sentence of the guard."""
        return spoken(self.guard.__doc__)[1]


class Anything(ma.Schema):
    """The form of an opening that no client walks."""
