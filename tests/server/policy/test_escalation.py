"""The escalation table of spec 8 against its own test vectors."""

from collections.abc import Mapping
from typing import Any

import pytest

from server import policy
from server.policy import escalation

VECTORS: list[tuple[str, Mapping[str, Any], str | None, str]] = [
    ("V01", {"people": 1, "repeat_no": 1, "unit_count": 1}, None, "L0"),
    ("V02", {"people": 1, "repeat_no": 1, "unit_count": 3}, None, "L1"),
    ("V03", {"people": 2, "repeat_no": 2, "unit_count": 1}, None, "L2"),
    ("V04", {"people": 5, "repeat_no": 1, "unit_count": 1}, None, "L0"),
    ("V05", {"people": 6, "repeat_no": 1, "unit_count": 1}, None, "L2"),
    ("V06", {"people": 10, "repeat_no": 1, "unit_count": 1}, None, "L3"),
    ("V07", {"people": 31, "repeat_no": 1, "unit_count": 2, "sensitive_period": False}, None, "L3"),
    ("V08", {"people": 31, "repeat_no": 1, "unit_count": 2, "sensitive_period": True}, None, "L4"),
    ("V09", {"people": 1, "repeat_no": 6, "unit_count": 1}, None, "L4"),
    ("V10", {"people": 1, "repeat_no": 1, "unit_count": 1, "cluster_90d": 5}, None, "L3"),
    ("V11", {"people": 1, "repeat_no": 1, "unit_count": 1, "whistle_silence_factor": 2.0}, None, "L2"),
    ("V12", {"people": 1, "repeat_no": 1, "unit_count": 1, "whistle_silence_factor": 4.5}, None, "L3"),
    ("V13", {"people": 12, "repeat_no": 1, "unit_count": 1, "unpaid_workers": 12}, None, "L3"),
    ("V14", {"people": 1, "repeat_no": 1, "unit_count": 1, "reassignments": 2}, None, "L3"),
    ("V15", {"people": 1, "repeat_no": 1, "unit_count": 1, "statutory_breach": True}, None, "L2"),
    ("V16", {"unit_count": 1, "legacy": True, "open_escalation_days": 31, "staged_result": False}, "L3", "L4"),
    ("V17", {"people": 1, "repeat_no": 4, "unit_count": 1, "superior_level": "province"}, None, "L4"),
    ("V18", {"people": 1, "repeat_no": 1, "life_risk": True, "uncontrolled_overdue": True}, None, "L3"),
]


def judge(facts: Mapping[str, Any], current: str | None = None) -> escalation.Verdict:
    rules = policy.current()
    return escalation.verdict(rules.escalation, tuple(rules.levels), facts, current)


@pytest.mark.parametrize(("facts", "current", "level"), [row[1:] for row in VECTORS], ids=[row[0] for row in VECTORS])
def test_a_matter_calls_for_the_level_of_its_vector(facts: Mapping[str, Any], current: str | None, level: str) -> None:
    assert judge(facts, current).level == level


def test_a_level_never_goes_down_by_itself() -> None:
    assert judge({"people": 1, "repeat_no": 1}, current="L3").level == "L3"


def test_nothing_stands_above_the_last_level() -> None:
    assert judge({"open_escalation_days": 40, "staged_result": False}, current="L4").level == "L4"


def test_a_rule_that_is_mandatory_at_the_level_cannot_be_declined() -> None:
    assert judge({"people": 50}).mandatory
    assert not judge({"people": 1, "repeat_no": 5}).mandatory


def test_a_mandatory_rule_of_a_lower_level_does_not_bind_the_higher_one() -> None:
    verdict = judge({"repeat_no": 3, "unresolved_days": 400})
    assert (verdict.level, verdict.mandatory) == ("L4", False)
    assert {"ER01", "ER03", "ER06", "ER12"} == set(verdict.rules)


def test_every_verdict_names_the_rules_behind_it() -> None:
    assert judge({"people": 6, "unit_count": 2}).rules == ("ER01", "ER02", "ER04")


@pytest.mark.parametrize(
    "text", ["people", "people => 3", "poeple >= 3", "people >= many", "legacy >= true", "people in 1 2", "legacy == 1"]
)
def test_a_condition_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        escalation.parse(text)
