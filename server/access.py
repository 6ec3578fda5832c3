"""Who may: the permission table of chapter 12 read as SQL.

Job: turn (person, permission, kind of item) into the rows this person may reach; default is deny.
Never: answer for a single route by hand, or be asked inside a view.

A scope letter means the same for every kind of item; a model may give a letter its own meaning in ``scopes``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from server import policy

Clause = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Hat:
    """One post a person fills today."""

    post_id: uuid.UUID
    role: str
    unit: str
    township: str | None = None
    grid: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person with all posts filled today, and the device that speaks."""

    person_id: uuid.UUID
    name: str
    hats: tuple[Hat, ...]
    device_id: str | None = None
    username: str = ""
    must_change_password: bool = False
    must_bind_factor: bool = False
    token_hash: bytes | None = field(default=None, repr=False)

    @property
    def roles(self) -> frozenset[str]:
        """Return the roles of all posts."""
        return frozenset(hat.role for hat in self.hats)

    @property
    def grids(self) -> tuple[str, ...]:
        """Return the codes of the grids this person stands in."""
        return tuple(sorted({hat.grid for hat in self.hats if hat.grid}))

    @property
    def units(self) -> tuple[str, ...]:
        """Return the codes of the units this person belongs to."""
        return tuple(sorted({hat.unit for hat in self.hats}))

    def hat_for(self, permission: str) -> Hat | None:
        """Return the first post that holds ``permission``, or None."""
        return next((hat for hat in self.hats if letters(hat.role, permission)), None)

    def hat_as(self, roles: frozenset[str] | tuple[str, ...]) -> Hat | None:
        """Return the first post whose role is among ``roles``, or None."""
        return next((hat for hat in self.hats if hat.role in roles), None)


SYSTEM = Actor(uuid.UUID(int=0), "系统", (Hat(uuid.UUID(int=0), "SYS", "SYSTEM"),), username="system")
"""Timers, rules and imports (SYS): reaches everything, and every line says so."""


def letters(role: str, permission: str) -> frozenset[str]:
    """Return the scope letters ``role`` has for ``permission``; empty means no."""
    row = policy.current().permissions.get(permission)
    return row.scopes.get(role, frozenset()) if row else frozenset()


def holders(permission: str) -> list[str]:
    """Return the roles that hold ``permission`` anywhere."""
    row = policy.current().permissions.get(permission)
    return sorted(role for role, held in row.scopes.items() if held) if row else []


def may(actor: Actor, permission: str) -> bool:
    """Tell whether any post of ``actor`` holds ``permission`` at all, wherever."""
    return actor is SYSTEM or actor.hat_for(permission) is not None


def same(column: Any, code: str | None) -> Clause:
    """Return the condition that ``column`` is ``code``; a post without one reaches nothing, not what lies nowhere."""
    return sa.false() if code is None else column == code


SCOPES: dict[str, Callable[[Any, Actor, Hat], Clause]] = {
    "o": lambda model, actor, hat: model.created_by == actor.person_id,
    "g": lambda model, actor, hat: same(model.grid_code, hat.grid),
    "v": lambda model, actor, hat: model.village_code == hat.unit,
    "t": lambda model, actor, hat: same(model.township_code, hat.township),
    "a": lambda model, actor, hat: sa.true(),
}
"""What each scope letter means for an item (spec 12); flow adds d and c; m, * and E say how, not which."""


def within(actor: Actor, permission: str, model: Any, *, own_too: bool = False) -> Clause:
    """Return the SQL condition for the rows of ``model`` that ``actor`` reaches by ``permission``.

    ``own_too`` adds what the actor created: a reporter always sees the progress of own reports (spec 12).
    """
    if actor is SYSTEM:
        return sa.true()
    own = getattr(model, "scopes", {})
    clauses = [
        (own.get(letter) or SCOPES[letter])(model, actor, hat)
        for hat in actor.hats
        for letter in letters(hat.role, permission)
        if letter in SCOPES
    ]
    if own_too and clauses:
        clauses.append(model.created_by == actor.person_id)
    return sa.or_(sa.false(), *clauses)


def is_masked(actor: Actor, permission: str) -> bool:
    """Tell whether everything the actor sees by ``permission`` is masked (letter m on each post that has it)."""
    held = [found for hat in actor.hats if (found := letters(hat.role, permission))]
    return bool(held) and all("m" in found for found in held)
