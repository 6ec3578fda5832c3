"""Walk an arrow: lock → find → guards → effects → state → custody → clocks → journal line.

Job: the only place where an item changes its state, whatever its kind (spec 5).
Never: commit, or know a kind of item.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server import access, journal
from server.access import Actor, Hat
from server.db import db, now
from server.errors import NotFound
from server.flow import custody, refusals, timing
from server.flow.audience import tags
from server.flow.case import Case
from server.flow.models import MoveConflict, Subtask
from server.flow.moves import Holder, Machine, Move
from server.journal import Entry, Line
from server.people.models import Interest

ASSIGNED = "c"
"""The scope letter that means: assigned to me."""
TICK = timedelta(microseconds=1)
Claim = tuple[Hat, tuple[str, ...]]
"""A post, and the permissions of an arrow of which it needs one."""


def reach(machine: Machine, by: Actor) -> access.Clause:
    """Return the condition under which ``by`` sees items of this kind."""
    clauses = [access.within(by, permission, machine.model, own_too=True) for permission in machine.view]
    return sa.or_(sa.false(), *clauses, *named(machine, by))


def named(machine: Machine, by: Actor) -> list[access.Clause]:
    """Return the condition that ``by`` was named for a sub-task of an item: to look at it, not to walk its arrows.

    None for those whose posts see more than what is given to the person.
    """
    if not any(ASSIGNED in access.letters(hat.role, permission) for hat in by.hats for permission in machine.view):
        return []
    mine = (Subtask.person_id == by.person_id, Subtask.unit_code.in_(by.units))
    return [sa.exists().where(Subtask.item_id == machine.model.id, *mine).correlate(machine.model)]


def lock(machine: Machine, item_id: uuid.UUID, by: Actor) -> Any:
    """Return the item, locked until the commit; NotFound when it is absent or outside the actor's scope."""
    return _locked(machine, item_id, by)[0]


def _locked(machine: Machine, item_id: uuid.UUID, by: Actor, *asked: access.Clause) -> Sequence[Any]:
    """Return the locked item and the answers to what is ``asked`` about it."""
    query = sa.select(machine.model, *asked).where(machine.model.id == item_id, reach(machine, by))
    row = db.session.execute(
        query.with_for_update(of=machine.model), execution_options={"populate_existing": True}
    ).first()
    if row is None:
        raise NotFound
    return row


def demand(machine: Machine, item_id: uuid.UUID, by: Actor, permission: str) -> None:
    """Make sure that ``by`` holds ``permission`` on an item he sees; raises NotYourMove."""
    held = sa.select(machine.model.id).where(machine.model.id == item_id, access.within(by, permission, machine.model))
    if db.session.scalar(held) is None:
        raise refusals.NotYourMove(roles=access.holders(permission))


def move(
    machine: Machine,
    item_id: uuid.UUID,
    act: str,
    *,
    by: Actor,
    revision: int | None = None,
    facts: dict[str, Any] | None = None,
    captured_at: datetime | None = None,
) -> Case | MoveConflict:
    """Walk ``act`` on one item for ``by`` and return the case; an offline move that came too late is kept.

    Raises:
        NotFound, IllegalMove, RevisionMissing, RevisionMoved, NotYourMove, ConflictOfInterest, GuardRefused.
    """
    claims = _claims(machine, [one for one in machine.moves if one.act == act], by)
    item, *answers = _locked(machine, item_id, by, *claims.values())
    if captured_at and captured_at > now():
        raise refusals.CapturedInFuture
    arrow = machine.arrow_of(item, act)
    prelude = None if machine.has_ended(item) else machine.preludes.get((act, item.state))
    if captured_at and revision != item.revision and not prelude:
        late = _late(machine, item, act, arrow, by, facts or {}, captured_at)
        if late is not None:
            return late
    elif by is not access.SYSTEM:
        _check_revision(item, revision)
    if prelude and revision == item.revision:
        _walk_first(machine, item, prelude, by)
        arrow = machine.arrow(act, item.state)
    if arrow is None or arrow.by_consequence:
        offered = () if machine.has_ended(item) else machine.arrows_from(item.state)
        raise refusals.IllegalMove(state=item.state, acts=[one.act for one in offered])
    is_as_seen = not prelude and not captured_at
    hat = _hat(machine, arrow, item, by, dict(zip(claims, answers, strict=True)) if is_as_seen else None)
    return walk(Case(machine, arrow, item, by, hat, moment(item), dict(facts or {}), captured_at))


def _walk_first(machine: Machine, item: Any, act: str, by: Actor) -> None:
    arrow = machine.arrow(act, item.state)
    assert arrow is not None
    walk(
        Case(
            machine, arrow, item, by, _hat(machine, arrow, item, by), moment(item), arrow.takes().load({}, partial=True)
        )
    )


def _check_revision(item: Any, revision: int | None) -> None:
    if revision is None:
        raise refusals.RevisionMissing(revision=item.revision)
    if revision != item.revision:
        raise refusals.RevisionMoved(revision=item.revision, state=item.state)


def _late(
    machine: Machine, item: Any, act: str, arrow: Move | None, by: Actor, facts: dict[str, Any], captured_at: datetime
) -> MoveConflict | None:
    """Judge an offline move by the state at its own moment (g5): walk it, keep it as a conflict task, or refuse it."""
    seen_at = sa.func.coalesce(Entry.captured_at, Entry.at)
    query = sa.select(Entry.state_to).where(Entry.item_id == item.id, seen_at <= captured_at, Entry.move.is_not(None))
    then = db.session.scalar(query.order_by(Entry.id.desc()).limit(1))
    fitted = next((one for one in machine.offered_from(then) if one.act == act), None) if then else None
    if fitted is None:
        raise refusals.IllegalMove(state=then or item.state, captured_at=captured_at.isoformat())
    if arrow is not None:
        return None
    _hat(machine, fitted, item, by)
    task = MoveConflict(
        item_kind=machine.kind,
        item_id=item.id,
        township_code=item.township_code,
        act=act,
        facts=journal.plain(facts),
        created_by=by.person_id,
        captured_at=captured_at,
        created_at=now(),
        state_then=then,
        state_now=item.state,
    )
    db.session.add(task)
    journal.write(Line("move.conflicted", by, item=item, kind=machine.kind, facts={"act": act, "state_then": then}))
    return task


def _claims(machine: Machine, arrows: Iterable[Move], by: Actor) -> dict[Claim | None, access.Clause]:
    """Return what must hold of an item so that ``by`` may walk one of ``arrows``: per post and permissions (g1).

    Under None stands whether a conflict of interest was declared (g2).
    """
    if by is access.SYSTEM:
        return {}
    claims: dict[Claim | None, access.Clause] = {
        (hat, arrow.may): sa.or_(sa.false(), *(access.within(_as(by, hat), may, machine.model) for may in arrow.may))
        for arrow in arrows
        for hat in by.hats
        if hat.role in arrow.roles
    }
    biased = sa.exists().where(Interest.person_id == by.person_id, Interest.item_id == machine.model.id)
    return claims | {None: biased.correlate(machine.model)}


def _hat(machine: Machine, arrow: Move, item: Any, by: Actor, known: Mapping[Claim | None, bool] | None = None) -> Hat:
    """Return the post in which ``by`` may walk ``arrow`` on this item; asks the database unless that is ``known``."""
    if by is access.SYSTEM:
        return by.hats[0]
    if known is None:
        claims = _claims(machine, [arrow], by)
        row = db.session.execute(sa.select(*claims.values()).where(machine.model.id == item.id)).one()
        known = dict(zip(claims, row, strict=True))
    if known[None]:
        raise refusals.ConflictOfInterest
    found = next((hat for hat in by.hats if known.get((hat, arrow.may)) and hat.role in arrow.roles), None)
    if found is None:
        raise refusals.NotYourMove(roles=list(arrow.roles))
    return found


def _as(by: Actor, hat: Hat) -> Actor:
    return Actor(by.person_id, by.name, (hat,), by.device_id)


def moment(item: Any) -> datetime:
    """Return now, but never before the item's last move: time in the file only goes forward (R15)."""
    return max(now(), item.moved_at + TICK) if item.moved_at else now()


def consequence(parent: Case, machine: Machine, item: Any, act: str, **facts: Any) -> Case:
    """Walk an arrow that follows from another one, in the same transaction, in the name of the same actor."""
    arrow = machine.arrow_of(item, act)
    if arrow is None:
        raise refusals.IllegalMove(state=item.state, act=act)
    case = Case(machine, arrow, item, parent.by, parent.hat, max(parent.at, moment(item)), facts, parent.captured_at)
    return walk(case)


def ask(case: Case) -> None:
    """Look up what the guards need and ask them all; raises GuardRefused at the first no."""
    for look_up in case.move.first:
        look_up(case)
    for guard in case.move.guards:
        if not guard(case):
            refusal = refusals.GuardRefused(guard, **case.shown)
            refusal.leaves = case.leaves
            raise refusal


def walk(case: Case) -> Case:
    """Ask the guards, then change everything the arrow changes."""
    ask(case)
    item, arrow, source = case.item, case.move, case.item.state
    for effect in arrow.then:
        effect(case)
    item.state = arrow.target
    item.revision += 1
    item.moved_at = case.at
    final = case.machine.state(arrow.target).kind == "final"
    item.closed_at = case.at if final else None
    _custody(case, final)
    timing.apply(case, final=final)
    record(case, source)
    for effect in arrow.after:
        effect(case)
    return case


def _custody(case: Case, final: bool) -> None:
    item, kind = case.item, case.machine.kind
    if final:
        _finish_assignments(case)
        custody.hand(kind, item.id, None, case.at)
    elif case.move.hands_to is not None and (to := case.move.hands_to(case)) is not None:
        custody.hand(kind, item.id, to, case.at)


def _finish_assignments(case: Case) -> None:
    for assignment in case.assignments:
        assignment.until, assignment.ended_by = case.at, "finished"


def record(case: Case, source: str) -> None:
    """Write the journal line of a walk: facts, clock operations, audience."""
    facts = journal.plain(case.facts) | case.trace
    if case.clock_ops:
        facts["clocks"] = case.clock_ops
    journal.write(
        Line(
            action=f"{case.machine.kind}.{case.move.act}",
            by=case.by,
            hat=case.hat,
            item=case.item,
            kind=case.machine.kind,
            move=case.move.id,
            state_from=source,
            facts=facts,
            audience=tags(case),
            at=case.at,
            captured_at=case.captured_at,
        )
    )


def holder_of(desk: Any) -> Holder:
    """Return a desk as the holder custody wants."""
    return Holder(desk.unit, desk.post_id, desk.person_id)


def by_time(machine: Machine, item_id: uuid.UUID, act: str, **facts: Any) -> Case | None:
    """Walk what only time or a rule walks, in the name of the system; None when the item has moved on meanwhile."""
    item = lock(machine, item_id, access.SYSTEM)
    arrow = machine.arrow_of(item, act)
    if arrow is None:
        return None
    return walk(Case(machine, arrow, item, access.SYSTEM, access.SYSTEM.hats[0], moment(item), facts))
