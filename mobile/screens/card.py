"""A card (卡片): any item as the server tells it, and what the reader may do next.

Job: draw what is there: state, next moment, words, place, photos, units, timeline, acts.
Never: know a kind beyond the names of its fields; offer an act the card does not offer.
"""

from __future__ import annotations

from typing import Any

from mobile.core.shapes import Card
from mobile.page import Page
from mobile.screens.calling import calls
from mobile.screens.card_parts import Parts
from mobile.screens.opening import open_act
from mobile.widgets.boxes import Column, Press, Scroll
from mobile.widgets.buttons import IconButton, Push
from mobile.widgets.text import Words

LOOKS = {"main": "main", "side": "soft", "danger": "danger"}
SHOWN_ACTS = 1
"""Acts that stand at the lower edge; the others follow at the end of the page."""


class CardPage(Page):
    """The item ``kind``, ``id``."""

    tab = "today"
    topics = frozenset({"cards", "outbox", "catalogue", "grids"})

    def build(self) -> None:
        """Draw the card that is known; a newer one is asked for."""
        self.column = Column(gap=14, pad=(14, 12, 14, 24))
        self.foot = Column(gap=8, pad=(14, 8, 14, 10))
        self.add_widget(Scroll(self.column))
        self.card: Card | None = None
        self._drawn: Any = None
        self.refresh()

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return what the kind is called."""
        return str(self.field.catalogue.kind(self.given["kind"]).get("zh", ""))

    def right(self) -> list[Press]:
        """Offer to read the card aloud."""
        return [IconButton("volume-high", "朗读", self._read, "on_bar")]

    def refresh(self) -> None:
        """Draw the card anew when it is another one."""
        card = self.field.card(self.given["kind"], self.given["id"])
        if card is None:
            self.column.refill(Words("手机里还没有这一条，联网后自动取来。", "body", "ink2"))
            return
        self.card = card
        parts = Parts(self, card)
        drawn = (card["revision"], card.get("pending"), self.field.grids.told_at, parts.photo_state())
        if drawn == self._drawn:
            return
        self._drawn = drawn
        acts = [
            Push(one["zh"], lambda one=one: open_act(self.app, card, one["act"]), "", LOOKS[one["weight"]])
            for one in card["actions"]
        ]
        acts.sort(key=lambda push: 0 if push.look == "main" else 1)
        urgent, calm = calls(self.app, card)
        self.column.refill(*parts.all(), *acts[SHOWN_ACTS:], *calm)
        foot = [*urgent, *acts[:SHOWN_ACTS]]
        self.foot.refill(*foot)
        if foot and not self.foot.parent:
            self.add_widget(self.foot)
        elif not foot and self.foot.parent:
            self.remove_widget(self.foot)

    def _read(self) -> None:
        if self.card:
            self.app.say(Parts(self, self.card).spoken())
