"""Which matters solved in the grid must be looked at on the spot (现场抽查): drawn by lot, nobody's choice (EV-18).

Job: the lot, and the guard that asks for a check on the spot of whatever was drawn; the rest may be checked by photo.
Never: import flask or sqlalchemy, or let the one who handled it know the lot beforehand.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from server import policy

if TYPE_CHECKING:
    from server.flow import Case

TICKETS = 10_000


def is_drawn(event: Any) -> bool:
    """Tell whether an event solved in the grid was drawn: the same answer each time it is asked."""
    return bool(event.self_handled and event.handled_at and lot(event.id, event.handled_at))


def lot(event_id: uuid.UUID, handled_at: datetime) -> bool:
    """Draw for the event handled in the grid at this moment.

    The lot is the SHA-256 of the id and the server's own moment of the self-handling, so that no choice of an id helps.
    The margin keeps chance from falling below the share that is asked for (spec 5.1 EV-18: at least 20 %).
    """
    settings = policy.current().settings.events
    ticket = hashlib.sha256(f"{event_id}|{handled_at.timestamp():.6f}".encode()).digest()
    share = settings.sampling_pct + settings.sampling_margin_pct
    return int.from_bytes(ticket[:8], "big") % TICKETS < share * TICKETS // 100


def drawn_are_checked_on_site(case: Case) -> bool:
    """This one was drawn for a check on the spot: go there, tick "checked on site" and add a photo of the check.
    该事件已被抽中现场核查：请到现场查看，勾选“现场核查”并附一张新拍的核查照片，仅看照片不能结案。
    """
    if not is_drawn(case.item):
        return True
    taken = {photo["sha256"] for photo in case.facts.get("photos") or () if photo["kind"] == "check"}
    return bool(case.facts.get("onsite")) and bool(taken - case.known_photos)
