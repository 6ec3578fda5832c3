"""Start the joint work (到齐处置), call it off to a later date again (未通过): until when, and who is missing.

Job: the date in one tap; those who have not come are named before they are recorded as absent.
Never: mark anybody absent without having been told to.
"""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from mobile.core.shapes import Card
from mobile.screens.acting import Acting
from mobile.screens.meeting import TERMS, Meeting
from mobile.screens.whistle_parts import summary
from mobile.widgets.boxes import Sheet
from mobile.widgets.buttons import OnOff
from mobile.widgets.text import Words

MISSING = frozenset({"notified", "responded"})


class Begin(Acting):
    """Start the work of the whistle ``id``."""

    icon = "play"

    def parts(self, card: Card) -> list[Widget]:
        """Return who is there, who is missing, and the date."""
        lines = card.get("check_ins") or []
        self.missing = [one["unit"]["zh"] for one in lines if one["state"]["code"] in MISSING]
        self.meeting = Meeting(self.field.clock.now(), self.start.get("due_at"), TERMS)
        made: list[Widget] = [Words(summary(lines), "head")]
        self.absent: OnOff | None = None
        if self.missing:
            self.absent = OnOff("不等了，记为未报到", bool(self.start.get("without_absent")), lambda _: None)
            told = [Words(one, "body", "red", bold=True) for one in self.missing]
            made.append(self.field_of("without_absent", "还没到的部门", Sheet(*told, self.absent, tone="red")))
        made.append(self.field_of("due_at", "处置到什么时候", self.meeting))
        return made

    def facts(self) -> dict[str, Any]:
        """Return date and whether the absent are not waited for."""
        return {"due_at": self.meeting.value, "without_absent": bool(self.absent and self.absent.is_on)}

    def faults(self) -> dict[str, str]:
        """Return what is missing."""
        found = {}
        if self.absent and not self.absent.is_on:
            found["without_absent"] = "还有部门没到：请再等等，或选“不等了”"
        if not self.meeting.value:
            found["due_at"] = "请选处置期限"
        return found
