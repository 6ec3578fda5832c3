"""What a decision changes (spec 6, objection protocol).

Never: stop the handling clock, commit, or tell anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server import journal
from server.db import db
from server.flow import MACHINES, Assignment, Case, Machine, consequence
from server.flow.audience import of_item
from server.flow.models import Subtask
from server.journal import Line

REROUTE, EXCUSE = "reroute", "excuse"
ACTS = {("event", "lead"): REROUTE, ("event", "co"): None, ("check_in", None): EXCUSE}
"""By which arrow an item leaves a unit, by kind and the unit's role; a co-unit goes while the item stays."""
SHARE_MIN = 1


@dataclass(frozen=True, slots=True)
class Way:
    """How the unit may leave: the locked item, its open assignments, the unit's own one and the arrow to walk."""

    machine: Machine
    item: Any
    assignments: tuple[Assignment, ...]
    held: Assignment | None
    act: str | None

    @property
    def lead(self) -> Assignment | None:
        """Return the lead assignment of an event."""
        return next((one for one in self.assignments if one.role == "lead"), None)

    @property
    def may_leave(self) -> bool:
        """Tell whether the item's state lets the unit go."""
        if self.act is None:
            return self.machine.state(self.item.state).kind != "final"
        return self.machine.arrow_of(self.item, self.act) is not None

    @property
    def may_change_lead(self) -> bool:
        """Tell whether another unit can still take the lead."""
        return self.held is not None and self.machine.arrow_of(self.item, REROUTE) is not None


def find_way_out(case: Case) -> None:
    """Lock the item and look how the unit may leave it; None when its assignment ended meanwhile."""
    objection, machine = case.item, MACHINES[case.item.item_kind]
    query = sa.select(machine.model).where(machine.model.id == objection.item_id).with_for_update()
    item = db.session.scalars(query.execution_options(populate_existing=True)).one()
    opened = sa.select(Assignment).where(Assignment.item_id == item.id, Assignment.until.is_(None))
    assignments = tuple(db.session.scalars(opened.order_by(Assignment.since)))
    held = next((one for one in assignments if one.id == objection.target_id), None)
    place = (objection.item_kind, held.role if held else None)
    case.facts["way_out"] = Way(machine, item, assignments, held, ACTS[place]) if place in ACTS else None


def keep_decision(case: Case) -> None:
    """Keep share, reason and legal basis."""
    item, facts = case.item, case.facts
    item.proven_share_pct, item.decision = facts["share_pct"], facts["reason"]
    item.legal_basis = facts.get("legal_basis")


def let_go(case: Case) -> None:
    """The item leaves the unit: a lead's is dispatched anew in the same transaction, its clock keeps its start."""
    way = case.facts.pop("way_out")
    if way.act is None:
        _release(case, way)
    else:
        consequence(
            case, way.machine, way.item, way.act, new_units=case.facts.get("units") or [], objection=str(case.item.id)
        )


def _release(case: Case, way: Way) -> None:
    """End a co-unit's assignment; what it was asked to do binds nobody any more, the lead goes on."""
    item, held = way.item, way.held
    assert held is not None
    held.until, held.ended_by = case.at, "objection_upheld"
    open_tasks = sa.update(Subtask).where(
        Subtask.item_id == item.id, Subtask.unit_code == held.unit_code, Subtask.done_at.is_(None)
    )
    db.session.execute(open_tasks.values(mandatory=False))
    item.revision += 1
    facts = {"left": held.unit_code, "objection": str(case.item.id)}
    line = Line(f"{way.machine.kind}.unit_left", case.by, hat=case.hat, item=item, kind=way.machine.kind, facts=facts)
    line.audience = of_item(item) | {f"d:{held.unit_code}"}
    journal.write(line)


def change_lead(case: Case) -> None:
    """Another unit takes the lead by a dispatch of its own; the old lead stays as co-unit with its share (R1)."""
    way, new_lead, facts = case.facts.pop("way_out", None), case.facts.get("new_lead"), case.facts
    if not new_lead:
        return
    old = way.lead
    share = facts["share_pct"] if old is way.held else old.share_pct
    units = [
        {"unit": new_lead, "role": "lead", "share_pct": max(SHARE_MIN, 100 - share)},
        {"unit": old.unit_code, "role": "co", "share_pct": share},
    ]
    consequence(case, way.machine, way.item, REROUTE, new_units=units, objection=str(case.item.id))


def say_late(case: Case) -> None:
    """Out of time: the unit stays responsible."""
    case.item.decision = "逾期不予审查"
    case.facts.pop("is_late", None)
