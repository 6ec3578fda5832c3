"""Recompute every clock from the journal alone (spec 4 rule 8), and the format in which acts tell it.

Job: define the operations that acts put into ``facts["clocks"]`` of their journal line, and play them back.
Never: look at the clock table; what it holds must be what comes out here.

Every operation names its clock by ``item_kind``, ``item_id`` (text), ``code`` and ``unit`` (text or null), and its
moment ``at``; at most one clock of that name runs at a time. Moments are ISO 8601 with offset. Per ``op``:

=========  ============================================================================================================
start      ``limit`` (policy text), ``given`` (moment or null), ``due``, ``provisional``, ``breaches``: false when it is
           a right of a resident, which may lapse but not be late
stop       ``result``: met, late, attempted or staged
cancel     ``result``: cancelled; the clock no longer matters
waive      ``result``: waived, ``reason``, ``approver``: somebody answers for not asking any more
pause      ``until``, ``reason``, ``approver``, ``due``, ``provisional``: due as it will be if resumed at ``until``
resume     ``due``, ``provisional``: the pause ends at ``at``, which is never later than its ``until``
agree      ``given``, ``due``, ``provisional``: a person set the date that the limit allows to set
extend     ``due`` (the new one), ``provisional`` (false)
recount    ``due``, ``provisional``: the holidays of a year became known
breach     ``due``: the due moment passed; the clock goes on as breached_open
=========  ============================================================================================================

A paused clock is resumed before it stops, and a running one cancelled before it starts anew (返工): each step is told.
A ``due`` marked provisional was computed while holidays were unknown and is taken as told; any other is computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from server.clocks import rules
from server.clocks.calendar import WorkCalendar
from server.clocks.rules import Course, Extension, Pause
from server.policy.limit import Limit

RUNNING, MET, LATE, BREACHED_OPEN = "running", "met", "late", "breached_open"
WAIVED, ATTEMPTED, STAGED, CANCELLED = "waived", "attempted", "staged", "cancelled"
RESULTS = (RUNNING, MET, LATE, BREACHED_OPEN, WAIVED, ATTEMPTED, STAGED, CANCELLED)
"""How a clock stands or ended (spec 4)."""

Operation = Mapping[str, Any]
Operations = list[dict[str, Any]]
Name = tuple[str, str, str | None]


def iso(moment: datetime) -> str:
    """Return a moment as operations carry it: ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat()


class Named(Protocol):
    """A clock row, as far as an operation names it."""

    item_kind: Any
    item_id: Any
    code: Any
    unit_code: Any


def told(clock: Named, op: str, at: datetime, **more: Any) -> dict[str, Any]:
    """Return the operation ``op`` on ``clock`` as the journal keeps it."""
    name = {"item_kind": clock.item_kind, "item_id": str(clock.item_id), "code": clock.code, "unit": clock.unit_code}
    return {"op": op, **name, "at": iso(at), **more}


def judgement(stopped_at: datetime, due_at: datetime, *, breaches: bool) -> str:
    """Return how a clock ended that stopped because the work was done: met, at the due moment too, or late."""
    return LATE if breaches and stopped_at > due_at else MET


class Entry(Protocol):
    """A journal line, as far as clocks care."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the act left behind; clocks are under ``clocks``."""


@dataclass(slots=True)
class ClockState:
    """A clock as the journal tells it."""

    item_kind: str
    item_id: str
    code: str
    unit: str | None
    course: Course
    due_at: datetime
    original_due_at: datetime
    provisional: bool
    breaches: bool = True
    result: str = RUNNING
    stopped_at: datetime | None = None
    breached: bool = False
    paused: bool = False


def replay(entries: Iterable[Entry], calendar: WorkCalendar) -> list[ClockState]:
    """Return every clock the ``entries`` (in journal order) tell of, in order of their start.

    KeyError when a line speaks of a clock that does not run: such a journal is incomplete.
    """
    tape = _Tape(calendar)
    for entry in entries:
        for operation in entry.facts.get("clocks", ()):
            tape.play(operation)
    return tape.states


class _Tape:
    """The clocks played so far; ``running`` finds them by name."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self.calendar = calendar
        self.states: list[ClockState] = []
        self.running: dict[Name, ClockState] = {}

    def play(self, operation: Operation) -> None:
        """Apply one operation."""
        name = (operation["item_id"], operation["code"], operation["unit"])
        if operation["op"] == "start":
            self.running[name] = state = self._started(operation)
            self.states.append(state)
            return
        state = self.running[name]
        CHANGES[operation["op"]](state, operation)
        if operation["op"] in REDUES:
            self._redue(state, operation)
        if state.stopped_at:
            self.running.pop(name)

    def _started(self, operation: Operation) -> ClockState:
        course = Course(_moment(operation["at"]), Limit.parse(operation["limit"]), _moment_or_none(operation["given"]))
        due_at = self._due(course, operation)
        who = (operation["item_kind"], operation["item_id"], operation["code"], operation["unit"])
        return ClockState(*who, course, due_at, due_at, operation["provisional"], operation["breaches"])

    def _redue(self, state: ClockState, operation: Operation) -> None:
        state.due_at = self._due(state.course, operation)
        state.provisional = operation["provisional"]

    def _due(self, course: Course, operation: Operation) -> datetime:
        return _moment(operation["due"]) if operation["provisional"] else rules.due(course, self.calendar).at


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment_or_none(text: str | None) -> datetime | None:
    return None if text is None else _moment(text)


def _end(state: ClockState, operation: Operation, result: str) -> None:
    state.stopped_at, state.result = _moment(operation["at"]), result


def _stop(state: ClockState, operation: Operation) -> None:
    told = operation["result"]
    judged = judgement(_moment(operation["at"]), state.due_at, breaches=state.breaches)
    _end(state, operation, told if told in (ATTEMPTED, STAGED) else judged)


def _pause(state: ClockState, operation: Operation) -> None:
    pause = Pause(_moment(operation["at"]), _moment(operation["until"]))
    state.course = replace(state.course, pauses=(*state.course.pauses, pause))
    state.paused = True


def _resume(state: ClockState, operation: Operation) -> None:
    *before, pause = state.course.pauses
    ended = replace(pause, end=_moment(operation["at"]))
    state.course = replace(state.course, pauses=(*before, ended))
    state.paused = False


def _extend(state: ClockState, operation: Operation) -> None:
    extension = Extension(_moment(operation["at"]), _moment(operation["due"]))
    state.course = replace(state.course, extension=extension)


def _agree(state: ClockState, operation: Operation) -> None:
    state.course = replace(state.course, given=_moment(operation["given"]))


def _recount(state: ClockState, operation: Operation) -> None:
    """Nothing but the due moment changes."""


def _breach(state: ClockState, operation: Operation) -> None:
    state.breached, state.result = True, BREACHED_OPEN


REDUES = frozenset({"pause", "resume", "agree", "extend", "recount"})
CHANGES: Mapping[str, Callable[[ClockState, Operation], None]] = {
    "stop": _stop,
    "cancel": lambda state, operation: _end(state, operation, CANCELLED),
    "waive": lambda state, operation: _end(state, operation, WAIVED),
    "pause": _pause,
    "resume": _resume,
    "agree": _agree,
    "extend": _extend,
    "recount": _recount,
    "breach": _breach,
}
"""What each operation does to a running clock."""
