"""Which leader a matter calls for (提级包案, spec 8): rules over facts, a pure verdict.

Facts are about a matter, never about a person (R14). Never decides: a verdict proposes, people approve.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.policy.model import Condition, EscalationRule

Fact = int | float | bool | str
ONE_UP = "L+1"

# What a matter may say about itself, and the type it says it in.
FACTS: Mapping[str, type] = {
    "people": int,
    "repeat_no": int,
    "unit_count": int,
    "unsolved_ratings": int,
    "cluster_90d": int,
    "sensitive_period": bool,
    "unresolved_days": int,
    "whistle_silence_factor": float,
    "unpaid_workers": int,
    "life_risk": bool,
    "uncontrolled_overdue": bool,
    "reassignments": int,
    "revoked_on_review": bool,
    "legacy": bool,
    "statutory_breach": bool,
    "superior_level": str,
    "open_escalation_days": int,
    "staged_result": bool,
}
OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "in": lambda fact, words: fact in words,
}
_TRUTH = {"true": True, "false": False}
_CONDITION = re.compile(r"(\w+) (\S+) (.+)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The level a matter calls for and the rules that say so; `mandatory`: the level may not be declined (ES-02)."""

    level: str
    rules: tuple[str, ...]
    mandatory: bool


def verdict(
    rules: Iterable[EscalationRule], levels: Sequence[str], facts: Mapping[str, Fact], current: str | None = None
) -> Verdict:
    """The highest level among the rules that hold, never below `current` (levels do not go down by themselves).

    `levels` rise; a fact that is not given makes its condition not hold; ``L+1`` is one above `current`, at most the
    last level. `mandatory` looks at the rules of the resulting level only. ValueError for an unknown level.
    """
    held = [rule for rule in rules if all(_holds(condition, facts) for condition in rule.conditions)]
    rank = {rule.code: _rank(rule.level, levels, current) for rule in held}
    top = max([*rank.values(), levels.index(current or levels[0])])
    deciding = [rule for rule in held if rank[rule.code] == top]
    return Verdict(levels[top], tuple(rule.code for rule in held), any(rule.mandatory for rule in deciding))


def _rank(level: str, levels: Sequence[str], current: str | None) -> int:
    if level != ONE_UP:
        return levels.index(level)
    return min(levels.index(current or levels[0]) + 1, len(levels) - 1)


def _holds(condition: Condition, facts: Mapping[str, Fact]) -> bool:
    return condition.field in facts and OPERATORS[condition.op](facts[condition.field], condition.value)


def parse(text: str) -> tuple[Condition, ...]:
    """Conditions written as ``people >= 30; sensitive_period == true``; ValueError says what is wrong with them."""
    return tuple(_condition(part.strip()) for part in text.split(";") if part.strip())


def _condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is not a condition: write for instance 'people >= 10'")
    name, sign, value = found.groups()
    if name not in FACTS:
        raise ValueError(f"unknown fact '{name}', use one of: {', '.join(sorted(FACTS))}")
    if sign not in OPERATORS:
        raise ValueError(f"unknown comparison '{sign}', use one of: {', '.join(OPERATORS)}")
    return Condition(name, sign, _value(FACTS[name], sign, value))


def _value(kind: type, sign: str, text: str) -> int | bool | str | tuple[str, ...]:
    if kind is bool:
        if sign != "==" or text not in _TRUTH:
            raise ValueError(f"a yes-or-no fact is compared with '== true' or '== false', not '{sign} {text}'")
        return _TRUTH[text]
    if kind is str:
        return tuple(text.split()) if sign == "in" else text
    if sign == "in" or not text.isdecimal():
        raise ValueError(f"a number is compared with a whole number, not '{sign} {text}'")
    return int(text)
