"""Start clocks: one or five hundred at once, the same way.

Job: look up promise and ladder, compute the first moments, insert the rows and return the operations for the journal.
Never: commit, write a line, or know why an item's clock starts.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server import policy, rows
from server.clocks import acts, courses, ladders
from server.clocks.models import Clock, LadderSnapshot
from server.clocks.replay import RUNNING, Operations, iso
from server.clocks.rules import Course
from server.clocks.rungs import Schedule
from server.db import new_id
from server.policy import Limit


@dataclass(frozen=True, slots=True)
class Order:
    """A clock to start: of item ``kind``/``item_id``, counted from ``at``; ``keep`` leaves a running one alone."""

    kind: str
    item_id: uuid.UUID
    code: str
    at: datetime
    limit: Limit
    unit: str | None = None
    given: datetime | None = None
    keep: bool = False


def start(orders: Sequence[Order], *, fresh: bool = False) -> Operations:
    """Start the clocks of any number of items in one statement; one operation per clock started, in order.

    A clock of that name that still runs is kept (``keep``) or cancelled first; the items of ``fresh`` orders have none.
    KeyError for a code without promise, ValueError when a limit lacks the date it asks for.
    """
    wanted = [_row(order) for order in orders]
    rows.insert(
        LadderSnapshot, ladders.snapshots(policy.current().ladder(order.code) for order in orders), unless_there=()
    )
    if fresh:
        rows.insert(Clock, wanted)
        return [_told_start(row) for row in wanted]
    new = _insert(wanted)
    pairs = list(zip(orders, wanted, strict=True))
    taken = [(order, row) for order, row in pairs if row["id"] not in new and not order.keep]
    ops = [op for order, _ in taken for op in acts.cancel(order.item_id, (order.code,), at=order.at, unit=order.unit)]
    new |= _insert([row for _, row in taken])
    return ops + [_told_start(row) for row in wanted if row["id"] in new]


def _row(order: Order) -> dict[str, Any]:
    promise, ladder = policy.current().promises[order.code], policy.current().ladder(order.code)
    found = Schedule(Course(order.at, order.limit, order.given), ladder, courses.calendar())
    first = found.moment(0)
    return {
        "id": new_id(),
        "item_kind": order.kind,
        "item_id": order.item_id,
        "code": order.code,
        "unit_code": order.unit,
        "started_at": order.at,
        "limit": str(order.limit),
        "given": order.given,
        "source": promise.source,
        "ladder": ladders.digest(ladder),
        "statutory": promise.statutory,
        "pausable": promise.pausable,
        "breaches": ladders.is_duty(ladder),
        "due_at": found.due.at,
        "original_due_at": found.due.at,
        "provisional": found.due.provisional,
        "result": RUNNING,
        "rung": 0,
        "rings_at": first.at,
    }


def _insert(wanted: list[dict[str, Any]]) -> set[uuid.UUID]:
    """Insert the rows whose clock does not run yet and return their ids."""
    rows.insert(Clock, wanted, unless_there=())
    return {row.id for row in rows.returning("id")} if wanted else set()


def _told_start(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "op": "start",
        "item_kind": row["item_kind"],
        "item_id": str(row["item_id"]),
        "code": row["code"],
        "unit": row["unit_code"],
        "at": iso(row["started_at"]),
        "limit": row["limit"],
        "given": row["given"] and iso(row["given"]),
        "due": iso(row["due_at"]),
        "provisional": row["provisional"],
        "breaches": row["breaches"],
    }
