"""The audit desk (审计): the journal for those who audit, page by page.

Never: change anything, or show the content of cases: facts stay out.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server.access import Actor
from server.http import API, Room
from server.journal.acts import plain
from server.journal.models import Entry, Seal
from server.pages import PageAsk, PageOut, page

room = Room("journal", __name__, url_prefix=API, description="审计")
SHOWN = ("at", "action", "move", "item_kind", "item_id", "item_no", "person_id", "role", "unit_code", "device_id")


class JournalAsk(PageAsk):
    """Filters; all given ones must hold."""

    action = ma.fields.String(load_default=None, validate=ma.validate.Length(max=60))
    person_id = ma.fields.UUID(load_default=None)
    item_id = ma.fields.UUID(load_default=None)
    since = ma.fields.AwareDateTime(load_default=None)
    until = ma.fields.AwareDateTime(load_default=None)


@room.get("/journal", may="audit.read", asks=JournalAsk, gives=PageOut, zh="审计日志")
def read_journal(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Return one page of the journal, newest first, without the facts of cases, each line with its seal."""
    query = sa.select(*(getattr(Entry, name) for name in SHOWN), Seal.n, Seal.hash).outerjoin(
        Seal, Seal.entry_id == Entry.id
    )
    given = {
        "action": Entry.action.__eq__,
        "person_id": Entry.person_id.__eq__,
        "item_id": Entry.item_id.__eq__,
        "since": Entry.at.__ge__,
        "until": Entry.at.__lt__,
    }
    query = query.where(*(compare(data[name]) for name, compare in given.items() if data[name]))
    rows, cursor = page(query, (Entry.id,), cursor=data["cursor"], limit=data["limit"])
    items = [dict(zip((*SHOWN, "seal", "hash", "entry"), row, strict=True)) for row in rows]
    shown = [plain(one | {"hash": one["hash"].hex() if one["hash"] else None}) for one in items]
    return {"items": shown, "next_cursor": cursor}
