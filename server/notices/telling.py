"""Reactions that tell people: made from a few words on the page of reactions.

Job: turn "tell these roles this sentence" into a reaction.
Never: appear on a page of its own: who hears what stands in ``server.reactions``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from server import policy
from server.db import CN, db
from server.flow import MACHINES
from server.jobs.react import Reaction
from server.journal import Entry
from server.notices import acts
from server.notices.acts import Words
from server.notices.concerned import concerned
from server.notices.rules import Severity
from server.people.desks import persons_at

LAMPS: dict[str, Severity] = {"green": "info", "yellow": "warn", "red": "warn"}
"""Lamp of a rung → severity. Red is no alarm: most promises end at midnight; urgent matters wake people anyway."""


def tell(
    name: str,
    roles: Sequence[str],
    title: str,
    *,
    bundle: str = "",
    severity: Severity = "info",
    reporter: bool = False,
    only: Callable[[Any], bool] | None = None,
) -> Reaction:
    """Return a reaction that tells ``roles``, as far as the item concerns them, except the one who acted.

    ``title`` may name ``{no}`` and ``{zh}`` (the kind of item); ``reporter`` adds who brought the item in; ``only``
    looks at the item and may say no.
    """

    def reaction(entry: Entry) -> None:
        item, facts = _item(entry)
        if only is not None and not only(item):
            return
        words = Words(name, title.format(no=entry.item_no, zh=facts["zh"]), _body(item), severity, bundle)
        to = concerned(entry, roles) | ({item.created_by} if reporter else set())
        acts.tell(entry, to - {entry.person_id}, words, **_pressing(facts))

    reaction.__name__ = name
    return reaction


def tell_named(
    name: str, title: str, *, roles: Sequence[str] = (), unit: str = "", person: str = "", bundle: str = ""
) -> Reaction:
    """Return a reaction that tells whom the line itself names, except the one who acted.

    ``unit`` and ``person`` are facts of the line: the unit whose people in ``roles`` are told, as far as the item
    concerns them, and the one person who is told. ``title`` and ``bundle`` as in ``tell``.
    """

    def reaction(entry: Entry) -> None:
        item, facts = _item(entry)
        code, one = entry.facts.get(unit), entry.facts.get(person)
        to = {uuid.UUID(one)} if one else set()
        if code:
            to |= concerned(entry, roles, code) & persons_at((role, code, None) for role in roles)
        words = Words(name, title.format(no=entry.item_no, zh=facts["zh"]), _body(item), bundle=bundle)
        acts.tell(entry, to - {entry.person_id}, words, **_pressing(facts))

    reaction.__name__ = name
    return reaction


def tell_of_rung(entry: Entry) -> None:
    """Tell the roles that the rung of a ladder names, when a clock rang."""
    facts = entry.facts
    if not facts["tells"]:
        return
    item, about = _item(entry)
    promise = policy.current().promises[facts["code"]].zh
    title = f"{facts['zh']}：{item.no}（{promise}）"
    words = Words("clock", title, f"到期 {_beijing(facts['due_at'])}", LAMPS[facts["lamp"]], "时限提醒")
    to = concerned(entry, facts["tells"], facts["unit"])
    acts.tell(entry, to, words, **_pressing(about))


def _item(entry: Entry) -> tuple[Any, dict[str, Any]]:
    """Return the item of a line and the circumstances that its kind knows of; None and no more without an item."""
    machine = MACHINES.get(entry.item_kind or "")
    if machine is None:
        return None, {"zh": ""}
    item = db.session.get(machine.model, entry.item_id)
    return item, {"zh": machine.zh, **machine.clock_facts(item)}


def _pressing(facts: dict[str, Any]) -> dict[str, str]:
    """Return what of the circumstances may break quiet hours."""
    return {name: facts.get(name) or "" for name in ("urgency", "whistle")}


def _body(item: Any) -> str:
    """Return what it is and where, as codes and categories: nothing about a person."""
    leaf = policy.current().categories.get(getattr(item, "category", "") or "")
    grid = getattr(item, "grid_code", None)
    return " · ".join(word for word in (leaf.zh if leaf else "", f"网格 {grid}" if grid else "") if word)


def _beijing(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(CN):%-m月%-d日 %H:%M}"
