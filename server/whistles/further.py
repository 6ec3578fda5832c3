"""What may be offered with a whistle or a check-in besides their arrows.

Never: code; the questions are those of ``flow.further``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from server.access import Actor
from server.flow.further import Card, When, has_part, in_states, leads

LEAVES = frozenset({"responded"})
"""States that an upheld objection leads out of (CI-07): a department must have responded first."""


def called(card: Card, by: Actor) -> bool:
    """Tell whether the reader's department is the called one."""
    return card["unit"]["code"] in by.units


def may_leave(card: Card, by: Actor) -> bool:
    """Tell whether the called department may still ask to be excused."""
    return has_part(card, by) and card["state"]["code"] in LEAVES


def may_ask_release(card: Card, by: Actor) -> bool:
    """Tell whether the reader's department is at work there."""
    return in_states("working")(card, by) and called(card, by)


def may_contest(card: Card, by: Actor) -> bool:
    """Tell whether the score is the reader's department's own."""
    return in_states("evaluated")(card, by) and called(card, by)


FURTHER_OF_WHISTLES: Final = MappingProxyType[str, tuple[str, When]]({"subtask.set": ("event.view", leads)})
FURTHER_OF_CHECK_INS: Final = MappingProxyType[str, tuple[str, When]](
    {
        "check_in.ask_release": ("whistle.respond", may_ask_release),
        "objection.file": ("objection.file", may_leave),
        "check_in.contest": ("whistle.view", may_contest),
    }
)
"""Form → the permission needed, and when it makes sense."""
