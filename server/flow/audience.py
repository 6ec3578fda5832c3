"""Who may hear live of a change: scope letters turned into tags, so that one line finds its listeners by look-up.

Job: name an item's tags and an actor's tags with the same words as the scope letters (spec 12).
Never: carry content.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from server import access, journal
from server.access import Actor
from server.db import execute
from server.flow.case import Case
from server.flow.models import Assignment, Subtask
from server.flow.moves import MACHINES

ALL_TAG = "a"

_ITEM: sa.BindParameter[Any] = sa.bindparam("item", type_=sa.Uuid())
_HELD = sa.union_all(
    sa.select(Assignment.unit_code, Assignment.person_id).where(
        Assignment.item_id == _ITEM, sa.or_(Assignment.until.is_(None), Assignment.ended_by == "finished")
    ),
    sa.select(Subtask.unit_code, Subtask.person_id).where(Subtask.item_id == _ITEM, Subtask.person_id.is_not(None)),
)


def tags(case: Case) -> set[str]:
    """Return the tags of the item of ``case``; none while nobody is to hear of anything."""
    if journal.is_unheard():
        return set()
    return of_item(case.item, is_fresh=case.move.source == "draft")


def of_item(item: Any, *, is_fresh: bool = False) -> set[str]:
    """Return the tags of an item: places, units and persons concerned; a fresh one has no unit yet."""
    found = {ALL_TAG, f"p:{item.created_by}"}
    found |= {
        f"{letter}:{code}"
        for letter, code in (("t", item.township_code), ("v", item.village_code), ("g", item.grid_code))
        if code
    }
    held: Sequence[Any] = () if is_fresh else execute(_HELD, {"item": item.id}).all()
    for unit, person in held:
        found.add(f"d:{unit}")
        if person:
            found.add(f"p:{person}")
    machine = next((one for one in MACHINES.values() if isinstance(item, one.model)), None)
    return found | set(machine.hearers(item) if machine else ())


def listens(actor: Actor) -> dict[str, frozenset[str]]:
    """Return for each kind of item the tags ``actor`` may hear: exactly the scopes of viewing it."""
    return {kind: frozenset(_tags_of(actor, machine.view)) for kind, machine in MACHINES.items()}


def _tags_of(actor: Actor, view: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    for hat in actor.hats:
        words = {
            "a": ALL_TAG,
            "t": f"t:{hat.township}",
            "v": f"v:{hat.unit}",
            "g": f"g:{hat.grid}",
            "d": f"d:{hat.unit}",
            "c": f"c:{hat.unit}",
        }
        held = {letter for permission in view for letter in access.letters(hat.role, permission)}
        found |= {words[letter] for letter in held if letter in words}
        if held:
            found.add(f"p:{actor.person_id}")
    return found
