"""Planning ahead (预排): how an item will stand once the acts that wait on this phone have arrived.

Job: walk the server's own table of arrows (catalogue: states with their offers) over a card; pure functions.
Never: know an arrow by itself; the server's answer replaces every plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mobile.core.shapes import Card

UNSENT = {"code": "unsent", "zh": "已保存，等待上传", "en": "saved, to be sent", "type": "normal"}
Kind = Mapping[str, Any]


def planned(card: Card, acts: Sequence[str], kind: Kind, roles: frozenset[str]) -> Card:
    """Return ``card`` with ``revision``, ``planned`` (state) and ``actions`` as after ``acts``; the state shown stays.

    Where the table does not lead on, no act is offered until the server has answered.
    """
    states = {state["code"]: state for state in kind.get("states", ())}
    here = _first(kind) if card["local"] else states.get(card["state"]["code"])
    for act in acts:
        here = _next(here, act, states, roles)
    shown = UNSENT if card["local"] else card["state"]
    if not acts:
        return card
    told: Card = card | {"state": shown, "revision": card["revision"] + len(acts), "actions": []}
    if here is None:
        return told
    names = ("code", "zh", "type")
    then = {"next_zh": here.get("next_zh", "")} if "next_zh" in card else {}
    planned = {name: here[name] for name in names}
    return told | then | {"planned": planned, "actions": _offered(card, here, kind, roles)}


def _first(kind: Kind) -> Mapping[str, Any] | None:
    return next((state for state in kind.get("states", ()) if state["type"] == "initial"), None)


def _next(
    here: Mapping[str, Any] | None, act: str, states: Mapping[str, Any], roles: frozenset[str]
) -> Mapping[str, Any] | None:
    """Return the state an act leads to; of a creation with several arrows the one these roles walk, if it is one."""
    if here is None:
        return None
    mine = {offer["to"] for offer in here["offers"] if offer["act"] == act and roles & set(offer["roles"])}
    if here["type"] == "initial" and not mine:
        mine = {offer["to"] for offer in here["offers"] if roles & set(offer["roles"])}
    return states.get(mine.pop()) if len(mine) == 1 else None


def _offered(card: Card, here: Mapping[str, Any], kind: Kind, roles: frozenset[str]) -> list[dict[str, Any]]:
    ways = {way["act"]: way for way in kind.get("acts", ())}
    acts = [offer["act"] for offer in here["offers"] if roles & set(offer["roles"]) and offer["act"] in ways]
    return [
        {name: ways[act][name] for name in ("act", "zh", "en", "weight", "method", "form")}
        | {"href": ways[act]["href"].replace("{id}", card["id"])}
        for act in dict.fromkeys(acts)
    ]
