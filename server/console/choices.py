"""What can be chosen in a filter (筛选项): codes with their words, in the language of the page.

Job: one function per list of choices.
Never: fetch anything but the policy.
"""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import lazy_gettext as _

from server import policy
from server.console import language
from server.console.case_facts import FLAGS
from server.flow.moves import Machine

Choices = Callable[[], list[tuple[str, str]]]


def states(machine: Machine) -> Choices:
    """Return the choices of a machine's states that an item can rest in."""
    return lambda: [
        (one.code, language.named(one)) for one in machine.states if one.kind != "initial" or machine.rests_initially
    ]


def townships() -> list[tuple[str, str]]:
    """Return the townships that take part."""
    return [
        (one.code, language.named(one))
        for one in policy.current().units.values()
        if one.kind == "township" and one.takes_part
    ]


def departments() -> list[tuple[str, str]]:
    """Return the departments that take dispatches."""
    units = policy.current().units.values()
    return [(one.code, language.named(one)) for one in units if one.dispatchable and one.kind != "township"]


def groups() -> list[tuple[str, str]]:
    """Return the groups of categories."""
    return [(one.code, f"{one.code} {language.named(one)}") for one in policy.current().groups.values()]


def urgencies() -> list[tuple[str, str]]:
    """Return the degrees of urgency."""
    return [(one.code, f"{one.code} {language.named(one)}") for one in policy.current().urgencies.values()]


def kinds_of_whistle() -> list[tuple[str, str]]:
    """Return the kinds of whistles."""
    return [(one.code, language.named(one)) for one in policy.current().whistles.values()]


def placements() -> list[tuple[str, str]]:
    """Return how sure a place is."""
    return [(name, str(FLAGS[name])) for name in ("ambiguous", "edge", "outside")]


def openness() -> list[tuple[str, str]]:
    """Return open and finished."""
    return [("true", str(_("在办"))), ("false", str(_("已结")))]


def pending() -> list[tuple[str, str]]:
    """Return everything: what is left to do is shown unasked."""
    return [("false", str(_("全部")))]


def parts() -> list[tuple[str, str]]:
    """Return the parts that a unit has in an event."""
    return [("lead", str(_("牵头"))), ("co", str(_("协办")))]


def whose() -> list[tuple[str, str]]:
    """Return whose sub-tasks besides those of one's own unit, which are shown unasked."""
    return [("me", str(_("派给我的"))), ("set", str(_("我布置的"))), ("all", str(_("全部")))]


def yes() -> list[tuple[str, str]]:
    """Return the one choice of a filter that is on or off."""
    return [("true", str(_("只看")))]
