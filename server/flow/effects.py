"""Effects any machine may use.

Never: know a kind of item.
"""

from __future__ import annotations

from server.flow.case import Case
from server.photos import acts as photos


def keep_photos(case: Case) -> None:
    """Declare the photos that come with the act."""
    declared = case.facts.get("photos") or ()
    photos.declare([(case.machine.kind, case.item.id, declared)], by=case.by.person_id, at=case.at)
