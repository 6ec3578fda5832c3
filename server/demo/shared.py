"""Sub-tasks in the stories (子任务): the lead asks its co-units, they name an officer and finish, or are late.

Job: the phases of what a lead department shares out, each due within the limit of the event (spec R2).
Never: act.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from server import policy
from server.access import Actor
from server.demo.hours import MINUTE
from server.demo.story import BY_UNIT, Phase, Tale, result, verify

SUBTASK = "subtask"
WANTED = ("派员到场核实权属，提供图纸资料", "安排抢修人员和机具到场配合", "对接产权单位，落实整改责任")
DONE = ("已派员到场，权属已核实", "人员机具已到场，配合作业完毕", "产权单位已落实整改")


def ask(tale: Tale) -> None:
    """The dispatcher of the lead asks every co-unit; the first one's part must be done before the result."""
    assert tale.handle is not None
    for number, unit in enumerate(_others(tale)):
        at = tale.at + tale.rng.uniform(5, 20) * MINUTE
        due = at + (tale.times.due(tale.handle) - at) * tale.rng.uniform(0.4, 0.7)
        facts = {"unit": unit, "text": tale.rng.choice(WANTED), "due_at": due.isoformat(), "mandatory": number == 0}
        tale.add("set", tale.one("DPD", tale.lead), at, SUBTASK, **facts)


def name(tale: Tale) -> None:
    """The dispatcher of the first co-unit names who does it."""
    unit = _others(tale)[0]
    at = tale.at + tale.rng.uniform(5, 25) * MINUTE
    tale.add("name", tale.one("DPD", unit), at, SUBTASK, unit=unit, person_id=str(_hand(tale, unit).person_id))


def finish(tale: Tale) -> None:
    """Who was named by the first co-unit has done it."""
    unit = _others(tale)[0]
    _finish(tale, _hand(tale, unit), unit)


def finish_rest(tale: Tale) -> None:
    """The dispatchers of the other co-units, who named nobody, say what was done."""
    for unit in _others(tale)[1:]:
        _finish(tale, tale.one("DPD", unit), unit)


def _finish(tale: Tale, by: Actor, unit: str) -> None:
    at = tale.at + tale.rng.uniform(15, 50) * MINUTE
    tale.add("done", by, at, SUBTASK, unit=unit, done_text=tale.rng.choice(DONE))


def _others(tale: Tale) -> list[str]:
    """Return the departments beside the lead, at most two."""
    units = policy.current().units
    return [one.unit for one in tale.entries[1:] if units[one.unit].kind != "township"][:2]


def _hand(tale: Tale, unit: str) -> Actor:
    """Return who of ``unit`` does its part, the same one each time."""
    rng = None if tale.plan.is_home else Random(f"{tale.plan.key}/{unit}")
    return tale.world.cast.one("DPH", unit, rng)


FATES: Mapping[str, tuple[Phase, ...]] = {"shared": (*BY_UNIT, ask, name, finish, finish_rest, result, verify)}
