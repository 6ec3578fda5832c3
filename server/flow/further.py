"""What else may be done with an item (另外可办): further acts outside its arrows, and what begins from it.

Job: the keys of the forms that make sense for the reader now, as cards tell them; a machine names its own in a table.
Never: refuse: the route of each decides; a card only says what is worth offering.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from server import access
from server.access import Actor

Card = dict[str, Any]
When = Callable[[Card, Actor], bool]


def told(table: Mapping[str, tuple[str, When]], card: Card, by: Actor) -> list[str]:
    """Return the keys of ``table`` (form → permission, when) that ``by`` may be offered, in its order."""
    return [form for form, (may, when) in table.items() if access.may(by, may) and when(card, by)]


def is_open(card: Card, by: Actor) -> bool:
    """Tell whether work may still follow."""
    return bool(card["state"]["type"] != "final")


def has_part(card: Card, by: Actor) -> bool:
    """Tell whether the reader's unit has a part in an open item, so that it may object."""
    units = {one["code"] for one in card["units"]} | {(card.get("unit") or {}).get("code")}
    return is_open(card, by) and bool(units & set(by.units))


def leads(card: Card, by: Actor) -> bool:
    """Tell whether the reader's unit leads an open item, or called for it."""
    lead = next((one["code"] for one in card["units"] if one["role"] == "lead"), card.get("caller_unit"))
    return is_open(card, by) and lead in by.units


def in_states(*states: str) -> When:
    """Return the question whether an item is in one of ``states``."""
    return lambda card, by: card["state"]["code"] in states
