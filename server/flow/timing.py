"""The clocks of an arrow: from the table's words to orders for ``clocks``.

Job: look up the promise of each clock an arrow starts, in the circumstances of the item; carry out stops
and pauses.
Never: compute a due moment.
"""

from __future__ import annotations

from collections.abc import Sequence

from server import clocks, policy
from server.flow.case import Case
from server.flow.moves import ALL, Start


def apply(case: Case, *, final: bool) -> None:
    """Stop, cancel, resume, start and pause what the arrow of ``case`` says; the operations go into its line."""
    arrow, item, ops = case.move, case.item, case.clock_ops
    stops, done_at = None if ALL in arrow.stops else arrow.stops, case.true_at or case.at
    if final:
        ops += clocks.finish(item.id, stops, at=case.at, done_at=done_at, but=arrow.leaves_running)
    elif arrow.stops:
        ops += clocks.stop(item.id, stops, at=done_at)
    for code in arrow.resumes:
        ops += clocks.resume(item.id, code, at=case.at)
    if arrow.starts:
        ops += clocks.start([order for start in arrow.starts for order in orders(case, start)])
    for code in arrow.pauses:
        facts = case.facts
        approver = case.by.person_id
        ops += clocks.pause(item.id, code, at=case.at, until=facts["until"], reason=facts["reason"], approver=approver)


def start_all(cases: Sequence[Case]) -> None:
    """Start the clocks of many fresh items in one statement."""
    by_item = {str(case.item.id): case for case in cases}
    ordered = [order for case in cases for start in fresh(case) for order in orders(case, start)]
    for op in clocks.start(ordered, fresh=True):
        by_item[op["item_id"]].clock_ops.append(op)


def fresh(case: Case) -> tuple[Start, ...]:
    """Return the clocks a fresh item starts with: those of its kind and those of its first arrow."""
    return (*case.machine.on_create, *case.move.starts)


def orders(case: Case, start: Start) -> list[clocks.Order]:
    """Return one order per unit concerned (None: the item as a whole)."""
    limit = start.limit(case) if start.limit else promised(case, start.code)
    given = start.given(case) if start.given else None
    units = start.units(case) if start.units else (None,)
    kind, item = case.machine.kind, case.item
    return [clocks.Order(kind, item.id, start.code, case.at, limit, unit, given, start.keep) for unit in units]


def promised(case: Case, code: str) -> policy.Limit:
    """Return the limit promised for ``code`` in the circumstances of the item."""
    return policy.current().limit(code, **case.machine.clock_facts(case.item))
