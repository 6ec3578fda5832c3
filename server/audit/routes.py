"""The ways in to the audit desk.

Never: change anything but the memory that somebody audited.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from server.access import Actor
from server.audit import checks, desk
from server.http import API, Room
from server.journal import plain
from server.pages import PageAsk, PageOut

MAY = "audit.read"
room = Room("audit", __name__, url_prefix=API, description="审计")
WORD = ma.validate.Length(1, 60)


class LinesAsk(PageAsk):
    """Filters of the journal; all given ones must hold. ``words`` finds who searched for exactly these words."""

    topic = ma.fields.String(load_default=None, validate=ma.validate.OneOf(list(desk.TOPICS)))
    who = ma.fields.String(load_default=None, validate=WORD)
    words = ma.fields.String(load_default=None, validate=WORD)
    action = ma.fields.String(load_default=None, validate=WORD)
    unit = ma.fields.String(load_default=None, validate=WORD)
    item_no = ma.fields.String(load_default=None, validate=WORD)
    since = ma.fields.AwareDateTime(load_default=None)
    until = ma.fields.AwareDateTime(load_default=None)


class Noted(ma.Schema):
    """That it was noted."""

    noted = ma.fields.Boolean(required=True)


class ChecksOut(ma.Schema):
    """The end of the chain and the last checks."""

    last = ma.fields.Dict(required=True, allow_none=True)
    waiting = ma.fields.Boolean(required=True)
    turn_at = ma.fields.DateTime(required=True, allow_none=True)
    checks = ma.fields.List(ma.fields.Dict(), required=True)


@room.get("/audit/lines", may=MAY, asks=LinesAsk, gives=PageOut, zh="审计台")
def read_lines(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of the journal with names, newest first, without the content of cases."""
    return desk.lines(data)


@room.get("/audit/journal", may=MAY, gives=ChecksOut, zh="日志校验结果")
def show_journal(by: Actor) -> dict[str, Any]:
    """Return the end of the chain and the last checks."""
    return dict(plain(checks.state() | {"checks": checks.listed()}))


@room.post("/audit/checks", may=MAY, gives=Noted, status=201, also=(409,), zh="校验日志")
def check_journal(by: Actor) -> dict[str, Any]:
    """Have the whole chain verified by the worker."""
    checks.ask(by)
    return {"noted": True}
