"""Effects any machine may use.

Never: know a kind of item.
"""

from __future__ import annotations

from server import journal
from server.flow.audience import of_item
from server.flow.case import Case
from server.journal import Line
from server.photos import acts as photos


def keep_photos(case: Case) -> None:
    """Declare the photos and voice notes that come with the act."""
    declared = photos.declared_in(case.facts)
    photos.declare([(case.machine.kind, case.item.id, declared, case.by.person_id)], at=case.at)


def propose_supervision(case: Case, why: str) -> None:
    """Propose supervision (督办提议): a line that the supervisors' desk starts from."""
    line = Line("supervision.proposed", case.by, hat=case.hat, item=case.item, kind=case.machine.kind)
    line.facts, line.audience = {"why": why}, of_item(case.item)
    journal.write(line)
