"""The test run (试运行): how would the events of the last days have been proposed by another version?

Job: compare, event kind by event kind, what the directory then proposed with what it would propose.
Never: touch an event, or show one outside the reader's scope.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from server import access
from server.access import Actor
from server.amendments.directory import differences
from server.db import db, now
from server.events.models import Event
from server.flow import Assignment
from server.policy import TOWN, Policy

EXAMPLES = 5
MAY = "event.view"


def run(before: Policy, after: Policy, days: int, by: Actor) -> dict[str, Any]:
    """Return per changed leaf how many events of the last ``days`` would go elsewhere, with the newest of them."""
    changed = differences(before, after)
    since = now() - timedelta(days=days)
    counts = _counts([one["leaf"]["code"] for one in changed], since, by)
    leaves = [_leaf(one, counts, since, by) for one in changed]
    return {
        "days": days,
        "events": sum(one["events"] for one in leaves),
        "leaves": sorted(leaves, key=lambda one: -one["events"]),
        "loads": _loads(before, after, counts),
    }


def _within(since: Any, by: Actor) -> list[Any]:
    return [Event.created_at >= since, access.within(by, MAY, Event)]


def _counts(codes: list[str], since: Any, by: Actor) -> dict[tuple[str, str], int]:
    """Return (leaf, township) → events."""
    query = sa.select(Event.category, sa.func.coalesce(Event.township_code, ""), sa.func.count())
    query = query.where(Event.category.in_(codes), *_within(since, by)).group_by(
        sa.literal_column("1"), sa.literal_column("2")
    )
    return {(leaf, township): n for leaf, township, n in db.session.execute(query)} if codes else {}


def _leaf(one: dict[str, Any], counts: dict[tuple[str, str], int], since: Any, by: Actor) -> dict[str, Any]:
    code = one["leaf"]["code"]
    told = {name: one["leaf"][name] for name in ("code", "zh", "en")}
    events = sum(n for (leaf, _), n in counts.items() if leaf == code)
    return {
        **told,
        "before": one["before"],
        "after": one["after"],
        "events": events,
        "examples": _examples(code, since, by),
    }


def _examples(code: str, since: Any, by: Actor) -> list[dict[str, Any]]:
    lead = sa.select(Assignment.unit_code).where(Assignment.item_id == Event.id, Assignment.role == "lead")
    lead_now = lead.order_by(Assignment.since.desc()).limit(1).correlate(Event).scalar_subquery()
    query = sa.select(Event.id, Event.no, Event.township_code, Event.created_at, lead_now.label("lead"))
    query = query.where(Event.category == code, *_within(since, by)).order_by(Event.created_at.desc()).limit(EXAMPLES)
    return [dict(row) for row in db.session.execute(query).mappings()]


def _loads(before: Policy, after: Policy, counts: dict[tuple[str, str], int]) -> list[dict[str, Any]]:
    """Return per unit how many of these events it would have led or helped with, before and after."""
    found: dict[str, Counter[str]] = {}
    for (leaf, township), n in counts.items():
        for side, book in (("before", before), ("after", after)):
            for entry in book.directory.get(leaf, ()):
                unit = township if entry.unit == TOWN else entry.unit
                found.setdefault(unit, Counter())[f"{entry.role}_{side}"] += n
    names = ("lead_before", "lead_after", "co_before", "co_after")
    loads = [{"unit": unit, **{name: told[name] for name in names}} for unit, told in found.items() if unit]
    moved = [one for one in loads if (one["lead_before"], one["co_before"]) != (one["lead_after"], one["co_after"])]
    return sorted(moved, key=lambda one: -abs(one["lead_after"] - one["lead_before"]))
