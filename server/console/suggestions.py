"""What a form offers before anything is typed (表单预填): the directory's units, candidates for a merge, colleagues.

Job: rows of (form, field) → where its suggestion comes from.
Never: decide: what the officer sends is what counts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from server import policy
from server.access import Actor
from server.console.asking import ask
from server.db import CN, now
from server.errors import NotFound
from server.flow.subtasks import HANDLE
from server.people import colleagues

Card = dict[str, Any]
UNDECIDED = "default"
"""What stands in the policy where the district has not named a clause yet."""
SOON, ASKED, JOINT = timedelta(minutes=30), timedelta(days=1), timedelta(days=2)


def local(moment: datetime) -> str:
    """Return a moment as an entry field for local time takes it."""
    return moment.astimezone(CN).strftime("%Y-%m-%dT%H:%M")


def shares(card: Card, by: Actor) -> list[dict[str, Any]]:
    """Return the units that the dispatch directory names for the event's leaf, with their shares and clauses."""
    book, leaf = policy.at(_reported(card)), (card.get("category") or {}).get("code", "")
    if leaf not in book.directory:
        return []
    clause = next((text for text in (book.categories[leaf].basis,) if text != UNDECIDED), _("派单目录默认分工"))
    return [
        {"unit": one.unit, "role": one.role, "share_pct": one.share_pct, "basis": one.basis or clause}
        for one in book.shares(leaf, card["township_code"])
    ]


def _reported(card: Card) -> datetime:
    """Return when the event was reported: it keeps the directory of that moment."""
    return datetime.fromisoformat(card["created_at"]) if card.get("created_at") else now()


def called(card: Card, by: Actor) -> list[str]:
    """Return the departments that answer for the event's leaf: whom a whistle calls first."""
    units = policy.current().units
    return [one["unit"] for one in shares(card, by) if units[one["unit"]].kind != "township"]


def of_event(card: Card, by: Actor) -> list[str]:
    """Return the departments that answer for the event of a whistle; none where there is no event in reach."""
    if not card["event_id"]:
        return []
    try:
        return called(ask("events.event_card", by, {"id": card["event_id"]}), by)
    except NotFound:
        return []


def unjudged(card: Card, by: Actor) -> list[dict[str, Any]]:
    """Return the departments of a whistle that still wait for the caller's judgement."""
    waiting = [one for one in card.get("check_ins", ()) if one["state"]["code"] in ("released", "no_show")]
    return [{"unit": one["unit"]["code"]} for one in waiting]


def duplicates(card: Card, by: Actor) -> list[dict[str, Any]]:
    """Return the open events this one may repeat, those the reader may see."""
    found = ask("events.duplicates_of", by, {"id": card["id"]})["duplicates"]
    return [one for one in found if one.get("id")]


def handlers(card: Card, by: Actor) -> list[dict[str, Any]]:
    """Return who in the reader's own unit can be named."""
    return colleagues.of(by, ("DPH", "DPD", "TWD"))


def partners(card: Card, by: Actor) -> list[Any]:
    """Return the units besides the reader's own that have a part in the item: those that answer, and those called."""
    parts = [one["code"] for one in card["units"]] + [one["unit"]["code"] for one in card.get("check_ins", ())]
    units = policy.current().units
    return [units[code] for code in dict.fromkeys(parts) if code in units and code not in by.units]


def only_partner(card: Card, by: Actor) -> str:
    """Return the unit that can be asked, where there is only one."""
    found = partners(card, by)
    return found[0].code if len(found) == 1 else ""


def by_when(card: Card, by: Actor) -> str:
    """Return by when a part of the item may be asked for: in a day, but not later than the item itself is due (R2)."""
    last = limit(card)
    return local(min(now() + ASKED, last) if last else now() + ASKED)


def limit(card: Card) -> datetime | None:
    """Return when the item itself is due to be handled, while that clock runs."""
    running = [one["due_at"] for one in card["clocks"] if one["code"] == HANDLE and not one["stopped_at"]]
    return max(map(datetime.fromisoformat, running), default=None)


def whistle_kind(card: Card, by: Actor) -> str:
    """Return the kind of whistle an event of this urgency usually needs."""
    return "EMERGENCY" if card["urgency"] in ("U1", "U2") else "DEMAND"


Suggest = Callable[[Card, Actor], Any]
VALUES: dict[tuple[str, str], Suggest] = {
    ("event.dispatch", "units"): shares,
    ("whistle.blow", "departments"): called,
    ("whistle.blow", "kind"): whistle_kind,
    ("whistle.blow", "reason"): lambda card, by: card["text"],
    ("whistle.confirm", "departments"): lambda card, by: [one["code"] for one in card["asked"]] or of_event(card, by),
    ("whistle.close", "evaluations"): unjudged,
    ("whistle.start", "due_at"): lambda card, by: local(now() + JOINT),
    ("whistle.reopen", "due_at"): lambda card, by: local(now() + JOINT),
    ("subtask.set", "unit"): only_partner,
    ("subtask.set", "due_at"): by_when,
    ("check_in.respond", "expected_at"): lambda card, by: local(now() + SOON),
    ("check_in.check_in", "method"): lambda card, by: "code",
}
"""(Form, field) → the value it begins with."""
CHOICES: dict[tuple[str, str], Suggest] = {
    ("event.merge", "parent_id"): duplicates,
    ("event.accept", "person_id"): handlers,
    ("event.hand_over", "person_id"): handlers,
    ("check_in.hand_over", "person_id"): handlers,
    ("subtask.name", "person_id"): handlers,
    ("check_in.respond", "person_id"): handlers,
    ("subtask.set", "unit"): partners,
}
"""(Form, field) → what can be chosen."""


def values(key: str, card: Card, by: Actor) -> dict[str, Any]:
    """Return field → first value for the form ``key`` about the item of ``card``."""
    return {field: suggest(card, by) for (form, field), suggest in VALUES.items() if form == key}


def choices(key: str, card: Card, by: Actor) -> dict[str, Any]:
    """Return field → choices for the form ``key`` about the item of ``card``."""
    return {field: suggest(card, by) for (form, field), suggest in CHOICES.items() if form == key}
