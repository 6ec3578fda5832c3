"""What of a line may leave the house by itself: which item, what happened to it, when.

Job: the one shape that the live stream and webhooks send; the receiver asks the API for more, with its own rights.
Never: carry content, facts or a person.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.journal import Entry, Seal

OUTLINE: tuple[Any, ...] = (
    Seal.n, Entry.at, Entry.action, Entry.item_kind, Entry.item_id, Entry.item_no, Entry.state_to, Entry.revision,
    Entry.audience,
)  # fmt: skip


def sealed() -> sa.Select[Any]:
    """Return the select of sealed lines in outline, in the order of the chain."""
    return sa.select(*OUTLINE).join(Entry, Entry.id == Seal.entry_id).order_by(Seal.n)


def outline(row: Any) -> dict[str, Any]:
    """Return a row of ``sealed`` as it is sent."""
    return {
        "kind": row.item_kind,
        "id": str(row.item_id) if row.item_id else None,
        "no": row.item_no,
        "act": row.action.rpartition(".")[2],
        "state": row.state_to,
        "revision": row.revision,
        "at": row.at.isoformat(),
    }
