"""The shapes of requests for attachments (photos, voice notes) and of the answers.

Never: ask the database.
"""

from __future__ import annotations

import marshmallow as ma

from server import policy
from server.photos.media import PHOTO, VOICE
from server.photos.models import ROLES
from server.photos.store import ORIGINAL

PURPOSES = "sealed.open"
WORDS_MAX = 2000


def _a_purpose(value: str) -> None:
    known = policy.current().reasons[PURPOSES]
    if value not in known:
        raise ma.ValidationError(f"请选择用途 (choose one of): {', '.join(known)}")


class SendAsk(ma.Schema):
    """What a photo is that was not declared with the item before; ignored for declared ones."""

    kind = ma.fields.String(load_default="scene", validate=ma.validate.OneOf(ROLES))
    taken_at = ma.fields.AwareDateTime(load_default=None)


class VoiceSendAsk(SendAsk):
    """When a voice note was spoken that was not declared with the item before."""

    kind = ma.fields.String(load_default=VOICE.roles[0], validate=ma.validate.OneOf(VOICE.roles))


class OpenAsk(ma.Schema):
    """Why a sealed thing is opened (spec 13.2)."""

    purpose = ma.fields.String(required=True, validate=_a_purpose, metadata={"description": "用途"})


class PhotoAsk(ma.Schema):
    """Which size; ``purpose`` is needed for the original."""

    size = ma.fields.String(load_default=PHOTO.copies[0], validate=ma.validate.OneOf((*PHOTO.copies, ORIGINAL)))
    purpose = ma.fields.String(load_default=None, validate=_a_purpose, metadata={"description": "用途（查看原件必填）"})


class VoiceAsk(PhotoAsk):
    """The copy for listening, or the original, which needs a ``purpose``."""

    size = ma.fields.String(load_default=VOICE.copies[0], validate=ma.validate.OneOf((*VOICE.copies, ORIGINAL)))


class PhotoOut(ma.Schema):
    """What is known of an attachment: ``width``, ``height``, ``flags`` of photos, ``seconds`` of voices.

    ``offset`` only while more bytes are awaited.
    """

    class Meta:
        unknown = ma.INCLUDE

    sha256 = ma.fields.String(required=True)
    received = ma.fields.Boolean(required=True)
    kind = ma.fields.String()
    offset = ma.fields.Integer()
    taken_at = ma.fields.DateTime(allow_none=True)
    received_at = ma.fields.DateTime(allow_none=True)
    mime = ma.fields.String(allow_none=True)
    size = ma.fields.Integer(allow_none=True)
    width = ma.fields.Integer(allow_none=True)
    height = ma.fields.Integer(allow_none=True)
    seconds = ma.fields.Float(allow_none=True)
    flags = ma.fields.List(ma.fields.String())


class UploadOut(ma.Schema):
    """How far an upload has come."""

    sha256 = ma.fields.String(required=True)
    declared = ma.fields.Boolean(required=True)
    received = ma.fields.Boolean(required=True)
    offset = ma.fields.Integer(required=True)


class FactsOut(ma.Schema):
    """What the file itself says: time, and place as [lon, lat] in WGS-84; null where it is silent."""

    taken_at = ma.fields.String(required=True, allow_none=True)
    place = ma.fields.List(ma.fields.Float(), required=True, allow_none=True)


def _not_blank(value: str) -> None:
    if "\x00" in value or not value.strip():
        raise ma.ValidationError("请填写内容 (must not be blank)")


class WordsIn(ma.Schema):
    """What a voice note says."""

    means = "请照原话记下，听不清的写“听不清”。所记内容与录音一并保留，并注明记录的单位和岗位。"
    text = ma.fields.String(
        required=True,
        validate=[ma.validate.Length(1, WORDS_MAX), _not_blank],
        metadata={"description": "语音内容"},
    )


class WordsOut(ma.Schema):
    """The words as they were written down."""

    id = ma.fields.UUID(required=True)
    text = ma.fields.String(required=True)
