"""What the arrows of Whistle and CheckIn change besides the state (spec 5.2, 5.3).

Never: refuse, commit, or tell anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from server import clocks, journal, policy
from server.db import new_id
from server.flow import MACHINES, Case, Draft, Holder, consequence, create, custody, holder_of
from server.flow.effects import propose_supervision
from server.journal import Line
from server.people import desks
from server.whistles import verdict
from server.whistles.lookups import whistle_of
from server.whistles.models import CheckIn, Whistle
from server.whistles.promise import freeze
from server.whistles.rules import JUDGED


def _machine() -> Any:
    return MACHINES["check_in"]


def freeze_policy(case: Case) -> None:
    """Keep the policy in force at the blow; what is changed later does not change this whistle."""
    case.item.blown_at = case.at
    case.item.promise = freeze()


def correct_call(case: Case) -> None:
    """Take over what the township corrects when it confirms a grid whistle."""
    item, facts = case.item, case.facts
    item.law_article = facts.get("law_article") or item.law_article
    item.meet_at = facts.get("meet_at") or item.meet_at


def call_departments(case: Case) -> None:
    """Open one check-in per called department, each with its own RESP and ARRIVE."""
    whistle = case.item
    known = len(case.facts.pop("check_ins", ()))
    case.facts.pop("linked_open", None)
    drafts = [
        Draft(
            CheckIn(
                id=new_id(),
                no=f"{whistle.no}-{number:02d}",
                whistle_id=whistle.id,
                unit_code=unit,
                circumstances=_circumstances(whistle),
                created_at=case.at,
                urgency=whistle.urgency,
                township_code=whistle.township_code,
                village_code=whistle.village_code,
                grid_code=whistle.grid_code,
                channel=whistle.channel,
                synthetic=whistle.synthetic,
            ),
            case.by,
            {"whistle": whistle},
        )
        for number, unit in enumerate(case.facts["departments"], start=known + 1)
    ]
    create(_machine(), drafts, act="open")


def _circumstances(whistle: Whistle) -> dict[str, str]:
    township = policy.current().units.get(whistle.township_code or "")
    return {
        "whistle": whistle.kind_code,
        "area": "built_up" if township is None or township.built_up else "elsewhere",
        "ongoing": "yes" if whistle.ongoing else "no",
    }


def forget_lookups(case: Case) -> None:
    """Drop what was loaded for the guards; the journal keeps facts, not rows."""
    for name in ("check_ins", "linked_open"):
        case.facts.pop(name, None)


TO_ABSENCE = {"notified": ("no_show",), "responded": ("no_show",)}
TO_RELEASE = {"checked_in": ("work", "release"), "working": ("release",)}
"""State of a check-in → the arrows that follow from an act of the caller."""


def _walk_on(case: Case, ways: Mapping[str, tuple[str, ...]]) -> None:
    """Walk each check-in of the whistle the ways that its state asks for."""
    for one in case.facts["check_ins"]:
        for act in ways.get(one.state, ()):
            facts = {"result_text": case.item.result_text} if act == "release" else {}
            consequence(case, _machine(), one, act, **facts)


def mark_absent(case: Case) -> None:
    """Departments that did not come are recorded as absent (未报到)."""
    _walk_on(case, TO_ABSENCE)


def set_due(case: Case) -> None:
    """Keep the date until which the departments work."""
    case.item.due_at = case.facts["due_at"]


def rest_evaluation(case: Case) -> None:
    """The work goes on: the time to evaluate starts again when it is resolved."""
    case.clock_ops += clocks.cancel(case.item.id, ("EVAL",), at=case.at)


def given_due(case: Case) -> Any:
    """Return the date the caller set."""
    return case.facts["due_at"]


def release_all(case: Case) -> None:
    """Resolved: departments still at work are released with the common result."""
    case.item.result_text = case.facts["result_text"]
    _walk_on(case, TO_RELEASE)
    for task in case.facts.get("handed_over") or ():
        _hand_over(case, task)


def _hand_over(case: Case, task: dict[str, Any]) -> None:
    found = next(one for one in case.subtasks if one.id == task["subtask_id"])
    found.unit_code, found.due_at = task["unit"], task["due_at"]


def settle(case: Case) -> None:
    """The township solved it alone: the grid leader has an answer."""
    case.item.result_text = case.facts["result_text"]


def evaluate_named(case: Case) -> None:
    """Evaluate every department with the closing: who came late is released, who never came is absent."""
    _walk_on(case, TO_ABSENCE | TO_RELEASE)
    judged = {one["unit"]: one for one in case.facts.get("evaluations") or ()}
    for one in case.facts["check_ins"]:
        if one.state not in JUDGED:
            facts = {name: value for name, value in judged[one.unit_code].items() if name != "unit"}
            consequence(case, _machine(), one, "evaluate", **facts)


def end_check_ins(case: Case) -> None:
    """The whistle is cancelled: clocks and custody of its check-ins end with it, their last state stays."""
    for one in case.facts["check_ins"]:
        if one.closed_at is None:
            ops = clocks.cancel(one.id, at=case.at)
            custody.hand("check_in", one.id, None, case.at)
            one.closed_at = case.at
            line = Line("check_in.ended", case.by, hat=case.hat, item=one, kind="check_in", facts={"clocks": ops})
            line.audience = {"a", f"d:{one.unit_code}", f"t:{one.township_code}"}
            journal.write(line)


def note_response(case: Case) -> None:
    """Keep who comes and when; a response after the limit stays marked late."""
    item = case.item
    desk = case.facts.pop("responder_desk")
    clock = case.clock("RESP")
    item.person_id, item.expected_at, item.responded_at = desk.person_id, case.facts["expected_at"], case.at
    item.responded_late = clock is not None and case.at > clock.due_at
    case.trace["responder"] = str(desk.person_id)


def first_response(case: Case) -> None:
    """The first department that responds moves the whistle on."""
    whistle = whistle_of(case.item)
    if whistle.state == "blown":
        consequence(case, MACHINES["whistle"], whistle, "first_response", unit=case.item.unit_code)


def note_arrival(case: Case) -> None:
    """Keep time, method, distance and accuracy of the arrival; late stays late (spec 5.3).

    Whoever was recorded absent is late, unless the arrival is proven from before that.
    """
    item, facts = case.item, case.facts
    at = case.true_at or case.at
    clock = case.clock("ARRIVE")
    was_absent = case.move.source == "no_show" and at >= item.moved_at
    item.arrived_at, item.method, item.offline = at, facts["method"], case.true_at is not None
    item.distance_m, item.accuracy_m = facts.get("distance_m"), facts.get("accuracy_m")
    item.person_id = item.person_id or case.by.person_id
    item.arrived_late = was_absent or (clock is not None and at > clock.due_at)
    case.trace |= {"method": item.method, "late": item.arrived_late, "offline": item.offline}
    if case.move.source == "no_show":
        case.clock_ops += clocks.stop(item.id, ("RESP", "ARRIVE"), at=at)


def propose_supervision_of_absence(case: Case) -> None:
    """Nobody came: propose a supervision (CI-03, CI-04)."""
    propose_supervision(case, "no_show")


def agreed_time(case: Case) -> datetime | None:
    """Return the agreed time of arrival while it lies ahead; whoever is called later has the limit of the kind."""
    meet_at: datetime | None = case.facts["whistle"].meet_at
    return meet_at if meet_at and meet_at > case.at else None


def note_release(case: Case) -> None:
    """Keep the department's result."""
    case.item.result_text = case.facts["result_text"]


def note_scores(case: Case) -> None:
    """Keep the caller's scores; arrival is scored by the clock, not by favour."""
    item, facts = case.item, case.facts
    most = policy.current().settings.whistles.score_max
    arrived = item.arrived_at is not None
    item.arrival_score = verdict.arrival_points(arrived=arrived, late=item.arrived_late, most=most)
    item.measures_score, item.result_score, item.evaluation = facts["measures"], facts["result"], facts["note"]


def to_department(case: Case) -> Holder:
    """Hand a check-in to the dispatcher of the called department."""
    return holder_of(desks.desk(case.item.unit_code, "DPD"))


def to_responder(case: Case) -> Holder:
    """Hand a check-in to the responder."""
    return holder_of(desks.post_of(case.item.person_id or case.by.person_id, case.item.unit_code))


def to_caller(case: Case) -> Holder:
    """Hand a whistle (or a finished check-in) to the township's dispatcher, who judges."""
    return holder_of(desks.desk(case.item.township_code, "TWD"))
