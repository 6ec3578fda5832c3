"""Why an attachment (a photo, a voice note) is not taken or not shown.

Job: one class per case; the second line is the sentence the worker reads.
Never: decide.
"""

from __future__ import annotations

from server.errors import Conflict, Forbidden, Invalid, NotFound


class OtherPhoto(Invalid):
    """The bytes do not have the SHA-256 they are named by; nothing was stored.
    收到的文件与其编号（SHA-256）不符，未保存，请重新上传。
    """


class NotAPicture(Invalid):
    """This is not a JPEG, PNG, WebP or HEIC picture, or it is damaged; nothing was stored.
    不是可用的照片（仅收 JPEG、PNG、WebP、HEIC）或文件已损坏，未保存。
    """


class NotASound(Invalid):
    """This is no recording of a phone (AAC in MP4), or it is damaged; nothing was stored.
    不是可用的语音（仅收手机录制的 AAC/M4A 录音）或文件已损坏，未保存。
    """


class TooLong(Invalid):
    """The voice note is longer than allowed; say it in several.
    语音超过时长上限，未保存，请分段录制。
    """


class OtherKind(Invalid):
    """This attachment was declared as another kind (photo, voice note).
    该附件登记的类型（照片、语音）与上传的不一致。
    """


class TooLarge(Invalid):
    """The file has more bytes than allowed; send it smaller.
    文件过大，请压缩后重新上传。
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
    """This attachment was not declared with the item, and you may not add one.
    该附件（照片、语音）未随事项登记，您无权补充。
    """


class ItemFinished(Conflict):
    """The item is finished; attachments that were not declared before cannot be added.
    事项已办结，不能再补充照片或语音。
    """


class EnoughPhotos(Conflict):
    """The item has as many of these as allowed.
    该事项的照片（语音）已达上限。
    """


class StillAwaited(NotFound):
    """It is declared but its bytes have not arrived yet.
    附件已登记，尚未上传。
    """


class FileMissing(NotFound):
    """It was received, but its file is not in the store; whoever has it may send it again.
    附件文件缺失，请由持有原件的人员重新上传。
    """


class Protected(Forbidden):
    """Attachments of this kind of matter are not shown to readers of masked content.
    该类事项的照片、语音受保护，您无权查看。
    """


class PurposeMissing(Invalid):
    """Opening an original needs a purpose; it is written down who opened it and why.
    查看原件须选择用途；查看人与用途将被记录。
    """


class MayNotOpen(Forbidden):
    """Your post does not allow opening the original.
    您的岗位无权查看原件。
    """
