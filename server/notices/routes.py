"""The ways in to notices: the inbox of the person who asks.

Job: shapes; one line to the act.
Never: show another person's notices.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

import marshmallow as ma

from server.access import Actor
from server.http import API, SIGNED_IN, Room
from server.notices import acts, aside, inbox
from server.pages import LIMIT, LIMIT_MAX

room = Room("notices", __name__, url_prefix=API, description="通知")


class InboxAsk(ma.Schema):
    """From where and how much: ``cursor`` is that of the last answer; none: from the beginning."""

    cursor = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, 2**62))
    limit = ma.fields.Integer(load_default=LIMIT, validate=ma.validate.Range(1, LIMIT_MAX))


class InboxItem(ma.Schema):
    """One notice; ``bundle`` holds the single ones when several are told together."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    severity = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    body = ma.fields.String(required=True)
    item = ma.fields.Dict(required=True, allow_none=True)
    created_at = ma.fields.DateTime(required=True)
    read_at = ma.fields.DateTime(required=True, allow_none=True)
    bundle = ma.fields.List(ma.fields.Dict(), required=True)


class InboxOut(ma.Schema):
    """New notices, oldest first; ``unread`` counts up to 100."""

    items = ma.fields.List(ma.fields.Nested(InboxItem), required=True)
    cursor = ma.fields.String(required=True)
    more = ma.fields.Boolean(required=True)
    unread = ma.fields.Integer(required=True)


class ReadIn(ma.Schema):
    """Which notices were read."""

    class Meta:
        unknown = ma.RAISE

    ids = ma.fields.List(ma.fields.UUID(), required=True, validate=ma.validate.Length(1, LIMIT_MAX))


class ReadOut(ma.Schema):
    """How many were unread before."""

    read = ma.fields.Integer(required=True)


class AsideIn(ma.Schema):
    """Which alarm was put aside, why, and when the person did so."""

    class Meta:
        unknown = ma.RAISE

    id = ma.fields.UUID(required=True)
    reason_code = ma.fields.String(
        required=True, metadata={"description": "放一放的原因（词表 alarm.answered、alarm.later）"}
    )
    captured_at = ma.fields.AwareDateTime(required=True, default_timezone=UTC, metadata={"description": "按下的时刻"})

    @ma.validates("reason_code")
    def is_known(self, value: str, **_: Any) -> None:
        """Want a reason of the lists."""
        if value not in aside.reasons():
            raise ma.ValidationError(f"请从列表中选择 (choose one of): {', '.join(aside.reasons())}")


class AsideOut(ma.Schema):
    """Whether the alarm counts as read now."""

    read = ma.fields.Boolean(required=True)


@room.get("/inbox", may=SIGNED_IN, asks=InboxAsk, gives=InboxOut, zh="消息")
def inbox_after(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return the notices behind ``cursor``, oldest first; ask again with the cursor of the answer."""
    return inbox.page(by.person_id, data["cursor"], data["limit"])


@room.post("/inbox/read", may=SIGNED_IN, takes=ReadIn, gives=ReadOut, zh="标为已读")
def mark_read(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Mark notices of the asking person as read; ids of others are ignored."""
    return {"read": acts.read(by.person_id, data["ids"])}


@room.post("/inbox/aside", may=SIGNED_IN, takes=AsideIn, gives=AsideOut, once=True, zh="警报放一放")
def put_aside(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Note why an alarm was put aside; those concerned see it on the item."""
    return {"read": aside.put_aside(data["id"], data["reason_code"], data["captured_at"], by=by)}
