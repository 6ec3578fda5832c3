"""A whistle followed (哨单): who was called, responded, is on the way, arrived; what the caller may do next.

Job: lines of departments with running clocks, the caller's code at hand, the acts of the card.
Never: offer an act the card does not offer.
"""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from mobile.core.shapes import Card
from mobile.screens.card_parts import Parts
from mobile.screens.living import Living
from mobile.screens.opening import open_act, open_item
from mobile.screens.whistle_parts import LEVELS, Department, facts, kind_icon, summary
from mobile.widgets import moments
from mobile.widgets.boxes import Column, Press, Row, Scroll, Sheet
from mobile.widgets.buttons import IconButton, Push
from mobile.widgets.rows import Pill
from mobile.widgets.text import Icon, Words
from mobile.widgets.ticking import Tick

LOOKS = {"main": "main", "side": "soft", "danger": "danger"}


class WhistlePage(Living):
    """The whistle ``id``."""

    title = "哨单"
    tab = "whistles"

    def build(self) -> None:
        """Draw the whistle that is known."""
        self.column = Column(gap=12, pad=(14, 12, 14, 24))
        self.foot = Column(gap=8, pad=(14, 8, 14, 10))
        self.add_widget(Scroll(self.column))
        self.add_widget(self.foot)
        self.card: Card | None = None
        self._drawn: Any = None
        self.refresh()
        self.live()

    def right(self) -> list[Press]:
        """Offer to read the whistle aloud."""
        return [IconButton("volume-high", "朗读", self._read, "on_bar")]

    def refresh(self) -> None:
        """Draw the whistle anew when it is another one."""
        card = self.known("whistle", self.given["id"])
        if card is None:
            self.column.refill(Words("手机里还没有这张哨单，联网后自动取来。", "body", "ink2"))
            return
        self.card = card
        drawn = (card["revision"], card["state"]["code"], card.get("pending"), card.get("check_ins"))
        if drawn == self._drawn:
            return
        self._drawn = drawn
        acts = self._acts(card)
        code = [Push("出示报到码", self._show_code, "qrcode", "soft")] if self._may_show(card) else []
        self.column.refill(*self._parts(card), *acts[1:])
        self.foot.refill(*code, *acts[:1])

    def _parts(self, card: Card) -> list[Widget]:
        parts, lines = Parts(self, card), card.get("check_ins") or []
        event = card.get("event_id")
        made: list[Widget | None] = [self._head(card), parts.waiting(), *self._called(card, lines), self._why(card)]
        made += (
            [Push("看关联的事件", lambda: open_item(self.app, "event", event), "link-variant", "plain")]
            if event
            else []
        )
        made += [parts.photos(), parts.timeline()]
        return [part for part in made if part is not None]

    def _head(self, card: Card) -> Sheet:
        code, zh = self._kind(card)
        name = Row(Icon(kind_icon(code), 34, "red" if code == "EMERGENCY" else "blue"), Words(zh, "title"), gap=10)
        level = LEVELS.get(card.get("level") or "", "")
        number = " · ".join(part for part in (card.get("no") or "未编号", level) if part)
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

    def _acts(self, card: Card) -> list[Push]:
        """Return the acts of the card, the main one first."""
        order = list(LOOKS)
        return [
            Push(one["zh"], lambda one=one: open_act(self.app, card, one["act"]), "", LOOKS[one["weight"]])
            for one in sorted(card["actions"], key=lambda one: order.index(one["weight"]))
        ]

    def _may_show(self, card: Card) -> bool:
        return bool(card.get("shows_code")) and not card.get("local")

    def _show_code(self) -> None:
        self.app.go("code", id=self.given["id"])

    def _read(self) -> None:
        if self.card:
            told = (self.card["state"]["zh"], summary(self.card.get("check_ins") or []), self.card.get("reason"))
            self.app.say("。".join(str(part) for part in told if part))
