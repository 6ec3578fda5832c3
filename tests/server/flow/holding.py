"""What must hold of items after every step, whoever moved them, and of a move that was refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from server.access import Actor
from server.clocks import audit
from server.clocks.models import Breach, Clock
from server.db import db
from server.errors import Refusal
from server.flow import MACHINES, Assignment, Case, Custody, Machine, MoveConflict
from server.invariants import acts as invariants
from server.journal import Entry

KINDS = ("event", "whistle", "check_in", "objection")
SHARED = (Custody, Assignment, Clock, Breach, MoveConflict)
UNDER_A_LEAD = ("dispatched", "accepted", "handling", "suspended", "handled")
COUNTED = {"wrong_codes"}
"""What a refused move may leave behind: guessed codes are counted."""
CHINESE = re.compile(r"[一-鿿]")

Found = Sequence[tuple[Machine, Any]]


def items() -> Found:
    """Return every item there is, with its machine, oldest first within a kind."""
    machines = [MACHINES[kind] for kind in KINDS]
    return [
        (machine, item)
        for machine in machines
        for item in db.session.scalars(sa.select(machine.model).order_by(machine.model.created_at, machine.model.no))
    ]


def picture() -> dict[str, list[str]]:
    """Return every row that a refused move must leave as it is, and how many lines the journal has."""
    shown = {}
    for model in (*(MACHINES[kind].model for kind in KINDS), *SHARED):
        columns = ", ".join(f'"{column.name}"' for column in model.__table__.c if column.name not in COUNTED)
        rows = sa.text(f"select row({columns})::text from {model.__tablename__}")
        shown[model.__tablename__] = sorted(db.session.scalars(rows))
    return shown | {"journal": [str(db.session.scalar(sa.select(sa.func.count()).select_from(Entry)))]}


def check_refusal(refusal: Refusal, before: dict[str, list[str]]) -> None:
    """A refusal has a code and a sentence the officer understands, and nothing has changed."""
    problem = refusal.problem()
    assert problem["code"]
    assert problem["detail"]
    assert CHINESE.search(problem["title"]), problem
    assert 400 <= problem["status"] < 500
    after = picture()
    changed = [(name, set(before[name]) ^ set(after[name])) for name in before if before[name] != after[name]]
    assert not changed, (problem["code"], changed)


def check_done(machine: Machine, act: str, done: Case | MoveConflict, before: tuple[str, int], by: Actor) -> None:
    """A move that was walked is an arrow of the table, by a role of that arrow, with a line that says so."""
    state, revision = before
    if isinstance(done, MoveConflict):
        assert (done.act, done.created_by) == (act, by.person_id)
        return
    prelude = machine.preludes.get((act, state))
    led = machine.arrow(prelude, state) if prelude and done.item.revision > revision + 1 else None
    arrow = machine.arrow(act, led.target if led else state)
    assert arrow is not None
    assert not arrow.by_consequence
    assert {hat.role for hat in by.hats} & set(arrow.roles)
    assert done.item.revision >= revision + (2 if led else 1)
    lines = sa.select(Entry).where(Entry.item_id == done.item.id, Entry.move == arrow.id).order_by(Entry.id.desc())
    line = db.session.scalars(lines.limit(1)).one()
    assert (line.state_from, line.state_to, line.person_id) == (arrow.source, arrow.target, by.person_id)


def check_all(found: Found) -> None:
    """Custody is whole (R4), times are in order (R15), there is one lead (R2), the journal tells the clocks."""
    for machine, item in found:
        check_custody(machine, item)
        check_times(item)
        if machine.kind == "event":
            check_lead(item)
    assert audit.differences([item.id for _, item in found]) == []
    assert invariants.broken() == []


def check_custody(machine: Machine, item: Any) -> None:
    """From its first moment to its last exactly one holder answers for an item (R4)."""
    query = sa.select(Custody).where(Custody.item_id == item.id).order_by(Custody.since, Custody.until.nulls_last())
    held = db.session.scalars(query).all()
    assert held, f"{item.no} has no custodian"
    assert held[0].since == item.created_at
    assert all(one.until == following.since for one, following in pairwise(held))
    final = machine.state(item.state).kind == "final" or item.closed_at is not None
    assert held[-1].until == (item.closed_at if final else None)
    assert final == (item.closed_at is not None)


def check_times(item: Any) -> None:
    """Moves follow one another in time as in number; nothing ends before it begins (R15)."""
    query = sa.select(Entry.revision, Entry.at).where(Entry.item_id == item.id, Entry.move.is_not(None))
    moves = db.session.execute(query.order_by(Entry.id)).all()
    assert all(one.at <= following.at for one, following in pairwise(moves))
    numbers = [move.revision for move in moves]
    assert numbers == sorted(set(numbers)), numbers
    assert item.created_at <= item.moved_at
    assert not moves or (moves[-1].at, moves[-1].revision) == (item.moved_at, item.revision)
    for clock in db.session.scalars(sa.select(Clock).where(Clock.item_id == item.id)):
        assert clock.started_at <= clock.due_at
        assert clock.stopped_at is None or clock.started_at <= clock.stopped_at


def check_lead(event: Any) -> None:
    """A dispatched event has one lead unit, and never two (R2)."""
    query = sa.select(sa.func.count()).where(
        Assignment.item_id == event.id, Assignment.role == "lead", Assignment.until.is_(None)
    )
    leads = db.session.scalar(query)
    assert leads == (1 if event.state in UNDER_A_LEAD else 0), (event.state, leads)
