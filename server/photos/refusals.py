"""Why a photo is not taken or not shown.

Job: one class per case; the second line is the sentence the worker reads.
Never: decide.
"""

from __future__ import annotations

from server.errors import Conflict, Forbidden, Invalid, NotFound


class OtherPhoto(Invalid):
    """The bytes do not have the SHA-256 they are named by; nothing was stored.
    收到的照片与其编号（SHA-256）不符，未保存，请重新上传。
    """


class NotAPicture(Invalid):
    """This is not a JPEG, PNG, WebP or HEIC picture, or it is damaged; nothing was stored.
    不是可用的照片（仅收 JPEG、PNG、WebP、HEIC）或文件已损坏，未保存。
    """


class TooLarge(Invalid):
    """The photo has more bytes than allowed; send it smaller.
    照片文件过大，请压缩后重新上传。
    """

    status = 413


class TooManyPixels(Invalid):
    """The photo has more pixels than allowed; send it smaller.
    照片像素过高，请缩小后重新上传。
    """


class WrongRange(Invalid):
    """Content-Range must read ``bytes first-last/total`` and agree with what is sent.
    断点续传的 Content-Range 写法有误。
    """


class NotContinued(Conflict):
    """The bytes before these are missing; go on from offset.
    与已收到的部分不衔接，请从 offset 处继续上传。
    """


class NotDeclared(Forbidden):
    """This photo was not declared with the item, and you may not add one.
    该照片未随事项登记，您无权补充照片。
    """


class ItemFinished(Conflict):
    """The item is finished; photos that were not declared before cannot be added.
    事项已办结，不能再补充照片。
    """


class EnoughPhotos(Conflict):
    """The item has as many photos as allowed.
    该事项的照片已达上限。
    """


class StillAwaited(NotFound):
    """The photo is declared but its bytes have not arrived yet.
    照片已登记，尚未上传。
    """


class FileMissing(NotFound):
    """The photo was received, but its file is not in the store; whoever has it may send it again.
    照片文件缺失，请由持有原照片的人员重新上传。
    """


class Protected(Forbidden):
    """Photos of this kind of matter are not shown to readers of masked content.
    该类事项的照片受保护，您无权查看。
    """


class PurposeMissing(Invalid):
    """Opening an original needs a purpose; it is written down who opened it and why.
    查看原图须选择用途；查看人与用途将被记录。
    """


class MayNotOpen(Forbidden):
    """Your post does not allow opening the original.
    您的岗位无权查看原图。
    """
