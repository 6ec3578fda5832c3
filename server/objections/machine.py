"""The Objection machine: chapter 5.16.

Never: code.
"""

from __future__ import annotations

from typing import Any

from server.access import Actor
from server.flow import Machine, Move, Start, State, register
from server.objections import effects as do
from server.objections import forms
from server.objections import rules as ask
from server.objections.models import Objection
from server.people.masking import masked

DECIDE = ("objection.decide",)

STATES = (
    State("filed", "已提出", "filed", "initial"),
    State("upheld", "成立", "upheld", "final"),
    State("dismissed", "不成立", "dismissed", "final"),
    State("late", "逾期不予审查", "out of time, not examined", "final"),
)

MOVES = (
    Move(
        "OB-01", "uphold", "filed", "upheld", "成立", "uphold", ("XFL",), DECIDE, forms.Uphold,
        first=(do.find_way_out,),
        guards=(
            ask.share_is_proven_nothing, ask.arbiter_stands_apart, ask.item_can_still_leave, ask.another_lead_is_named,
        ),
        then=(do.keep_decision, do.let_go), stops=("ARBITRATE",), weight="main",
    ),
    Move(
        "OB-02", "dismiss", "filed", "dismissed", "不成立", "dismiss", ("XFL",), DECIDE, forms.Dismiss,
        first=(do.find_way_out,),
        guards=(
            ask.share_is_at_least_one, ask.arbiter_stands_apart, ask.the_lead_can_still_change,
            ask.another_unit_takes_the_lead,
        ),
        then=(do.keep_decision, do.change_lead), stops=("ARBITRATE",), weight="main",
    ),
    Move(
        "OB-03", "late", "filed", "late", "逾期", "out of time", ("SYS",), DECIDE, forms.Late,
        guards=(ask.only_time_says_late,), then=(do.say_late,), stops=("ARBITRATE",), by_consequence=True,
    ),
)  # fmt: skip


def describe(one: Objection, by: Actor) -> dict[str, Any]:
    """Return the own fields of an objection."""
    return {
        "item": {"kind": one.item_kind, "id": str(one.item_id)},
        "unit_code": one.unit_code,
        "aim": one.aim,
        "claimed_share_pct": one.claimed_share_pct,
        "proven_share_pct": one.proven_share_pct,
        "basis": masked(one.basis),
        "reason": masked(one.reason),
        "late_local": one.late_local,
        "decision": masked(one.decision),
        "legal_basis": masked(one.legal_basis),
    }


OBJECTION = register(
    Machine(
        kind="objection",
        zh="职责异议",
        path="objections",
        prefix="O",
        model=Objection,
        states=STATES,
        moves=MOVES,
        view=("objection.view",),
        describe=describe,
        hearers=lambda objection: (f"d:{objection.unit_code}",),
        clock_facts=lambda objection: {"urgency": objection.urgency},
        desk=lambda objection: ("DEP08", "XFL"),
        rests_initially=True,
        on_create=(Start("ARBITRATE"),),
    )
)
