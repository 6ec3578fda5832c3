"""Bring items into being: one or five hundred at once, the same way.

Job: walk the arrow out of the initial state for fresh items (or open them in it), with custody, clocks and a line each,
in a handful of statements whatever their number.
Never: commit, or know a kind of item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server import access, rows
from server.access import Actor
from server.db import new_id
from server.flow import refusals, timing
from server.flow.case import Case
from server.flow.models import Custody
from server.flow.moves import Machine, Move
from server.flow.walk import ask, holder_of, record
from server.people import desks

OPEN = "open"


@dataclass(slots=True)
class Draft:
    """A fresh item, who made it and what came with it; ``item.created_at`` is the moment of receipt."""

    item: Any
    by: Actor
    facts: dict[str, Any] = field(default_factory=dict)
    captured_at: datetime | None = None


def create(machine: Machine, drafts: Sequence[Draft], *, act: str) -> list[Case]:
    """Walk the arrow ``act`` out of the initial state for each draft; refuses the whole list at the first refusal.

    Raises:
        NotYourMove, GuardRefused.
    """
    cases = [_case(machine, draft, act) for draft in drafts]
    for case in cases:
        ask(case)
    _store(machine, cases)
    for case in cases:
        for effect in case.move.then:
            effect(case)
    timing.start_all(cases)
    for case in cases:
        record(case, case.move.source)
    return cases


def _case(machine: Machine, draft: Draft, act: str) -> Case:
    item, by = draft.item, draft.by
    source = next(state.code for state in machine.states if state.kind == "initial")
    arrow = machine.arrow(act, source) or Move(OPEN, OPEN, source, source, "建立", "open", (), (), refusals.Anything)
    hat = by.hats[0] if by is access.SYSTEM or not arrow.roles else by.hat_as(arrow.roles)
    if hat is None:
        raise refusals.NotYourMove(roles=list(arrow.roles))
    item.state, item.revision, item.moved_at, item.created_by = arrow.target, 1, item.created_at, by.person_id
    return Case(machine, arrow, item, by, hat, item.created_at, draft.facts, draft.captured_at)


def _store(machine: Machine, cases: Sequence[Case]) -> None:
    held = _held(machine, cases)
    rows.store([case.item for case in cases])
    rows.insert(Custody, held)


def _held(machine: Machine, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the first interval of custody of each fresh item that has a holder."""
    wanted = {case.item.id: machine.desk(case.item) for case in cases if machine.desk}
    found = desks.desks(pair for pair in wanted.values() if isinstance(pair, tuple))
    held = []
    for case in cases:
        pair = wanted.get(case.item.id)
        holder = case.move.hands_to(case) if case.move.hands_to else None
        holder = holder or (holder_of(found[pair]) if isinstance(pair, tuple) else None)
        if holder is not None:
            held.append(
                {
                    "id": new_id(),
                    "item_kind": machine.kind,
                    "item_id": case.item.id,
                    "unit_code": holder.unit,
                    "post_id": holder.post_id,
                    "person_id": holder.person_id,
                    "since": case.at,
                }
            )
    return held
