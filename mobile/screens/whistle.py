"""A whistle followed (哨单): who was called, responded, is on the way, arrived; what the caller may do next.

Job: lines of departments with running clocks, the caller's code at hand.
Never: offer what the card does not offer.
"""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from mobile.core.shapes import Card
from mobile.screens.card_parts import Parts
from mobile.screens.item import ItemPage
from mobile.screens.opening import open_item
from mobile.screens.whistle_parts import Department, facts, kind_icon, summary
from mobile.widgets import moments
from mobile.widgets.boxes import Row, Sheet
from mobile.widgets.buttons import Push
from mobile.widgets.rows import Pill
from mobile.widgets.text import Icon, Words
from mobile.widgets.ticking import Tick


class WhistlePage(ItemPage):
    """The whistle ``id``."""

    title = "哨单"
    tab = "whistles"

    def signature(self, card: Card) -> Any:
        """Return the lines of the departments, and which photos and voice notes are there."""
        return card.get("check_ins"), Parts(self, card).photo_state()

    def parts(self, card: Card) -> list[Widget | None]:
        """Return head, departments, reason, event, voice notes, photos and what happened."""
        parts, lines = Parts(self, card), card.get("check_ins") or []
        made: list[Widget | None] = [self._head(card), parts.waiting(), *self._called(card, lines), self._why(card)]
        event = card.get("event_id")
        if event:
            see = lambda: open_item(self.app, "event", event)  # noqa: E731
            made.append(Push("看关联的事件", see, "link-variant", "plain"))
        return [*made, parts.voices(), parts.photos(), parts.subtasks(), parts.timeline()]

    def lower(self, card: Card) -> list[Push]:
        """Return the way to the caller's code, where the card says that the reader shows it."""
        shows = card.get("shows_code") and not card.get("local")
        return [Push("出示报到码", self._show_code, "qrcode", "soft")] if shows else []

    def _head(self, card: Card) -> Sheet:
        code, zh = self._kind(card)
        name = Row(Icon(kind_icon(code), 34, "red" if code == "EMERGENCY" else "blue"), Words(zh, "title"), gap=10)
        number = " · ".join(part for part in (card.get("no") or "未编号", card.get("level_zh")) if part)
        clocks = [one for one in card["clocks"] if one.get("due_at") and not one.get("stopped_at")]
        ticks = [Tick(one["zh"], one["due_at"], self.field.clock.now, "body") for one in clocks]
        state = Pill(card["state"]["zh"], "grey" if card["state"]["type"] == "final" else "blue", "whistle-outline")
        return Sheet(name, Words(number, "small", "ink2"), state, *ticks)

    def _kind(self, card: Card) -> tuple[str, str]:
        """Return code and name of its kind: as told, or of the form while the server does not know it."""
        told = card.get("kind_code") or {"code": (card.get("facts") or {}).get("kind", "")}
        code = str(told["code"])
        named = next((one["zh"] for one in self.field.catalogue.whistles if one["code"] == code), "吹哨")
        return code, str(told.get("zh") or named)

    def _called(self, card: Card, lines: list[dict[str, Any]]) -> list[Widget]:
        named = self.field.catalogue.unit_zh
        local = [{"zh": named(code)} for code in (card.get("facts") or {}).get("departments", ())]
        asked = "、".join(one["zh"] for one in card.get("asked") or local)
        if not lines:
            words = f"想叫：{asked}" if asked else ""
            return [Sheet(*facts(("account-group-outline", words)))] if words else []
        now = self.field.clock.now
        made = [Department(one, now, lambda one=one: open_item(self.app, "check_in", one["id"])) for one in lines]
        return [Words(summary(lines), "head"), *made]

    def _why(self, card: Card) -> Sheet | None:
        now = self.field.clock.now()
        meet = f"约定 {moments.at(card.get('meet_at'), now)} 到场" if card.get("meet_at") else ""
        until = f"处置期限 {moments.at(card.get('due_at'), now)}" if card.get("due_at") else ""
        grid = self.field.grids.name(card.get("grid_code"))
        told = facts(
            ("comment-text-outline", card.get("reason") or (card.get("facts") or {}).get("reason")),
            ("scale-balance", card.get("law_article")), ("map-marker", grid), ("calendar-clock", meet),
            ("flag-checkered", until), ("clipboard-check-outline", card.get("result_text")),
        )  # fmt: skip
        return Sheet(*told) if told else None

    def _show_code(self) -> None:
        self.app.go("code", id=self.given["id"])

    def spoken(self, card: Card) -> str:
        """Return the state, who is there, and why they were called."""
        told = (card["state"]["zh"], summary(card.get("check_ins") or []), card.get("reason"))
        return "。".join(str(part) for part in told if part)
