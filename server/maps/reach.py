"""How far a reader's map reaches (可见范围): places, one unit, and single events besides; the same rows as the list.

Job: split the scope of viewing events into what tallies know (places, units) and what is counted one by one, without
overlap; name the scope, so that what is kept for one reader is never shown to another.
Never: widen it: all letters come from ``access``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from server import access, flow
from server.access import Actor, Hat
from server.events.machine import EVENT
from server.events.models import Event

PLACES = frozenset("atvg")
"""Scope letters that name a place or the whole."""
UNIT = "d"
EVERYTHING = ("a",)
"""The name of the reach of whoever sees all."""


@dataclass(frozen=True, slots=True)
class Way:
    """``hats`` see places by ``letters``; ``unit`` is seen whole; ``besides`` are events reached in other ways only."""

    held: tuple[tuple[Hat, str], ...]
    by: Actor
    unit: str | None
    is_mixed: bool
    besides: sa.ColumnElement[bool] | None

    def places(self, model: Any) -> list[Any]:
        """Return the conditions on the places of ``model``; none when everything or a unit is seen."""
        if self.unit or any(letter == "a" for _, letter in self.held):
            return []
        clauses = [access.SCOPES[letter](model, self.by, hat) for hat, letter in self.held if letter in PLACES]
        return [sa.or_(sa.false(), *clauses)]


def everything(by: Actor) -> access.Clause:
    """Return the condition for every event ``by`` sees."""
    return flow.reach(EVENT, by)


def held(by: Actor) -> tuple[tuple[Hat, str], ...]:
    """Return the posts of ``by`` with each scope letter they have for viewing events, in a fixed order."""
    if by is access.SYSTEM:
        return ((by.hats[0], "a"),)
    found = {
        (hat, letter)
        for hat in by.hats
        for permission in EVENT.view
        for letter in access.letters(hat.role, permission)
        if letter in access.SCOPES
    }
    return tuple(sorted(found, key=lambda pair: (str(pair[0].post_id), pair[1])))


def name(by: Actor) -> tuple[Any, ...]:
    """Return what the events ``by`` sees depend on: readers of equal names see the same."""
    letters = held(by)
    if any(letter == "a" for _, letter in letters):
        return EVERYTHING
    return (by.person_id, *((hat.unit, hat.township, hat.grid, letter) for hat, letter in letters))


def way(by: Actor) -> Way:
    """Return how the events ``by`` sees are counted."""
    letters = held(by)
    make = partial(Way, letters, by)
    if any(letter == "a" for _, letter in letters):
        return make(None, False, None)
    units = {hat.unit for hat, letter in letters if letter == UNIT}
    has_places = any(letter in PLACES for _, letter in letters)
    if len(units) > 1 or (units and has_places):
        return make(None, True, None)
    unit = next(iter(units), None)
    return make(unit, False, _besides(letters, by, unit))


def _besides(letters: tuple[tuple[Hat, str], ...], by: Actor, unit: str | None) -> Any:
    """Return the condition for events reached by no place and no unit: one's own, those assigned or named to one."""
    counted = PLACES if unit is None else frozenset(UNIT)
    others = [access.SCOPES[letter](Event, by, hat) for hat, letter in letters if letter not in counted]
    if letters:
        others += [Event.created_by == by.person_id, *flow.named(EVENT, by)]
    whole = [access.SCOPES[letter](Event, by, hat) for hat, letter in letters if letter in counted]
    if not others:
        return None
    is_counted = sa.func.coalesce(sa.or_(sa.false(), *whole), sa.false())
    return sa.and_(_any_of(others), sa.not_(is_counted))


def _any_of(clauses: list[Any]) -> Any:
    """Return the condition that one of ``clauses`` holds; several are looked up apart, each by its own index."""
    if len(clauses) == 1:
        return clauses[0]
    ids = sa.union(*(sa.select(Event.id).where(clause) for clause in clauses)).subquery()
    return Event.id.in_(sa.select(ids.c.id))
