"""The own fields of an event on its card and in lists.

Job: show what was reported; a sensitive leaf's text and photos are masked for masked readers (spec 13.12).
Never: show raw coordinates to those who only read lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from server import access, policy
from server.access import Actor
from server.db import db
from server.events.models import Event
from server.events.sampling import is_drawn
from server.flow import MACHINES
from server.flow.card import category, iso
from server.people.masking import mask_text, masked

MASK = "（内容受保护）"
HEADLINE = 60


def describe(event: Event, by: Actor) -> dict[str, Any]:
    """Return the fields of an event beyond those every card has."""
    return {
        "category": category(event.category),
        "text": shown_text(event, by),
        "address": mask_text(event.address),
        "place": _place(event),
        "captured_at": iso(event.captured_at),
        "received_at": iso(event.created_at),
        "clock_error_s": event.clock_error_s,
        "device_clock_error_s": (event.extra or {}).get("device_clock_error_s"),
        "happened_at": iso(event.happened_at),
        "flags": event.flags,
        "self_handled": event.self_handled,
        "check_on_site": event.state == "self_done" and is_drawn(event),
        "parent_id": str(event.parent_id) if event.parent_id else None,
        "parent": _parent(event),
        "merged_count": event.merged_count,
        "recurrence_of": str(event.recurrence_of) if event.recurrence_of else None,
        "result": _result(event.result_code, masked(event.result_text)),
        "suspended_until": iso(event.suspended_until),
        "reassignments": event.reassignments,
        "reworks": event.reworks,
    }


def _place(event: Event) -> dict[str, Any]:
    return {
        "lon": round(event.raw_lon, 7),
        "lat": round(event.raw_lat, 7),
        "crs": event.raw_sys,
        "accuracy_m": event.accuracy_m,
        "is_mock": event.is_mock,
        "quality": event.placement,
        "candidates": event.candidates,
        "grid_choice": event.grid_choice,
    }


def _parent(event: Event) -> dict[str, Any] | None:
    """Return what every reporter of a merged event may know of the main event: how far it is and what came of it."""
    if event.parent_id is None:
        return None
    columns = (Event.no, Event.state, Event.closed_at, Event.result_code, Event.result_text)
    parent = db.session.execute(sa.select(*columns).where(Event.id == event.parent_id)).one()
    state = MACHINES["event"].state(parent.state)
    return {
        "no": parent.no,
        "state": state.told(),
        "closed_at": iso(parent.closed_at),
        "result": _result(parent.result_code, parent.result_text),
    }


def _result(code: str | None, text: str | None) -> dict[str, Any] | None:
    return {"code": code, "text": mask_text(text or "")} if code else None


def shown_text(event: Event, by: Actor) -> str:
    """Return the text as ``by`` may read it: patterns of identity masked always, sensitive leaves for the masked."""
    return MASK if is_hidden(event, by) else mask_text(event.text)


def headlines(events: Sequence[Event], by: Actor) -> dict[Any, str]:
    """Return id → category and the beginning of the text, as lists and phones call an event."""
    return {event.id: _headline(event, by) for event in events}


def _headline(event: Event, by: Actor) -> str:
    leaf = category(event.category)
    words = f"{leaf['zh']}：" if leaf else ""
    return f"{words}{shown_text(event, by)}"[:HEADLINE]


def is_hidden(event: Event, by: Actor) -> bool:
    """Tell whether text and photos are masked: a sensitive leaf, for masked readers other than the reporter."""
    leaf = policy.current().categories.get(event.category)
    is_sensitive = leaf is not None and leaf.sensitive
    return is_sensitive and event.created_by != by.person_id and access.is_masked(by, "event.view")
