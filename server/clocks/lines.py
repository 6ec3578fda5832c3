"""The lines clocks write on their own, in the name of the system: rang, counted anew, and what the self-audit found.

Job: the actions and how such a line is written.
Never: decide when.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server import access, journal
from server.clocks.models import Clock
from server.journal import Line

RANG = "clock.rang"
RECOUNTED = "clock.recounted"
AUDIT_FAILED = "clock.audit_failed"


@dataclass(frozen=True, slots=True)
class Subject:
    """The item of a clock, as far as a line names it."""

    id: uuid.UUID


def write(action: str, clock: Clock, facts: dict[str, Any]) -> None:
    """Write a line about the item of ``clock``."""
    journal.write(Line(action, access.SYSTEM, item=Subject(clock.item_id), kind=clock.item_kind, facts=facts))


def write_failure(clock_ids: Sequence[uuid.UUID], why: str) -> None:
    """Write an alarm: these clocks run and nobody rings them."""
    facts = {"silent": sorted(map(str, clock_ids)), "why": why}
    journal.write(Line(AUDIT_FAILED, access.SYSTEM, facts=facts, audience=("a",)))
