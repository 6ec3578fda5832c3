"""Why a photo is not taken.

Job: one class per case.
Never: decide.
"""

from __future__ import annotations

from server.errors import Invalid


class OtherPhoto(Invalid):
    """The bytes do not have the SHA-256 they are named by; nothing was stored.
    收到的照片与其编号（SHA-256）不符，未保存，请重新上传。
    """


class TooLarge(Invalid):
    """The photo is larger than allowed.
    照片超过大小上限，请压缩后重试。
    """

    status = 413


class NotYours(Invalid):
    """This photo was not declared with the item, and you may not add one.
    该照片未随事项登记，您无权补充照片。
    """

    status = 403
