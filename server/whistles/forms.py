"""The bodies of whistles and check-ins.

Never: ask the database.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from server.events.forms import CRS, photos, voices
from server.flow.forms import Act, CodeOf, Explained, Reasoned, ReasonOf, Spoken, words


def departments() -> ma.fields.List:
    """Return the field of the departments to call."""
    one = ma.fields.String(validate=ma.validate.Length(1, 32))
    return ma.fields.List(one, required=True, validate=ma.validate.Length(1, 20), metadata={"description": "被叫部门"})


def moment(description: str, *, required: bool = False) -> ma.fields.AwareDateTime:
    """Return a field for a moment with its zone."""
    extra: dict[str, Any] = {"required": True} if required else {"load_default": None, "allow_none": True}
    return ma.fields.AwareDateTime(metadata={"description": description}, **extra)


class WhistleIn(ma.Schema):
    """A whistle: kind, departments, and why the township cannot solve it alone."""

    kind = ma.fields.String(required=True, validate=CodeOf("whistles"), metadata={"description": "哨种"})
    event_id = ma.fields.UUID(required=True, metadata={"description": "关联事件"})
    departments = departments()
    why = ma.fields.String(load_default="several_units", validate=ReasonOf("whistle.why"))
    reason = words("镇街（网格）无法单独解决的理由")
    law_article = words("法律依据条款", required=False, max_length=300)
    ongoing = ma.fields.Boolean(load_default=False, metadata={"description": "违法行为正在进行"})
    meet_at = moment("约定到场（会议）时间")
    captured_at = moment("吹哨时刻（离线）")


class Confirm(Act):
    """Confirm a grid whistle; departments, law article and agreed time may be corrected."""

    departments = departments()
    law_article = words("法律依据条款", required=False, max_length=300)
    meet_at = moment("约定到场（会议）时间")


class Settle(Spoken, Act):
    """Settle locally, with result and evidence."""

    spoken = "result_text"
    result_text = words("处理结果")
    voices = voices()
    photos = photos()


class Cancel(Explained):
    """Cancel."""

    reason_code = ma.fields.String(required=True, validate=ReasonOf("whistle.cancel"))


class Begin(Act):
    """Start the joint handling until a date the caller sets."""

    due_at = moment("处置期限", required=True)
    without_absent = ma.fields.Boolean(load_default=False, metadata={"description": "不等未到部门，记为未报到"})


class AddDepartments(Reasoned):
    """Call one more department."""

    departments = departments()


class HandedOver(ma.Schema):
    """An open task handed to a named unit with a date."""

    subtask_id = ma.fields.UUID(required=True)
    unit = ma.fields.String(required=True, validate=CodeOf("units"))
    due_at = moment("完成日期", required=True)


class Resolve(Spoken, Act):
    """Resolved: every task done or handed to a named unit with a date."""

    spoken = "result_text"
    result_text = words("处置结果")
    voices = voices()
    handed_over = ma.fields.List(ma.fields.Nested(HandedOver), load_default=list, validate=ma.validate.Length(max=20))
    photos = photos()


def score() -> ma.fields.Integer:
    """Return a score field."""
    return ma.fields.Integer(required=True, validate=ma.validate.Range(0, 100))


class Judged(ma.Schema):
    """The caller's judgement of one department."""

    unit = ma.fields.String(required=True)
    measures = score()
    result = score()
    note = words("评价说明")


class Close(Act):
    """Evaluate every department and close."""

    evaluations = ma.fields.List(ma.fields.Nested(Judged), load_default=list, validate=ma.validate.Length(max=30))


class Reopen(Explained):
    """Not accepted: the departments go on until a new date."""

    reason_code = ma.fields.String(load_default="not_done", validate=ReasonOf("whistle.reject"))
    due_at = moment("处置期限", required=True)


class Respond(Act):
    """Respond: who comes, and when."""

    person_id = ma.fields.UUID(load_default=None, allow_none=True, metadata={"description": "带队人员"})
    expected_at = moment("预计到场时间", required=True)
    note = words("说明", required=False)


class CheckInAt(Act):
    """Report in by position, by the caller's code, or at the meeting; offline with a signature."""

    method = ma.fields.String(required=True, validate=ma.validate.OneOf(("position", "code", "meeting")))
    lon = ma.fields.Float(load_default=None, allow_none=True, validate=ma.validate.Range(-180, 180))
    lat = ma.fields.Float(load_default=None, allow_none=True, validate=ma.validate.Range(-90, 90))
    crs = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.OneOf(CRS))
    accuracy_m = ma.fields.Float(load_default=None, allow_none=True, validate=ma.validate.Range(0, 100_000))
    is_mock = ma.fields.Boolean(load_default=False)
    code = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=12))
    signature = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=200))
    signed_text = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.Length(max=400))
    photos = photos()

    @ma.validates_schema
    def _complete(self, data: dict[str, Any], **_: Any) -> None:
        needed = {"position": ("lon", "lat", "crs"), "code": ("code",), "meeting": ("code",)}[data["method"]]
        missing = {name: ["必填 (required for this method)"] for name in needed if data.get(name) is None}
        if missing:
            raise ma.ValidationError(missing)


class Release(Act):
    """Let a department go, with its result."""

    result_text = words("部门工作结果")


class Evaluate(Act):
    """Evaluate one department."""

    measures = score()
    result = score()
    note = words("评价说明")


class Excuse(Act):
    """Excused after an upheld objection; no client sends this."""


class Silence(Act):
    """Nobody came; only time says this."""
