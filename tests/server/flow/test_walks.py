"""Random lives of items: whatever anybody tries, the rules of responsibility and of time hold after every step.

Events, whistles, check-ins and objections are moved by fitting and unfitting people, in and out of turn, on the spot
and from offline phones, while days go by and the worker rings. ``GRIDWHISTLE_WALKS=200`` walks farther.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, event, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server import flow, http
from server.access import Actor
from server.db import clock as server_clock
from server.db import db, new_id, now
from server.errors import NotFound, Refusal
from server.events import routes as events
from server.flow import Machine
from server.flow.refusals import IllegalMove, RevisionMissing, RevisionMoved
from server.objections import acts as objections
from server.people import tokens
from server.worker import exhaust
from tests.server.clocks.known import cn
from tests.server.flow.facts import CALLED, Draw, Talk, body
from tests.server.flow.holding import KINDS, check_all, check_done, check_refusal, items, picture
from tests.server.town import PEOPLE, Town

WALKS = int(os.environ.get("GRIDWHISTLE_WALKS", "8"))
STEPS = 14
PHASES = (Phase.explicit, Phase.generate) if WALKS < 20 else tuple(Phase)
OUT_OF_TURN = (IllegalMove, NotFound, RevisionMoved, RevisionMissing)
"""What is said to an act that does not exist in this state."""
START = cn("2025-03-03 09:00")
LAW = settings(
    max_examples=WALKS,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize="GRIDWHISTLE_WALKS" not in os.environ,
    phases=PHASES,
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody tries an act on an item as of a revision, perhaps captured offline before."""

    machine: Machine
    item: Any
    act: str
    who: str
    revision: int | None
    captured_at: datetime | None = None

    def facts(self, talk: Talk) -> dict[str, Any]:
        """Return what is said with it, read by the form of the act."""
        form = next(move.takes for move in self.machine.moves if move.act == self.act)
        read = form().load(body(talk, self.machine.kind, self.act), partial=self.act not in self.machine.acts())
        return {name: value for name, value in read.items() if name not in ("revision", "captured_at")}


def reported(town: Town, draw: Draw) -> Any:
    """Report an event that may be handled in the grid, and another like it close by."""
    town.report(category=draw(st.sampled_from(["A01", "B03", "B07"])))
    return town.report()


def blown(town: Town, draw: Draw) -> Any:
    """Blow a whistle: by the township, by a leader of the grid, or in an emergency."""
    who, kind = draw(st.sampled_from([("desk", "DEMAND"), ("leader", "DEMAND"), ("mei", "EMERGENCY")]))
    return town.blown(draw(st.sampled_from(CALLED[:3])), kind=kind, who=who)


BEGINNINGS: Mapping[str, Callable[[Town, Draw], Any]] = {
    "event": reported,
    "whistle": blown,
    "check_in": lambda town, draw: town.blown(draw(st.sampled_from(CALLED[:3]))),
    "objection": lambda town, draw: town.dispatched(),
}


class Walk(RuleBasedStateMachine):
    """The town while items of one kind go their way."""

    def __init__(self, kind: str, town: Town, actors: Mapping[str, Actor], connection: sa.Connection) -> None:
        super().__init__()
        self.kind, self.town, self.actors = kind, town, actors
        db.session.remove()
        self.savepoint = connection.begin_nested()
        server_clock.set(START)

    def teardown(self) -> None:
        """Undo everything."""
        db.session.remove()
        self.savepoint.rollback()

    @initialize(data=st.data())
    def begin(self, data: Any) -> None:
        """Make what the walk is about."""
        BEGINNINGS[self.kind](self.town, data.draw)
        if self.kind == "objection":
            self.a_unit_objects("lamp_desk", "change_lead", 10, data)

    @rule(data=st.data())
    def somebody_fitting_acts(self, data: Any) -> None:
        """Walk an arrow that leads on from here, by one of those who walk it."""
        machine, item = self._pick(data)
        arrows = [arrow for arrow in machine.offered_from(item.state) if not arrow.by_consequence]
        if arrows:
            arrow = one_of(data, arrows)
            who = data.draw(st.sampled_from(those_who_are(arrow.roles)))
            self._attempt(Try(machine, item, arrow.act, who, item.revision), data)

    @rule(data=st.data(), who=st.sampled_from(sorted(PEOPLE)), behind=st.sampled_from([0, 0, 1, None]))
    def anybody_tries_anything(self, data: Any, who: str, behind: int | None) -> None:
        """Try any act of the kind, in turn or not, by whoever, as of the present revision or not."""
        machine, item = self._pick(data)
        act = data.draw(st.sampled_from(sorted({move.act for move in machine.moves})))
        self._attempt(Try(machine, item, act, who, None if behind is None else item.revision - behind), data)

    @rule(data=st.data(), ago=st.timedeltas(timedelta(hours=-1), timedelta(days=3)))
    def an_act_arrives_from_an_offline_phone(self, data: Any, ago: timedelta) -> None:
        """Try what somebody saw and did some time ago."""
        machine, item = self._pick(data)
        act = data.draw(st.sampled_from(sorted(machine.acts())))
        roles = {role for arrow in machine.acts()[act] for role in arrow.roles}
        who = data.draw(st.sampled_from(those_who_are(roles)))
        seen = data.draw(st.integers(1, item.revision))
        self._attempt(Try(machine, item, act, who, seen, now() - ago), data)

    @rule(
        who=st.sampled_from(["lamp_desk", "water_desk"]),
        aim=st.sampled_from(["leave", "change_lead"]),
        share=st.sampled_from([0, 10]),
        data=st.data(),
    )
    def a_unit_objects(self, who: str, aim: str, share: int, data: Any) -> None:
        """File an objection to an assignment or a call."""
        found = [(machine, item) for machine, item in items() if machine.kind in ("event", "check_in")]
        machine, item = one_of(data, found)
        told = {"kind": machine.kind, "item_id": item.id, "aim": aim, "claimed_share_pct": share}
        before = picture()
        try:
            with http.transaction():
                objections.file(new_id(), told | {"basis": "第二条", "reason": "非主责"}, by=self.actors[who])
        except Refusal as refusal:
            check_refusal(refusal, before)

    @rule(data=st.data(), who=st.sampled_from(["centre", "centre_two", "desk"]))
    def an_officer_asks_for_an_event_to_be_voided(self, data: Any, who: str) -> None:
        """Note the question; another officer may then void it."""
        item = one_of(data, [item for machine, item in items() if machine.kind == "event"])
        with http.transaction():
            events.ask_void(id=item.id, data={"reason": "误报"}, by=self.actors[who])

    @rule(hours=st.integers(0, 24 * 9))
    def time_goes_by(self, hours: int) -> None:
        """Wait, with nobody to ring."""
        server_clock.advance(timedelta(hours=hours, minutes=7))

    @rule(hours=st.integers(0, 72))
    def the_worker_catches_up(self, hours: int) -> None:
        """Wait, then ring what is due and do what follows from it."""
        server_clock.advance(timedelta(hours=hours))
        exhaust()

    @invariant()
    def rules_hold(self) -> None:
        """What must hold holds after every step."""
        db.session.expire_all()
        check_all(items())

    def _pick(self, data: Any) -> tuple[Machine, Any]:
        """Return an item to act upon, mostly one of the kind of the walk."""
        found = items()
        own = [pair for pair in found if pair[0].kind == self.kind]
        return one_of(data, [*own, *own, *own, *found])

    def _attempt(self, one: Try, data: Any) -> None:
        before, stood = picture(), (one.item.state, one.item.revision)
        facts = one.facts(Talk(data.draw, self.town, one.item))
        how = {"by": self.actors[one.who], "revision": one.revision, "captured_at": one.captured_at}
        told = f"{one.machine.kind} {one.act}"
        try:
            with http.transaction():
                done = flow.move(one.machine, one.item.id, one.act, facts=facts, **how)
        except Refusal as refusal:
            note(f"{one.who}: {told} in {stood}: {refusal.code}")
            event(f"{told}: {refusal.code}")
            check_refusal(refusal, before)
            check_turn(one, stood[0], refusal)
        else:
            note(f"{one.who}: {told} in {stood}: done")
            event(f"{told}: done")
            check_done(one.machine, one.act, done, stood, how["by"])


def one_of(data: Any, found: Sequence[Any]) -> Any:
    """Draw one of ``found`` by its place, which says less than all that it is."""
    return found[data.draw(st.integers(0, len(found) - 1))]


def check_turn(one: Try, state: str, refusal: Refusal) -> None:
    """An act that does not exist in this state is refused for that reason, unless its revision is told first."""
    is_in_turn = one.machine.arrow(one.act, state) is not None or one.captured_at is not None
    assert is_in_turn or isinstance(refusal, OUT_OF_TURN)


def those_who_are(roles: Any) -> list[str]:
    """Return the people with one of ``roles``."""
    return [name for name, (role, _, _) in PEOPLE.items() if role in roles]


@pytest.mark.slow
@pytest.mark.timeout(300 + 60 * WALKS)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_happens_to_an_item_the_rules_hold_after_every_step(
    kind: str, town: Town, rolled_back: sa.Connection, clock: Any
) -> None:
    clock.set(START)
    actors = {who: tokens.read(town.key(who)) for who in PEOPLE}
    run_state_machine_as_test(lambda: Walk(kind, town, actors, rolled_back), settings=LAW)
