"""Call further departments (加哨) and turn a grid's whistle into the township's (转为正式吹哨).

Job: the departments with their clauses, for an addition the reason, for an enforcement whistle the article of law.
Never: offer one that was called before.
"""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from mobile.core.shapes import Card
from mobile.screens.acting import Acting
from mobile.screens.calling import Calling
from mobile.screens.meeting import Meeting
from mobile.screens.whistle_parts import facts as told_facts
from mobile.widgets.boxes import Sheet
from mobile.widgets.fields import TextBox
from mobile.widgets.text import Words


class CallMore(Acting):
    """Add departments to the whistle ``id``."""

    icon = "bullhorn"

    def parts(self, card: Card) -> list[Widget]:
        """Return the departments and the reason."""
        called = [one["unit"]["code"] for one in card.get("check_ins") or ()]
        self.calling = Calling(self, self._event(card), self.start.get("departments", []), called)
        self.reason = TextBox(str(self.start.get("reason") or ""), "为什么还要叫", 3)
        already = "、".join(one["unit"]["zh"] for one in card.get("check_ins") or ())
        return [
            Sheet(*told_facts(("account-group-outline", f"已叫：{already}"))),
            self.field_of("departments", "再叫哪些部门", self.calling),
            self.field_of("reason", "理由", self.reason),
        ]

    def _event(self, card: Card) -> Card | None:
        return self.field.card("event", card["event_id"]) if card.get("event_id") else None

    def facts(self) -> dict[str, Any]:
        """Return departments and reason."""
        return {"departments": self.calling.chosen, "reason": self.reason.typed}

    def faults(self) -> dict[str, str]:
        """Return what is missing."""
        found = {} if self.calling.chosen else {"departments": "请至少选一个部门"}
        return found | ({} if self.reason.typed else {"reason": "请写理由"})


class Confirm(CallMore):
    """Confirm the grid's whistle ``id``: what the grid asked for is chosen already and may be corrected."""

    def parts(self, card: Card) -> list[Widget]:
        """Return what the grid says, the departments, and what the kind wants."""
        asked = [one["code"] for one in card.get("asked") or ()]
        chosen = self.start.get("departments", asked or None)
        self.calling = Calling(self, self._event(card), chosen, asked=asked)
        kind = (card.get("kind_code") or {}).get("code")
        self.told = next((one for one in self.field.catalogue.whistles if one["code"] == kind), {})
        grid = self.field.grids.name(card.get("grid_code"))
        made: list[Widget] = [Sheet(*told_facts(("comment-text-outline", card.get("reason")), ("map-marker", grid)))]
        made.append(self.field_of("departments", "叫哪些部门", self.calling))
        self.law: TextBox | None = None
        if self.told.get("needs_law_article"):
            self.law = TextBox(str(self.start.get("law_article") or card.get("law_article") or ""), "条款", 2)
            made.append(self.field_of("law_article", "法律依据", self.law))
        self.meeting = Meeting(self.field.clock.now(), self.start.get("meet_at") or card.get("meet_at"))
        if kind != "EMERGENCY":
            made.append(self.field_of("meet_at", "约定几点到场", self.meeting, needed=False))
        return [*made, Words("转为正式吹哨后，部门立即收到警报，开始计时。", "small", "ink2")]

    def facts(self) -> dict[str, Any]:
        """Return departments, article, agreed time."""
        found = {
            "departments": self.calling.chosen,
            "meet_at": self.meeting.value,
            "law_article": self.law and self.law.typed,
        }
        return {name: value for name, value in found.items() if value}

    def faults(self) -> dict[str, str]:
        """Return what is missing."""
        found = {} if self.calling.chosen else {"departments": "请至少选一个部门"}
        return found | ({"law_article": "请填写法律依据条款"} if self.law and not self.law.typed else {})
