"""Perform a story (演出): each step through the real arrows, at its own moment, in the name of its person.

Job: move the server's clock, hand the facts through the act's own form, walk the arrow, write the journal.
Never: commit, change an item past its machine, or let anything follow from the past: no reactions, no notices.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import repeat
from typing import Any

import marshmallow as ma
import sqlalchemy as sa

from server import flow, journal
from server.access import Actor
from server.db import clock, db
from server.demo.plan import Plan, event_id
from server.demo.shared import SUBTASK
from server.demo.story import EVENT, OBJECTION, Step
from server.demo.whistling import WHISTLE
from server.events import acts as events
from server.events.acts import Report
from server.events.forms import EventIn
from server.events.models import Event
from server.flow import Machine, by_time, numbers, subtasks
from server.flow.moves import MACHINES
from server.journal import Line
from server.objections import acts as objections
from server.objections.forms import ObjectionIn
from server.whistles import acts as whistles
from server.whistles.forms import WhistleIn
from server.whistles.models import CheckIn


class Stage:
    """One story on stage: its items by their names within the story."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.items: dict[str, Any] = {}

    def perform(self, steps: Sequence[Step]) -> None:
        """Perform ``steps`` in order; whatever an arrow refuses is a mistake of the story and raises."""
        with numbers.counting(repeat(self.plan.serial)):
            for step in steps:
                clock.set(step.at)
                ACTS.get((step.item, step.act), Stage.walk)(self, step)

    def walk(self, step: Step) -> None:
        """Walk an ordinary act."""
        item = self.item(step.item)
        machine = _machine(item)
        if step.by is None:
            by_time(machine, item.id, step.act)
            return
        takes = next(arrow.takes for arrow in machine.moves if arrow.act == step.act)
        facts = shaped(takes, step.facts | self.proof(step))
        facts.pop("captured_at"), facts.pop("revision")
        flow.move(machine, item.id, step.act, by=step.by, revision=item.revision, facts=facts)

    def item(self, name: str) -> Any:
        """Return an item of the story; the check-in of a department is looked up when it is first spoken of."""
        if name not in self.items:
            query = sa.select(CheckIn).where(CheckIn.whistle_id == self.items[WHISTLE].id, CheckIn.unit_code == name)
            self.items[name] = db.session.scalars(query).one()
        return self.items[name]

    def proof(self, step: Step) -> dict[str, Any]:
        """Return the code that the caller shows at this moment, where one is asked for."""
        if step.facts.get("method") not in SHOWN:
            return {}
        whistle = self.items[WHISTLE]
        caller = Actor(whistle.created_by, "", ())
        return {"code": whistles.codes(whistle, by=caller)[SHOWN[step.facts["method"]]]}

    def report(self, step: Step) -> None:
        """Report the event; it is marked as synthetic."""
        facts = shaped(EventIn, step.facts)
        (case,) = events.report([Report(self.plan.id, facts, _somebody(step), synthetic=True)])
        self.items[EVENT] = case.item

    def blow(self, step: Step) -> None:
        """Blow the whistle about the event."""
        facts = shaped(WhistleIn, step.facts | {"event_id": str(self.plan.id)})
        whistle_id = event_id(f"{self.plan.key}/whistle", step.at)
        self.items[WHISTLE] = whistles.blow(whistle_id, facts, by=_somebody(step)).item

    def file(self, step: Step) -> None:
        """File an objection to the event's assignment, or to the department's call."""
        called = {"event": EVENT, "check_in": step.by.units[0] if step.by else ""}
        facts = shaped(ObjectionIn, step.facts | {"item_id": str(self.item(called[step.facts["kind"]]).id)})
        objection_id = event_id(f"{self.plan.key}/objection", step.at)
        self.items[OBJECTION] = objections.file(objection_id, facts, by=_somebody(step)).item

    def share(self, step: Step) -> None:
        """Set a sub-task for a co-unit, as the route does."""
        facts = shaped(subtasks.SubtaskIn, step.facts | {"item_id": str(self.plan.id)})
        subtasks.set_subtask(self.subtask(step), facts, _somebody(step))

    def name(self, step: Step) -> None:
        """Name who of the co-unit does its sub-task."""
        facts = shaped(subtasks.NameIn, {"person_id": step.facts["person_id"]})
        subtasks.name_officer(self.subtask(step), facts, _somebody(step))

    def finish(self, step: Step) -> None:
        """Finish the sub-task of the co-unit."""
        facts = shaped(subtasks.DoneIn, {"done_text": step.facts["done_text"]})
        subtasks.finish_subtask(self.subtask(step), facts, _somebody(step))

    def subtask(self, step: Step) -> uuid.UUID:
        """Return the id of the story's sub-task for the unit of ``step``, made of the moment of the report."""
        return event_id(f"{self.plan.key}/subtask/{step.facts['unit']}", self.plan.at)

    def ask_void(self, step: Step) -> None:
        """Ask for the event to be voided, as the route does."""
        event: Event = self.items[EVENT]
        tags = {"a", f"t:{event.township_code}"}
        journal.write(
            Line("event.void_asked", _somebody(step), item=event, kind=EVENT, facts=step.facts, audience=tags)
        )


ACTS: Mapping[tuple[str, str], Callable[[Stage, Step], None]] = {
    (EVENT, "report"): Stage.report,
    (EVENT, "ask_void"): Stage.ask_void,
    (WHISTLE, "blow"): Stage.blow,
    (OBJECTION, "file"): Stage.file,
    (SUBTASK, "set"): Stage.share,
    (SUBTASK, "name"): Stage.name,
    (SUBTASK, "done"): Stage.finish,
}
"""What is more than walking an arrow of an item that is there."""
SHOWN = {"code": "code", "meeting": "meeting_code"}
"""Method of a check-in → which of the caller's codes proves it."""


def _somebody(step: Step) -> Actor:
    assert step.by is not None
    return step.by


def _machine(item: Any) -> Machine:
    return next(machine for machine in MACHINES.values() if isinstance(item, machine.model))


@cache
def _form(schema: type[ma.Schema]) -> ma.Schema:
    return schema()


def shaped(schema: type[ma.Schema], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``facts`` (JSON) as the act's form shapes them; ValidationError when the form would refuse them."""
    return dict(_form(schema).load(facts))


def known(plans: Sequence[Plan]) -> set[uuid.UUID]:
    """Return which of these stories are in the database already: a story is there whole or not at all."""
    query = sa.select(Event.id).where(Event.id.in_([plan.id for plan in plans]))
    return set(db.session.scalars(query))
