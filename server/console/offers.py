"""What may be done with an item (可办事项): the acts its card offers, further acts, and what begins from it.

Job: one shape for all of them: act, words, weight, form, address.
Never: decide who may: the card and the rooms do.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app

from server.access import Actor
from server.catalogue import ways
from server.console.asking import ask
from server.errors import NotFound
from server.flow.moves import MACHINES
from server.http import ROUTES

Card = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be done: its form by key, the route it goes to, and fields that are given."""

    act: str
    zh: str
    en: str
    weight: str
    form: str
    route: str
    fixed: dict[str, Any]
    begins: str = ""
    """Kind of the item that begins with it; its id is made with the form."""


def route_of(ending: str) -> str:
    """Return the name of the route that ends with ``ending``, such as ``event_card``."""
    found = next((name for name in ROUTES if name.partition(".")[2] == ending), None)
    if found is None:
        raise NotFound
    return found


def card_of(kind: str, item_id: uuid.UUID, by: Actor) -> Card:
    """Return the card of an item; raises NotFound when absent or out of reach."""
    if kind not in MACHINES:
        raise NotFound
    card: Card = ask(route_of(f"{kind}_card"), by, {"id": item_id})
    return card


NOT_YET = {"event.convert": ("appeal", "dispute", "hazard")}
"""Form → kinds of which one must exist before the act leads anywhere."""


def offers(card: Card, by: Actor) -> list[Offer]:
    """Return everything ``by`` may do with the item of ``card``, the main acts first."""
    kind = card["kind"]
    known = {way.act: way for way in ways.ways(MACHINES[kind])}
    listed = [_of_way(known[one["act"]]) for one in card["actions"] if _leads(one["form"])]
    more = [_of_way(way) for way in known.values() if way.sort == "extra" and way.key in card["further"]]
    return [*_main_first(listed), *_begun(card), *more]


def _leads(form: str) -> bool:
    return form not in NOT_YET or any(kind in MACHINES for kind in NOT_YET[form])


def _main_first(listed: Iterable[Offer]) -> list[Offer]:
    order = {"main": 0, "side": 1, "danger": 2}
    return sorted(listed, key=lambda offer: order[offer.weight])


def _of_way(way: ways.Way) -> Offer:
    route, _path = current_app.url_map.bind("").match(way.href.format(id=ANY), method=way.method)
    return Offer(way.act, way.zh, way.en, way.weight, way.key, str(route), {})


ANY = uuid.UUID(int=0)
"""Stands for an id where only the shape of an address matters."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What begins from an item, where its card says that it makes sense: the offer, and the fields that are given."""

    offer: Offer
    fixed: Callable[[Card], dict[str, Any]]


BEGINNINGS = (
    Beginning(
        Offer("blow", "吹哨", "blow a whistle", "main", "whistle.blow", "whistles.blow_whistle", {}, "whistle"),
        lambda card: {"event_id": card["id"]},
    ),
    Beginning(
        Offer("ask", "布置子任务", "set a sub-task", "side", "subtask.set", "subtasks.set_subtask", {}, "subtask"),
        lambda card: {"kind": card["kind"], "item_id": card["id"]},
    ),
    Beginning(
        Offer("object", "提出异议", "object", "danger", "objection.file", "objections.file_objection", {}, "objection"),
        lambda card: {"kind": card["kind"], "item_id": card["id"]},
    ),
)  # fmt: skip


def _begun(card: Card) -> list[Offer]:
    return [replace(one.offer, fixed=one.fixed(card)) for one in BEGINNINGS if one.offer.form in card["further"]]


def offer(card: Card, act: str, by: Actor) -> Offer:
    """Return the offer called ``act``, also one that is not open to ``by`` now: the room says why.

    Raises:
        NotFound: there is no such act for this kind of item.
    """
    found = next((one for one in offers(card, by) if one.act == act), None)
    if found:
        return found
    way = next((way for way in ways.ways(MACHINES[card["kind"]]) if way.act == act and way.sort == "act"), None)
    if way is None:
        raise NotFound
    return _of_way(way)


def form(key: str, by: Actor) -> dict[str, Any]:
    """Return the form ``key`` as JSON Schema."""
    found: dict[str, Any] = ask("catalogue.forms", by)["forms"][key]
    return found
