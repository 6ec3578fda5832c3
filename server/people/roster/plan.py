"""The plan: what each row would change, against what is there and the rows before it.

Job: decide with the same rules as a single appointment; the same file a second time changes nothing.
Never: write.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from server.db import db, new_id
from server.errors import Refusal
from server.people import acts, rules
from server.people.acts import Place
from server.people.models import Appointment, Person, Post
from server.people.roster.reading import Fault, Wanted
from server.people.rules import Span

NEW, APPOINTED, CHANGED, SAME, REFUSED = "新建账号并任职", "新增任职", "更新", "无变化", "有误"


@dataclass(slots=True)
class Holding:
    """An appointment that is there or planned."""

    id: uuid.UUID
    person_id: uuid.UUID
    place: Place
    span: Span
    deputy: bool = False
    post_id: uuid.UUID | None = None
    is_new: bool = False


@dataclass(slots=True)
class Someone:
    """A person who is there or planned."""

    id: uuid.UUID
    username: str
    name: str
    phone: str | None
    is_closed: bool = False
    is_new: bool = False
    told_in: int = 0


@dataclass(slots=True)
class There:
    """The persons a roster names, everything they hold, and who holds the single posts of the grids it names."""

    people: dict[str, Someone] = field(default_factory=dict)
    held: dict[uuid.UUID, list[Holding]] = field(default_factory=lambda: defaultdict(list))
    seats: dict[tuple[str, str], list[Holding]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, wanted: Iterable[Wanted]) -> There:
        """Return what the database says of these rows; nobody else appoints until this transaction ends."""
        db.session.execute(sa.text("LOCK TABLE appointments IN SHARE ROW EXCLUSIVE MODE"))
        wanted = list(wanted)
        there = cls()
        query = sa.select(Person).where(Person.username.in_({one.username for one in wanted}))
        for one in db.session.scalars(query.with_for_update()):
            person = Someone(one.id, one.username, one.name, one.phone, is_closed=one.disabled_at is not None)
            there.people[person.username] = person
        ids, grids = {person.id for person in there.people.values()}, {one.place.grid for one in wanted}
        for appointment, post in db.session.execute(
            sa.select(Appointment, Post)
            .join(Post, Post.id == Appointment.post_id)
            .where(sa.or_(Appointment.person_id.in_(ids), Post.grid_code.in_(grids - {None})))
        ):
            place, span = (
                Place(post.role, post.unit_code, post.grid_code),
                Span(appointment.valid_from, appointment.valid_to),
            )
            there.add(Holding(appointment.id, appointment.person_id, place, span, appointment.deputy, post.id))
        return there

    def add(self, holding: Holding) -> None:
        """Count with ``holding`` from now on."""
        self.held[holding.person_id].append(holding)
        if holding.place.grid and holding.place.role in rules.ONE_PER_GRID and not holding.deputy:
            self.seats[holding.place.grid, holding.place.role].append(holding)


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one row: its result, or its faults; ``holding`` is what is to be written."""

    number: int
    username: str
    name: str
    result: str
    faults: tuple[Fault, ...] = ()
    person: Someone | None = None
    holding: Holding | None = None


def plan(wanted: Iterable[Wanted], there: There, today: date) -> list[Step]:
    """Return a step per row, in order; each row counts with the ones before it."""
    return [_step(one, there, today) for one in wanted]


def _step(one: Wanted, there: There, today: date) -> Step:
    person = there.people.get(one.username)
    if fault := _of_person(one, person):
        return Step(one.number, one.username, one.name, REFUSED, (fault,))
    person = person or Someone(new_id(), one.username, one.name, one.phone, is_new=True)
    span = Span(one.first or today, one.last)
    before = _same(there.held[person.id], one, span)
    if before:
        span = Span(one.first or before.span.first, one.last)
    if fault := _of_post(one, person, span, there, before):
        return Step(one.number, one.username, one.name, REFUSED, (fault,))
    return _accepted(one, person, span, there, before)


def _accepted(one: Wanted, person: Someone, span: Span, there: There, before: Holding | None) -> Step:
    """Take the row into the plan and say what it changes."""
    is_first = person.username not in there.people
    differs = (person.name, person.phone) != (one.name, one.phone or person.phone)
    person.name, person.phone, person.told_in = one.name, one.phone or person.phone, one.number
    there.people[person.username] = person
    if before is None:
        holding = Holding(new_id(), person.id, one.place, span, is_new=True)
        there.add(holding)
        return Step(one.number, one.username, one.name, NEW if is_first else APPOINTED, (), person, holding)
    changed = differs or before.span != span
    before.span = span
    return Step(
        one.number, one.username, one.name, CHANGED if changed else SAME, (), person, before if changed else None
    )


def _of_person(one: Wanted, person: Someone | None) -> Fault | None:
    if person and person.is_closed:
        return Fault("账号", f"账号 {one.username} 已停用", "换用其他账号，或由安全管理员处理")
    if person and person.told_in and person.name != one.name:
        return Fault("姓名", f"与第 {person.told_in} 行同一账号、姓名不同", "一个账号只能对应一个人，请核对")
    return None


def _same(held: list[Holding], one: Wanted, span: Span) -> Holding | None:
    """Return the appointment this row speaks of: the same post in the same time."""
    return next((it for it in held if not it.deputy and _is(it.place, one.place) and it.span.meets(span)), None)


def _is(one: Place, other: Place) -> bool:
    """Tell whether two places are one: a grid's post is the grid's, whatever unit it was made under."""
    return one == other or (one.grid is not None and (one.role, one.grid) == (other.role, other.grid))


def _of_post(one: Wanted, person: Someone, span: Span, there: There, before: Holding | None) -> Fault | None:
    if before and before.is_new:
        return Fault("账号", "与本文件前面的行重复（同一人、同一岗位）", "删除重复的行")
    others = [(it.place, it.span, it.deputy) for it in there.held[person.id] if it is not before]
    try:
        acts.check_fits(others, one.place, span, deputy=False)
    except Refusal as refusal:
        return Fault("角色", refusal.title, "调整该人员的岗位或起止日期")
    for seat in there.seats.get((one.place.grid or "", one.place.role), ()):
        if seat is not before and seat.span.meets(span):
            return Fault("网格", "该网格此岗位在此期间已有人任职", "先免去原任，或改为兼职网格员")
    return None
