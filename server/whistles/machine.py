"""The machines Whistle and CheckIn: every arrow of chapters 5.2 and 5.3.

Never: code.
"""

from __future__ import annotations

from server.flow import ALL, Machine, Move, Start, State, register
from server.flow.effects import keep_photos
from server.flow.forms import Act
from server.whistles import effects as do
from server.whistles import forms
from server.whistles import lookups as find
from server.whistles import rules as ask
from server.whistles.card import (
    called_units,
    department,
    describe_check_in,
    describe_whistle,
    headlines_of_check_ins,
    headlines_of_whistles,
)
from server.whistles.further import FURTHER_OF_CHECK_INS, FURTHER_OF_WHISTLES
from server.whistles.models import CheckIn, Whistle

BLOW = ("whistle.blow",)
JUDGE = ("whistle.release_evaluate",)
RESPOND = ("whistle.respond",)
VIEW = ("whistle.view",)
TOWN = ("TWD", "TWL")

WHISTLE_STATES = (
    State("drafted", "草拟", "drafted", "initial"),
    State("screening", "镇街研判", "screening by the township"),
    State("blown", "已吹哨", "blown"),
    State("assembling", "报到中", "assembling"),
    State("handling", "处置中", "being handled"),
    State("resolved", "待评价", "resolved, to be evaluated"),
    State("closed", "已销哨", "closed", "final"),
    State("cancelled", "已撤哨", "cancelled", "final"),
    State("settled", "镇街自行解决", "settled by the township itself", "final"),
)

CALLED = (
    ask.departments_are_called, ask.the_linked_event_is_open, ask.the_law_is_named, ask.the_agreed_time_is_ahead,
)  # fmt: skip
HANDLE = Start("HANDLE", given=do.given_due)
OPENS = (do.freeze_policy, do.call_departments)


def _add(number: str, state: str) -> Move:
    return Move(
        number, "add", state, state, "加哨", "call one more department", TOWN, BLOW, forms.AddDepartments,
        first=(find.check_ins,), guards=(ask.departments_are_called, ask.not_called_before),
        then=(do.call_departments,), starts_below=("RESP", "ARRIVE"),
    )  # fmt: skip


WHISTLE_MOVES = (
    Move(
        "WH-01", "blow", "drafted", "blown", "镇街吹哨", "blow (township)", TOWN, BLOW,
        forms.WhistleIn,
        first=(find.linked_event,), guards=(ask.this_post_may_blow_this_kind, ask.the_leader_blows, *CALLED),
        then=OPENS, starts_below=("RESP", "ARRIVE"), weight="main",
    ),
    Move(
        "WH-02", "call", "drafted", "screening", "网格吹哨", "blow (grid)", ("GLD",), BLOW,
        forms.WhistleIn,
        first=(find.linked_event,), guards=(ask.this_post_may_blow_this_kind, ask.leader_of_this_grid, *CALLED),
        then=(do.forget_lookups,), starts=(Start("SCREEN"),), weight="main",
    ),
    Move(
        "WH-03", "alarm", "drafted", "blown", "网格应急哨", "emergency grid whistle", ("GLD", "GWF"), BLOW,
        forms.WhistleIn,
        first=(find.linked_event,),
        guards=(
            ask.this_post_may_blow_this_kind, ask.it_is_an_emergency, ask.leader_of_this_grid, *CALLED,
        ),
        then=OPENS, starts_below=("RESP", "ARRIVE"), weight="main",
    ),
    Move(
        "WH-04", "confirm", "screening", "blown", "转为正式吹哨", "confirm", ("TWD",), BLOW, forms.Confirm,
        first=(find.linked_event,), guards=CALLED, then=(do.correct_call, *OPENS),
        stops=("SCREEN",), starts_below=("RESP", "ARRIVE"), weight="main",
    ),
    Move(
        "WH-05", "settle", "screening", "settled", "镇街解决", "settle locally", ("TWD",), BLOW, forms.Settle,
        then=(keep_photos, do.settle), stops=("SCREEN",),
    ),
    Move(
        "WH-06", "first_response", "blown", "assembling", "首个部门响应", "first response", ("DPD",), RESPOND, Act,
        stops_below=("RESP",), by_consequence=True,
    ),
    Move(
        "WH-07", "cancel", "blown", "cancelled", "撤哨", "cancel", ("TWD", "GLD"), BLOW, forms.Cancel,
        first=(find.check_ins,), guards=(ask.the_caller_cancels, ask.nobody_arrived_yet),
        then=(do.end_check_ins, do.forget_lookups), stops=(ALL,), weight="danger",
    ),
    Move(
        "WH-08", "start", "assembling", "handling", "到齐处置", "start joint handling", TOWN, BLOW, forms.Begin,
        first=(find.check_ins,), guards=(ask.all_arrived_or_absent_marked, ask.the_work_ends_later),
        then=(do.mark_absent, do.set_due, do.forget_lookups), starts=(HANDLE,), weight="main",
    ),
    _add("WH-09", "assembling"),
    _add("WH-10", "handling"),
    Move(
        "WH-11", "resolve", "handling", "resolved", "处置完成", "resolved", TOWN, BLOW, forms.Resolve,
        first=(find.check_ins,), guards=(ask.every_task_done_or_handed_over,),
        then=(keep_photos, do.release_all, do.forget_lookups),
        stops=("HANDLE",), starts=(Start("EVAL"),), weight="main",
    ),
    Move(
        "WH-12", "close", "resolved", "closed", "评价销哨", "evaluate and close", TOWN, JUDGE, forms.Close,
        first=(find.check_ins,), guards=(ask.every_department_evaluated,),
        then=(do.evaluate_named, do.forget_lookups), stops=("EVAL",), weight="main",
    ),
    Move(
        "WH-13", "reopen", "resolved", "handling", "未通过", "not accepted", TOWN, JUDGE, forms.Reopen,
        guards=(ask.the_work_ends_later,), then=(do.set_due, do.rest_evaluation), starts=(HANDLE,),
    ),
)  # fmt: skip

CHECK_IN_STATES = (
    State("notified", "已通知", "notified", "initial", next_zh="先响应：告诉吹哨方几点到"),
    State("responded", "已响应", "responded", next_zh="到现场后报到"),
    State("checked_in", "已报到", "checked in", next_zh="已报到，可以开始处置"),
    State(
        "working", "工作中", "working", next_zh="办完后申请撤离，吹哨方同意后再离开（事不完、人不撤）",
    ),
    State("no_show", "未报到", "no show", next_zh="已记为未报到，到了仍要补报到"),
    State("released", "已撤离", "released", next_zh="已撤离，等吹哨方评价"),
    State("excused", "免到场", "excused", "final"),
    State("evaluated", "已评价", "evaluated", "final"),
)  # fmt: skip


def _arrive(number: str, state: str, zh: str, en: str, stops: tuple[str, ...]) -> Move:
    return Move(
        number, "check_in", state, "checked_in", zh, en, ("DPH",), RESPOND, forms.CheckInAt,
        first=(find.arrival,), guards=(ask.arrival_is_proven,), then=(keep_photos, do.note_arrival),
        after=(do.first_response,), stops=stops, hands_to=do.to_responder, weight="main",
    )  # fmt: skip


def _absent(number: str, state: str, zh: str, en: str) -> Move:
    return Move(
        number, "no_show", state, "no_show", zh, en, ("SYS",), RESPOND, forms.Silence,
        then=(do.propose_supervision_of_absence,), by_consequence=True, hands_to=do.to_department,
    )  # fmt: skip


def _evaluate(number: str, state: str, zh: str, en: str) -> Move:
    return Move(
        number, "evaluate", state, "evaluated", zh, en, TOWN, JUDGE, forms.Evaluate,
        guards=(ask.within_the_scale,), then=(do.note_scores,), stops=("EVAL",), weight="main",
    )  # fmt: skip


CHECK_IN_MOVES = (
    Move(
        "CI-01", "respond", "notified", "responded", "响应", "respond", ("DPD", "DPH"), RESPOND, forms.Respond,
        first=(find.responder,), guards=(ask.responder_belongs_to_the_unit, ask.expected_time_is_ahead),
        then=(do.note_response,), after=(do.first_response,), stops=("RESP",), hands_to=do.to_responder, weight="main",
    ),
    _arrive("CI-02", "responded", "报到", "check in", ("ARRIVE",)),
    _absent("CI-03", "notified", "超时未响应", "no response"),
    _absent("CI-04", "responded", "超时未到", "no arrival"),
    _arrive("CI-05", "no_show", "迟到报到", "late check-in", ()),
    Move(
        "CI-06", "work", "checked_in", "working", "开展处置", "work", ("DPH",), RESPOND, Act, weight="main",
    ),
    Move(
        "CI-07", "excuse", "responded", "excused", "职责不符免到场", "excused",
        ("XFL",), ("objection.decide",), forms.Excuse,
        stops=("ARRIVE",), by_consequence=True,
    ),
    Move(
        "CI-08", "release", "working", "released", "同意撤离", "release", TOWN, JUDGE, forms.Release,
        then=(do.note_release,), hands_to=do.to_caller, weight="main",
    ),
    _evaluate("CI-09", "released", "评价", "evaluate"),
    _evaluate("CI-10", "no_show", "评价未到", "evaluate absent"),
)  # fmt: skip

WHISTLE = register(
    Machine(
        kind="whistle",
        zh="吹哨",
        path="whistles",
        prefix="W",
        model=Whistle,
        states=WHISTLE_STATES,
        moves=WHISTLE_MOVES,
        view=VIEW,
        describe=describe_whistle,
        headlines=headlines_of_whistles,
        hearers=called_units,
        clock_facts=lambda whistle: {"item": "whistle", "urgency": whistle.urgency},
        desk=lambda whistle: (whistle.township_code, "TWD"),
        further=FURTHER_OF_WHISTLES,
    )
)

CHECK_IN = register(
    Machine(
        kind="check_in",
        zh="部门报到",
        path="check-ins",
        prefix="W",
        model=CheckIn,
        states=CHECK_IN_STATES,
        moves=CHECK_IN_MOVES,
        view=VIEW,
        describe=describe_check_in,
        headlines=headlines_of_check_ins,
        hearers=department,
        clock_facts=lambda check_in: check_in.circumstances,
        desk=lambda check_in: (check_in.unit_code, "DPD"),
        rests_initially=True,
        on_create=(Start("RESP"), Start("ARRIVE", given=do.agreed_time)),
        preludes={("check_in", "notified"): "respond"},
        named_in=("responded", "checked_in", "working"),
        further=FURTHER_OF_CHECK_INS,
    )
)
