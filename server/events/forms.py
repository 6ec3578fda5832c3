"""The bodies of reports and acts on events.

Job: shapes with Chinese labels; the phone and the console draw their forms from them.
Never: ask the database (that is what guards are for).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from server import policy
from server.flow.forms import SPOKEN, Act, CodeOf, Explained, Reasoned, ReasonOf, Spoken, words
from server.reading import Whole

CRS = ("wgs84", "cgcs2000", "gcj02", "bd09")
PHOTO_KINDS = ("before", "after", "scene", "check")
UNKNOWN_MAX = 4_000
"""Characters of fields this server does not know yet."""
_SHA256 = Whole(r"[0-9a-f]{64}", error="64位小写十六进制 (SHA-256)")


class PhotoRef(ma.Schema):
    """A photo named by the SHA-256 of its bytes; the bytes follow by their own PUT."""

    sha256 = ma.fields.String(required=True, validate=_SHA256)
    kind = ma.fields.String(load_default="before", validate=ma.validate.OneOf(PHOTO_KINDS))
    taken_at = ma.fields.AwareDateTime(load_default=None, allow_none=True)

    @ma.pre_load
    def _short(self, data: Any, **_: Any) -> Any:
        return {"sha256": data} if isinstance(data, str) else data


class VoiceRef(PhotoRef):
    """A voice note named by the SHA-256 of its bytes, which follow by their own PUT."""

    kind = ma.fields.String(load_default="voice", validate=ma.validate.OneOf(("voice",)))


def voices() -> ma.fields.List:
    """Return the field of voice notes that come with an act."""
    return _attached(VoiceRef, policy.current().settings.events.voices_max, "语音留言")


def photos() -> ma.fields.List:
    """Return the field of photos that come with an act."""
    return _attached(PhotoRef, policy.current().settings.events.photos_max, "照片")


def _attached(shape: type[ma.Schema], most: int, zh: str) -> ma.fields.List:
    few = ma.validate.Length(max=most)
    return ma.fields.List(ma.fields.Nested(shape), load_default=list, validate=few, metadata={"description": zh})


class PointIn(ma.Schema):
    """A point in a declared coordinate system; an undeclared one is never guessed (spec 14)."""

    lon = ma.fields.Float(required=True, validate=ma.validate.Range(-180, 180), metadata={"description": "经度"})
    lat = ma.fields.Float(required=True, validate=ma.validate.Range(-90, 90), metadata={"description": "纬度"})
    crs = ma.fields.String(required=True, validate=ma.validate.OneOf(CRS), metadata={"description": "坐标系"})
    accuracy_m = ma.fields.Float(
        load_default=None,
        allow_none=True,
        validate=ma.validate.Range(0, 100_000),
        metadata={"description": "精度（米）"},
    )


class DuplicateAsk(PointIn):
    """A report about to be sent: where, what, and since when it is seen (default: now)."""

    category = ma.fields.String(required=True, validate=CodeOf("categories"), metadata={"description": "事项小类"})
    text = words("情况描述", required=False)
    captured_at = ma.fields.AwareDateTime(load_default=None, allow_none=True)


class EventIn(Spoken, PointIn):
    """A report. Fields this server does not know yet are kept in ``extra``: what a worker saved is not lost.

    Spoken instead of written, it is called by its category.
    """

    spoken = "text"

    class Meta:
        unknown = ma.INCLUDE

    category = ma.fields.String(required=True, validate=CodeOf("categories"), metadata={"description": "事项小类"})
    text = words("情况描述")
    address = words("地址", required=False, max_length=200)
    captured_at = ma.fields.AwareDateTime(required=True, metadata={"description": "发现时间（设备时间，带时区）"})
    is_mock = ma.fields.Boolean(load_default=False)
    provider = words("定位方式", required=False, max_length=40)
    channel = words("渠道", required=False, max_length=20)
    grid_choice = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=32))
    recurrence_of = ma.fields.UUID(load_default=None, allow_none=True)
    voices = voices()
    photos = photos()

    def stand_in(self, data: Mapping[str, Any]) -> str:
        """Return what the matter is called."""
        leaf = policy.current().categories.get(str(data.get("category")))
        return leaf.zh if leaf else SPOKEN

    @ma.validates_schema(pass_original=False)
    def _few_unknown(self, data: dict[str, Any], **_: Any) -> None:
        unknown = {name: value for name, value in data.items() if name not in self.fields}
        if len(repr(unknown)) > UNKNOWN_MAX:
            raise ma.ValidationError("未知字段过多 (too much in unknown fields)")


class SelfHandle(Spoken, Act):
    """Handled in the grid."""

    spoken = "result_text"
    result_text = words("处置结果")
    voices = voices()
    photos = photos()


class File(Act):
    """File, with the place and the category confirmed or corrected."""

    category = ma.fields.String(load_default=None, allow_none=True, validate=CodeOf("categories"))
    urgency = ma.fields.String(load_default=None, allow_none=True, validate=CodeOf("urgencies"))
    point = ma.fields.Nested(PointIn, load_default=None, allow_none=True)
    recurrence_of = ma.fields.UUID(load_default=None, allow_none=True)
    note = words("备注", required=False)


class Reject(Explained):
    """Do not file."""

    reason_code = ma.fields.String(required=True, validate=ReasonOf("event.reject"))


class Merge(Act):
    """Merge into a main event."""

    means = (
        "并入后本事件即结束，不再单独办理；照片和上报时间都保留，主事件的结果会告知上报人。"
        "并案不能撤销，并错了须重新上报。"
    )

    parent_id = ma.fields.UUID(required=True, metadata={"description": "主事件"})


class Convert(Act):
    """Convert to another kind of item."""

    target_kind = ma.fields.String(required=True, validate=ma.validate.Length(max=40))
    target_id = ma.fields.UUID(required=True)


class UnitShare(ma.Schema):
    """A unit with its role and competence share."""

    unit = ma.fields.String(required=True, validate=ma.validate.Length(max=32))
    role = ma.fields.String(required=True, validate=ma.validate.OneOf(("lead", "co")))
    share_pct = ma.fields.Integer(required=True, validate=ma.validate.Range(0, 100))


class Dispatch(Act):
    """Dispatch; without units the dispatch directory's proposal is used."""

    units = ma.fields.List(ma.fields.Nested(UnitShare), load_default=None, validate=ma.validate.Length(1, 20))


class Accept(Act):
    """Accept and name the responsible person (default: oneself)."""

    person_id = ma.fields.UUID(load_default=None, allow_none=True)


class Suspend(Explained):
    """Suspend until a date, with an interim measure."""

    reason_code = ma.fields.String(required=True, validate=ReasonOf("event.suspend"))
    until = ma.fields.AwareDateTime(required=True, metadata={"description": "恢复日期"})
    interim_measure = words("临时措施")


class Extend(Reasoned):
    """Extend once, before due."""

    until = ma.fields.AwareDateTime(required=True, metadata={"description": "延期至"})


class Report(Spoken, Act):
    """Report the result."""

    spoken = "result_text"
    result_code = ma.fields.String(required=True, validate=ReasonOf("event.result"))
    result_text = words("处置结果")
    voices = voices()
    photos = photos()


class Verify(Spoken, Act):
    """Verify and close; a photo or a note is the evidence of the check."""

    spoken = "note"
    note = words("核查情况")
    voices = voices()
    onsite = ma.fields.Boolean(load_default=False, metadata={"description": "现场核查（已到现场查看）"})
    photos = photos()


class SendBack(Spoken, Reasoned):
    """Send back with reason and evidence."""

    spoken = "reason"
    voices = voices()
    photos = photos()


class Reroute(Act):
    """Leave the unit after an upheld objection; no client sends this."""

    new_units = ma.fields.List(ma.fields.Nested(UnitShare), required=True)
