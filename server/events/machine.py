"""The Event machine: its states and 23 arrows, as chapter 5.1 of the specification lists them.

Job: one row per arrow.
Never: code.
"""

from __future__ import annotations

from server.events import effects as do
from server.events import forms, sampling
from server.events import lookups as find
from server.events import rules as ask
from server.events.card import describe, headlines
from server.events.further import FURTHER
from server.events.models import Event
from server.flow import ALL, Machine, Move, Start, State, register
from server.flow.effects import keep_photos
from server.flow.forms import Act, Reasoned

FILE_DISPATCH = ("event.file_dispatch",)
CONFIRM = ("event.file_dispatch", "event.verify")
HANDLE = ("event.handle",)
APPROVE = ("event.suspend_extend",)
VERIFY = ("event.verify",)
REROUTE = ("objection.decide", "event.file_dispatch")
CREATE = ("event.create",)

STATES = (
    State("draft", "草稿（离线）", "draft on the device", "initial"),
    State("reported", "已上报", "reported"),
    State("self_done", "自行处置待核查", "handled by the grid itself, to be verified"),
    State("filed", "已立案", "filed"),
    State("dispatched", "已派遣", "dispatched to a lead unit"),
    State("accepted", "已签收", "accepted by the lead unit"),
    State("handling", "处置中", "being handled"),
    State("suspended", "已挂起", "suspended"),
    State("handled", "已处置待核查", "handled, to be verified"),
    State("closed", "已结案", "closed", "final"),
    State("rejected", "不予立案", "not filed", "final"),
    State("merged", "已并案", "merged into another event", "final"),
    State("converted", "已转办", "converted to appeal, dispute or hazard", "final"),
    State("void", "已作废", "void", "final"),
)

HANDLE_KEPT = Start("HANDLE", keep=True)
HANDLE_HALVED = Start("HANDLE", limit=ask.half_of_the_leaf_limit)


def _reroute(number: str, source: str) -> Move:
    return Move(
        number, "reroute", source, "filed", "异议成立改派", "re-route after upheld objection",
        ("XFL", "CEN"), REROUTE, forms.Reroute,
        then=(do.leave_the_unit,), after=(do.dispatch_anew,),
        stops=("ACCEPT",) if source == "dispatched" else (), starts=(Start("DISPATCH"),),
        hands_to=do.to_township, by_consequence=True,
    )  # fmt: skip


def _void(number: str, source: str) -> Move:
    return Move(
        number, "void", source, "void", "作废", "void", ("CEN",), FILE_DISPATCH, Reasoned,
        guards=(ask.second_person_confirms,), stops=(ALL,), weight="danger",
    )  # fmt: skip


MOVES = (
    Move(
        "EV-01", "report", "draft", "reported", "上报", "submit",
        ("GWF", "GWP", "GLD", "VIL", "TWD", "CEN", "SYS"), CREATE, forms.EventIn,
        guards=(ask.photos_as_the_policy_asks,), starts=(Start("FILE"),), weight="main",
    ),
    Move(
        "EV-02", "discard", "draft", "void", "丢弃草稿", "discard",
        ("GWF", "GWP", "GLD", "VIL"), CREATE, Act, by_consequence=True, weight="danger",
    ),
    Move(
        "EV-03", "self_handle", "reported", "self_done", "自行处置", "handle in the grid",
        ("GWF", "GLD"), ("event.self_handle",), forms.SelfHandle,
        guards=(
            ask.leaf_allows_self_handling, ask.actor_belongs_to_the_grid, ask.before_and_after_photos,
            ask.soon_enough_to_self_handle,
        ),
        then=(keep_photos, do.mark_self_handled),
        stops=("FILE",), starts=(Start("VERIFY"),), hands_to=do.to_township, weight="main",
    ),
    Move(
        "EV-04", "file", "reported", "filed", "立案", "file", ("VIL", "TWD", "CEN"), CONFIRM, forms.File,
        first=(find.corrected_place, find.relapse), guards=(ask.place_is_known, ask.recurrence_is_recent),
        then=(do.confirm_place, do.confirm_category),
        stops=("FILE",), starts=(Start("DISPATCH"),), hands_to=do.to_township, weight="main",
    ),
    Move(
        "EV-05", "reject", "reported", "rejected", "不予立案", "do not file", ("TWD", "CEN"),
        FILE_DISPATCH, forms.Reject,
        then=(do.keep_reason,), stops=("FILE",), weight="danger",
    ),
    Move(
        "EV-06", "merge", "reported", "merged", "并案", "merge", ("TWD", "CEN"), FILE_DISPATCH, forms.Merge,
        first=(find.parent,),
        guards=(
            ask.parent_is_open, ask.parent_is_another, ask.parent_is_of_the_same_group, ask.parent_is_near,
        ),
        then=(do.join_parent,), stops=("FILE",),
    ),
    Move(
        "EV-07", "convert", "reported", "converted", "转诉求/纠纷/隐患", "convert",
        ("TWD", "CEN", "MED"), FILE_DISPATCH, forms.Convert,
        first=(find.target,), guards=(ask.target_is_ready,), then=(do.convert_to_target,), stops=("FILE",),
    ),
    Move(
        "EV-08", "dispatch", "filed", "dispatched", "派遣", "dispatch", ("TWD", "CEN"), FILE_DISPATCH, forms.Dispatch,
        first=(find.proposed_units,),
        guards=(
            ask.each_unit_once, ask.exactly_one_lead, ask.every_share_at_least_one, ask.units_take_dispatches,
            ask.township_leads_only_its_duties,
        ),
        then=(do.assign_units,),
        stops=("DISPATCH",), starts=(Start("ACCEPT"), HANDLE_KEPT), hands_to=do.to_lead, weight="main",
    ),
    Move(
        "EV-09", "accept", "dispatched", "accepted", "签收", "accept", ("DPD", "TWD"), ("event.view",), forms.Accept,
        first=(find.handler,), guards=(ask.actor_of_the_lead_unit, ask.named_person_belongs_to_the_lead),
        then=(do.name_handler,), stops=("ACCEPT",), hands_to=do.to_handler, weight="main", of_lead=("DPD", "TWD"),
    ),
    _reroute("EV-10", "dispatched"),
    Move(
        "EV-11", "start", "accepted", "handling", "开始处置", "start", ("DPH", "TWD"), HANDLE, Act,
        hands_to=do.to_handler, weight="main",
    ),
    Move(
        "EV-12", "suspend", "handling", "suspended", "挂起", "suspend", ("TWL", "DPL"), APPROVE, forms.Suspend,
        guards=(
            ask.urgency_may_wait, ask.suspended_until_soon, ask.approver_leads_or_is_the_township,
            ask.approver_did_not_handle,
        ),
        then=(do.note_suspension,), pauses=("HANDLE",), of_lead=("DPL",),
    ),
    Move(
        "EV-13", "resume", "suspended", "handling", "恢复", "resume", ("DPH", "TWD", "SYS"), HANDLE, Act,
        then=(do.end_suspension,), resumes=("HANDLE",), weight="main",
    ),
    Move(
        "EV-14", "extend", "handling", "handling", "延期", "extend", ("DPL", "TWL"), APPROVE, forms.Extend,
        guards=(
            ask.urgency_may_extend, ask.still_before_due, ask.extended_only_once, ask.extension_is_short,
            ask.approver_leads_or_is_the_township, ask.approver_did_not_handle,
        ),
        then=(do.move_due,), of_lead=("DPL",),
    ),
    Move(
        "EV-15", "report_result", "handling", "handled", "处置反馈", "report result",
        ("DPH", "TWD"), HANDLE, forms.Report,
        guards=(ask.evidence_as_the_leaf_asks, ask.mandatory_subtasks_done),
        then=(keep_photos, do.keep_result),
        stops=("HANDLE",), starts=(Start("VERIFY"),), hands_to=do.to_grid, weight="main",
    ),
    Move(
        "EV-16", "verify", "handled", "closed", "核查结案", "verify and close",
        ("GWF", "GLD", "VIL", "CEN"), VERIFY, forms.Verify,
        guards=(ask.checker_did_not_handle,), then=(keep_photos,), stops=("VERIFY",), weight="main",
    ),
    Move(
        "EV-17", "send_back", "handled", "handling", "返工", "send back",
        ("GWF", "GLD", "VIL", "CEN"), VERIFY, forms.SendBack,
        guards=(ask.checker_did_not_handle,), then=(keep_photos, do.count_rework),
        stops=("VERIFY",), starts=(HANDLE_HALVED,), hands_to=do.to_handler,
    ),
    Move(
        "EV-18", "verify", "self_done", "closed", "核查结案", "verify and close",
        ("VIL", "TWD", "GLD"), CONFIRM, forms.Verify,
        guards=(
            ask.checker_is_not_the_reporter, ask.checker_did_not_handle, sampling.drawn_are_checked_on_site,
        ),
        then=(do.note_check, keep_photos), stops=("VERIFY",), weight="main",
    ),
    Move(
        "EV-19", "send_back", "self_done", "reported", "核查不通过", "not accepted",
        ("VIL", "TWD", "GLD"), CONFIRM, forms.SendBack,
        guards=(ask.checker_is_not_the_reporter, ask.checker_did_not_handle),
        then=(keep_photos, do.undo_self_handled),
        stops=("VERIFY",), starts=(Start("FILE"),), hands_to=do.to_township,
    ),
    _void("EV-20", "filed"),
    _void("EV-21", "dispatched"),
    _reroute("EV-22", "accepted"),
    _reroute("EV-23", "handling"),
)  # fmt: skip


EVENT = register(
    Machine(
        kind="event",
        zh="网格事件",
        path="events",
        prefix="E",
        model=Event,
        states=STATES,
        moves=MOVES,
        view=("event.view",),
        describe=describe,
        headlines=headlines,
        clock_facts=lambda event: {"urgency": event.urgency, "category": event.category},
        desk=do.desk_of,
        named_in=("accepted", "handling", "suspended"),
        further=FURTHER,
    )
)
