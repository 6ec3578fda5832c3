"""What the arrows of the Event machine change besides the state (spec 5.1, column effects).

Job: one small function per effect, on the case; all of it in the caller's transaction.
Never: refuse (guards do), commit, or tell anybody (reactions do).
"""

from __future__ import annotations

from server import clocks, journal, policy
from server.db import db
from server.events.sampling import is_drawn
from server.flow import Case, Holder, consequence, holder_of
from server.flow.audience import of_item
from server.flow.effects import propose_supervision
from server.flow.models import Assignment
from server.journal import Line
from server.people import desks

URGENCIES = ("U1", "U2", "U3", "U4", "U5")


def mark_self_handled(case: Case) -> None:
    """Count it as a small matter solved in one grid."""
    item = case.item
    item.self_handled, item.handled_at = True, case.at
    item.result_code, item.result_text = "self_handled", case.facts["result_text"]


def note_check(case: Case) -> None:
    """Keep in the line whether a check on the spot was drawn; whether there was one stands beside it."""
    case.trace["drawn"] = is_drawn(case.item)


def undo_self_handled(case: Case) -> None:
    """The check failed: it is an ordinary report again, one rework more."""
    item = case.item
    item.self_handled, item.handled_at, item.result_code, item.result_text = False, None, None, None
    item.reworks += 1


def confirm_place(case: Case) -> None:
    """Take over a corrected place; the raw point stays, the line keeps old and new grid."""
    place = case.facts.pop("place", None)
    if place is None:
        return
    item = case.item
    case.trace["corrected_from"] = {"grid_code": item.grid_code, "placement": item.placement}
    for name, value in place.columns().items():
        setattr(item, name, value)


def confirm_category(case: Case) -> None:
    """Take over a corrected category, urgency and relapse; the line keeps category and urgency as they were."""
    item, facts = case.item, case.facts
    leaf = facts.get("category") or item.category
    urgency = facts.get("urgency") or (
        policy.current().categories[leaf].urgency if leaf != item.category else item.urgency
    )
    if (leaf, urgency) != (item.category, item.urgency):
        case.trace["category_before"] = {"category": item.category, "urgency": item.urgency}
    item.category, item.urgency = leaf, urgency
    item.recurrence_of = facts.pop("relapsed")


def keep_reason(case: Case) -> None:
    """Keep why it was not filed, as the answer to the reporter."""
    case.item.result_code, case.item.result_text = case.facts["reason_code"], case.facts["reason"]


def join_parent(case: Case) -> None:
    """Hang the event on its main event: one more report there, urgency the higher of both."""
    parent = case.facts.pop("parent")
    item = case.item
    item.parent_id, item.result_code, item.result_text = parent.id, "merged", parent.no
    parent.merged_count += 1
    parent.urgency = min(parent.urgency, item.urgency, key=URGENCIES.index)
    parent.revision += 1
    case.trace |= {"parent": str(parent.id), "parent_no": parent.no}
    joined = {"child": str(item.id), "child_no": item.no, "urgency": parent.urgency}
    line = Line("event.joined", case.by, hat=case.hat, item=parent, kind=case.machine.kind, facts=joined)
    line.audience = of_item(parent)
    journal.write(line)


def convert_to_target(case: Case) -> None:
    """Create the target item in the same transaction, linked both ways, with the original time of report."""
    machine = case.facts.pop("target_machine")
    target = machine.from_event(case)
    case.item.result_code, case.item.result_text = "converted", target.no
    case.trace |= {"target": str(target.id), "target_no": target.no, "target_kind": machine.kind}


def assign_units(case: Case) -> None:
    """Open the assignments; the first lead there ever was is the first recipient for good (首接)."""
    first = case.count("EV-08") == 0
    for unit in case.facts["units"]:
        db.session.add(
            Assignment(
                item_kind=case.machine.kind,
                item_id=case.item.id,
                unit_code=unit["unit"],
                role=unit["role"],
                share_pct=unit["share_pct"],
                first_recipient=first and unit["role"] == "lead",
                since=case.at,
            )
        )
    db.session.flush()
    case.__dict__.pop("assignments", None)


def name_handler(case: Case) -> None:
    """Name the responsible person of the lead unit."""
    desk = case.facts.pop("handler_desk")
    lead = case.lead
    assert lead is not None
    lead.person_id, lead.received_at = desk.person_id, case.at
    case.trace["handler"] = str(desk.person_id)


def leave_the_unit(case: Case) -> None:
    """End the lead's assignment, and those of units that get a new one; other co-units stay. One reassignment more.

    A unit named again goes on in another role (lead changed); one not named any more leaves (objection upheld).
    """
    lead = case.lead
    assert lead is not None
    named = {unit["unit"] for unit in case.facts["new_units"]}
    for one in case.assignments:
        if one is lead or one.unit_code in named:
            one.until, one.ended_by = case.at, "lead_changed" if one.unit_code in named else "objection_upheld"
    db.session.flush()
    case.item.reassignments += 1
    case.trace["left"] = lead.unit_code
    if case.item.reassignments >= policy.current().settings.events.reassign_supervision_at:
        propose_supervision(case, "reassigned")


def note_suspension(case: Case) -> None:
    """Keep until when the handling rests."""
    case.item.suspended_until = case.facts["until"]


def end_suspension(case: Case) -> None:
    """The handling goes on."""
    case.item.suspended_until = None


def move_due(case: Case) -> None:
    """Move the due time; the original one stays and is what figures use (K02)."""
    case.clock_ops += clocks.extend(case.item.id, "HANDLE", at=case.at, due_at=case.facts["until"])


def keep_result(case: Case) -> None:
    """Keep the result as the answer to the source (R6)."""
    item = case.item
    item.result_code, item.result_text = case.facts["result_code"], case.facts["result_text"]
    item.handled_at = case.at


def count_rework(case: Case) -> None:
    """One rework more; the result so far is void."""
    item = case.item
    item.reworks += 1
    item.handled_at = None
    if item.reworks >= policy.current().settings.events.rework_supervision_at:
        propose_supervision(case, "reworked")


def to_township(case: Case) -> Holder:
    """Hand over to the dispatcher of the township; outside every grid to the district dispatch centre."""
    unit, role = desk_of(case.item)
    return holder_of(desks.desk(unit, role))


def desk_of(item: object) -> tuple[str, str]:
    """Return the desk that answers for a fresh report: the township's dispatcher, else the district's."""
    township = getattr(item, "township_code", None)
    settings = policy.current().settings.district
    return (township, "TWD") if township else (settings.dispatch_unit, "CEN")


def to_lead(case: Case) -> Holder:
    """Hand over to the dispatcher of the lead unit (a township's own dispatcher when it leads itself)."""
    lead = case.lead
    assert lead is not None
    is_township = policy.current().units[lead.unit_code].kind == "township"
    return holder_of(desks.desk(lead.unit_code, "TWD" if is_township else "DPD"))


def to_handler(case: Case) -> Holder:
    """Hand over to the person named responsible."""
    lead = case.lead
    assert lead is not None
    if lead.person_id is None:
        return to_lead(case)
    return holder_of(desks.post_of(lead.person_id, lead.unit_code))


def to_grid(case: Case) -> Holder:
    """Hand over to the grid worker of the place for verification."""
    item = case.item
    return holder_of(desks.of_grid(item.grid_code, ("GWF", "GLD"), item.township_code or desk_of(item)[0]))


def dispatch_anew(case: Case) -> None:
    """Dispatch to the units named with the decision, in the same transaction (EV-10, EV-22, EV-23)."""
    consequence(case, case.machine, case.item, "dispatch", units=case.facts["new_units"])
