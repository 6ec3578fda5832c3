"""What a decision changes (spec 6, objection protocol).

Never: stop the handling clock, commit, or tell anybody.
"""

from __future__ import annotations

import sqlalchemy as sa

from server.db import db
from server.flow import MACHINES, Assignment, Case, consequence, custody, holder_of
from server.people import desks

WAYS_OUT = {"event": "reroute", "check_in": "excuse"}
"""By which arrow an item leaves a unit whose objection was upheld."""


def find_way_out(case: Case) -> None:
    """Lock the item and look for the arrow by which it may leave."""
    machine = MACHINES[case.item.item_kind]
    query = sa.select(machine.model).where(machine.model.id == case.item.item_id).with_for_update()
    item = db.session.scalars(query).one()
    act = WAYS_OUT[case.item.item_kind]
    case.facts["way_out"] = (machine, item, act) if machine.arrow(act, item.state) else None


def keep_decision(case: Case) -> None:
    """Keep share, reason and legal basis."""
    item, facts = case.item, case.facts
    item.proven_share_pct, item.decision = facts["share_pct"], facts["reason"]
    item.legal_basis = facts.get("legal_basis")


def let_go(case: Case) -> None:
    """The item leaves the unit and is dispatched anew in the same transaction; its clock keeps its start."""
    machine, item, act = case.facts.pop("way_out")
    consequence(case, machine, item, act, new_units=case.facts.get("units") or [], objection=str(case.item.id))


def change_lead(case: Case) -> None:
    """The lead changes; the old lead stays as co-unit with its share (R1)."""
    new_lead = case.facts.get("new_lead")
    if not new_lead:
        return
    item_id = case.item.item_id
    query = sa.select(Assignment).where(Assignment.item_id == item_id, Assignment.until.is_(None))
    for held in db.session.scalars(query).all():
        if held.role == "lead" or held.unit_code == new_lead:
            held.until, held.ended_by = case.at, "lead_changed"
    db.session.flush()
    shares = (
        (new_lead, "lead", 100 - case.facts["share_pct"] or 1),
        (case.item.unit_code, "co", case.facts["share_pct"]),
    )
    for unit, role, share in shares:
        db.session.add(
            Assignment(
                item_kind=case.item.item_kind,
                item_id=item_id,
                unit_code=unit,
                role=role,
                share_pct=share,
                since=case.at,
            )
        )
    custody.hand(case.item.item_kind, item_id, holder_of(desks.desk(new_lead, "DPD")), case.at)


def say_late(case: Case) -> None:
    """Out of time: the unit stays responsible."""
    case.item.decision = "逾期不予审查"
    case.facts.pop("is_late", None)
