"""The policy a whistle was blown under (承诺快照): what is changed later does not change this whistle.

Job: freeze the rule of checking in at the blow and read it back.
Never: freeze limits; the clocks keep their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from server import policy
from server.policy.settings import CheckIn as Rule
from server.whistles.models import Whistle

FROZEN = ("radius_m", "accuracy_max_m", "mock_refused", "code_life_s", "code_digits")
"""What of the rule a whistle keeps."""


def freeze() -> dict[str, Any]:
    """Return the policy's version and the rule in force now, as the whistle keeps them."""
    now_in_force = policy.current()
    rule = now_in_force.settings.check_in
    return {"policy": now_in_force.version} | {name: getattr(rule, name) for name in FROZEN}


def rule_of(whistle: Whistle) -> Rule:
    """Return the rule that was in force when ``whistle`` was blown."""
    frozen = {name: whistle.promise[name] for name in FROZEN if name in whistle.promise}
    return replace(policy.current().settings.check_in, **frozen)
