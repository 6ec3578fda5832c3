"""Arrows as data: states, moves and machines (状态机).

Job: say in one tuple per kind what may follow what, who may do it, what it takes, which clocks it touches and what it
leaves behind (spec 5). The same tuple gives the buttons, the forms, the routes, the drawing and the tests.
Never: walk (that is ``walk``), or know a kind of item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import marshmallow as ma

if TYPE_CHECKING:
    from server.flow.case import Case
    from server.policy import Limit

Guard = Callable[["Case"], bool]
"""A named function; True lets pass. Its docstring is what the officer reads: English line, then Chinese line."""
Effect = Callable[["Case"], None]
ALL = "*"


@dataclass(frozen=True, slots=True)
class State:
    """A state of a machine; ``kind`` says whether work may still follow.

    ``next_zh`` tells who acts next on the spot what comes next, in plain words; empty where the acts say it all.
    """

    code: str
    zh: str
    en: str
    kind: Literal["initial", "normal", "final"] = "normal"
    next_zh: str = ""

    def told(self) -> dict[str, str]:
        """Return the state as cards and lists tell it: code, names, type."""
        return {"code": self.code, "zh": self.zh, "en": self.en, "type": self.kind}


@dataclass(frozen=True, slots=True)
class Start:
    """A clock to start. ``keep`` leaves a running one alone; ``limit``, ``given``, ``units`` are read from the case."""

    code: str
    keep: bool = False
    limit: Callable[[Case], Limit] | None = None
    given: Callable[[Case], datetime | None] | None = None
    units: Callable[[Case], Sequence[str | None]] | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is responsible from now on: a unit, its post and the person who fills it."""

    unit: str
    post_id: Any = None
    person_id: Any = None


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow. ``source`` and ``target`` are states; ``may`` are the permissions of which one is needed.

    ``first`` looks up what the guards ask about. ``then`` runs before the state changes, ``after`` when everything is
    written. ``by_consequence`` arrows follow from another act and have no route. ``of_lead``: the roles that must be
    the lead unit's; to others of them no card offers it and a guard refuses it. ``starts_below`` and ``stops_below``
    name clocks of the parts it creates or moves: the parts' own arrows do it, the words are for the drawing.
    """

    id: str
    act: str
    source: str
    target: str
    zh: str
    en: str
    roles: tuple[str, ...]
    may: tuple[str, ...]
    takes: type[ma.Schema]
    first: tuple[Effect, ...] = ()
    guards: tuple[Guard, ...] = ()
    then: tuple[Effect, ...] = ()
    after: tuple[Effect, ...] = ()
    stops: tuple[str, ...] = ()
    starts: tuple[Start, ...] = ()
    starts_below: tuple[str, ...] = ()
    stops_below: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    leaves_running: tuple[str, ...] = ()
    hands_to: Callable[[Case], Holder | None] | None = None
    by_consequence: bool = False
    of_lead: tuple[str, ...] = ()
    weight: Literal["main", "side", "danger"] = "side"


@dataclass(frozen=True)
class Machine:
    """A kind of item and its arrows. ``clock_facts`` gives the circumstances in which a promise is looked up.

    ``headlines`` tells for several items by what words a list calls them, as ``by`` may read them.
    ``hearers`` adds tags of those who may hear live of an item, beyond place, creator and assignments.
    ``rests_initially``: a fresh item waits in the initial state, and its arrows out of it are ordinary acts.
    ``on_create`` are the clocks of a fresh item; ``preludes`` names an act that is walked first when somebody does
    (act, state) without it: who simply arrives has thereby responded. ``named_in`` are the states in which a person of
    the unit is named responsible, so that the unit may hand the item over to another. ``further`` names what else cards
    offer: form → the permission needed, and when it makes sense for a card and its reader.
    """

    kind: str
    zh: str
    path: str
    prefix: str
    model: Any
    states: tuple[State, ...]
    moves: tuple[Move, ...]
    view: tuple[str, ...]
    describe: Callable[[Any, Any], dict[str, Any]]
    clock_facts: Callable[[Any], dict[str, Any]]
    desk: Callable[[Any], Any] | None = None
    on_create: tuple[Start, ...] = ()
    rests_initially: bool = False
    hearers: Callable[[Any], Iterable[str]] = lambda item: ()
    headlines: Callable[[Sequence[Any], Any], Mapping[Any, str]] = lambda items, by: {}
    preludes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    named_in: tuple[str, ...] = ()
    from_event: Callable[[Case], Any] | None = None
    further: Mapping[str, tuple[str, Callable[[dict[str, Any], Any], bool]]] = field(default_factory=dict)
    _by_act: Mapping[tuple[str, str], Move] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        table = {(move.act, move.source): move for move in self.moves}
        if len(table) != len(self.moves):
            raise ValueError(f"{self.kind}: two arrows share an act and a state")
        object.__setattr__(self, "_by_act", table)

    def state(self, code: str) -> State:
        """Return the state named ``code``."""
        return next(state for state in self.states if state.code == code)

    def arrow(self, act: str, source: str) -> Move | None:
        """Return the arrow ``act`` out of ``source``, or None."""
        return self._by_act.get((act, source))

    def has_ended(self, item: Any) -> bool:
        """Tell whether ``item`` ended with what it was part of: in a state from which work followed otherwise."""
        return item.closed_at is not None and self.state(item.state).kind != "final"

    def arrow_of(self, item: Any, act: str) -> Move | None:
        """Return the arrow ``act`` out of the state of ``item``; None where there is none or the item has ended."""
        return None if self.has_ended(item) else self.arrow(act, item.state)

    def arrows_from(self, source: str) -> tuple[Move, ...]:
        """Return all arrows out of ``source``."""
        return tuple(move for move in self.moves if move.source == source)

    def offered_from(self, source: str) -> tuple[Move, ...]:
        """Return the arrows out of ``source``, and those that a prelude makes possible from there."""
        led = [
            (act, self._by_act[prelude, state]) for (act, state), prelude in self.preludes.items() if state == source
        ]
        return (*self.arrows_from(source), *(self._by_act[act, first.target] for act, first in led))

    def acts(self) -> dict[str, tuple[Move, ...]]:
        """Return the acts a client may name, each with its arrows; creations and consequences have no route."""
        named: dict[str, tuple[Move, ...]] = {}
        for move in self.moves:
            is_birth = self.state(move.source).kind == "initial" and not self.rests_initially
            if not move.by_consequence and not is_birth:
                named[move.act] = (*named.get(move.act, ()), move)
        return named


MACHINES: dict[str, Machine] = {}
"""Kind → machine; filled by the slices when they are imported."""


def register(machine: Machine) -> Machine:
    """Add ``machine`` to the table of all kinds."""
    MACHINES[machine.kind] = machine
    return machine
