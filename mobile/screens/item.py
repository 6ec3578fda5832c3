"""The frame of a page that shows one item (事项页): a column of its parts, a foot with the next step, read aloud.

Job: draw the card when it is another one; the acts in the card's order, the main one at the lower edge, the further
ones at the end of the column.
Never: know an act or a state: what may be done, what comes next and what else is offered stand on the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from kivy.uix.widget import Widget

from mobile.core.shapes import Card
from mobile.screens.living import Living
from mobile.screens.opening import begin, open_act
from mobile.widgets.boxes import Column, Press, Scroll
from mobile.widgets.buttons import IconButton, Push
from mobile.widgets.text import Words

WEIGHTS = ("main", "side", "danger")
LOOKS = MappingProxyType({"main": "main", "side": "soft", "danger": "danger"})
UNKNOWN = "手机里还没有这一条，联网后自动取来。"
HAS_OWN_WAY = frozenset({"whistle.blow"})
"""Further forms for which pages have a way of their own."""


class ItemPage(Living):
    """The item ``kind``, ``id``. Subclasses give ``parts``, and what else is theirs."""

    tab = "today"
    icons: ClassVar[dict[str, str]] = {}
    """Act → picture on its button."""

    def build(self) -> None:
        """Draw what is known; a newer card is asked for."""
        self.column = Column(gap=12, pad=(14, 12, 14, 24))
        self.foot = Column(gap=8, pad=(14, 8, 14, 10))
        self.add_widget(Scroll(self.column))
        self.card: Card | None = None
        self._drawn: Any = None
        self.refresh()
        self.live()

    def right(self) -> list[Press]:
        """Offer to read it aloud."""
        return [IconButton("volume-high", "朗读", self._read, "on_bar")]

    def refresh(self) -> None:
        """Draw the card anew when it is another one."""
        card = self.known(self.given["kind"], self.given["id"])
        if card is None:
            self.column.refill(Words(UNKNOWN, "body", "ink2"))
            return
        self.card = card
        drawn = (
            *(card["revision"], card["state"]["code"], card.get("pending"), card.get("subtasks"), card.get("further")),
            card.get("voices"),
            self.signature(card),
        )
        if drawn == self._drawn:
            return
        self._drawn = drawn
        acts = self._acts(card) or self._next(card)
        parts = [part for part in self.parts(card) if part is not None]
        self.column.refill(*parts, *acts[1:], *self.last(card), *self._further(card))
        self._stand([*self.lower(card), *acts[:1]])
        self.drawn(card)

    def _stand(self, pushes: list[Push]) -> None:
        """Show the foot with these buttons, or none."""
        self.foot.refill(*pushes)
        if pushes and not self.foot.parent:
            self.add_widget(self.foot)
        elif not pushes and self.foot.parent:
            self.remove_widget(self.foot)

    # --- what subclasses give ---------------------------------------------------------------------------------------

    def parts(self, card: Card) -> Sequence[Widget | None]:
        """Return the parts of the column from the top down; None is left out."""
        raise NotImplementedError  # each kind of item brings its own

    def signature(self, card: Card) -> Any:
        """Return what else must be drawn anew when it changes."""

    def lower(self, card: Card) -> list[Push]:
        """Return buttons of the foot above the next act."""
        return []

    def next_forms(self, card: Card) -> frozenset[str]:
        """Return the further forms that are the next step, at the lower edge, where the card offers no act."""
        return frozenset()

    def last(self, card: Card) -> list[Push]:
        """Return buttons after the acts."""
        return []

    def drawn(self, card: Card) -> None:
        """The card was drawn."""

    def spoken(self, card: Card) -> str:
        """Return what the voice reads."""
        raise NotImplementedError  # each kind of item brings its own

    def leave(self) -> None:
        """Stop the timer, and what is being played."""
        super().leave()
        self.app.device.stop_playing()

    # --- acts -------------------------------------------------------------------------------------------------------

    def _acts(self, card: Card) -> list[Push]:
        """Return the acts of the card by weight; only the first one is big."""
        told = sorted(card["actions"], key=lambda one: WEIGHTS.index(one["weight"]))
        return [self._act(card, one, is_first=n == 0) for n, one in enumerate(told)]

    def _act(self, card: Card, told: dict[str, Any], *, is_first: bool) -> Push:
        look = LOOKS[told["weight"]]
        action = lambda: open_act(self.app, card, told["act"])  # noqa: E731
        return Push(
            told["zh"], action, self.icons.get(told["act"], ""), "soft" if look == "main" and not is_first else look
        )

    def _further(self, card: Card) -> list[Push]:
        """Return what the card offers besides its acts: an objection (never a refusal), contesting a score."""
        left = HAS_OWN_WAY if card["actions"] else HAS_OWN_WAY | self.next_forms(card)
        return [self._begin(card, form, "plain") for form in self._known(card) if form not in left]

    def _next(self, card: Card) -> list[Push]:
        return [self._begin(card, form, "main") for form in self._known(card) if form in self.next_forms(card)]

    def _known(self, card: Card) -> list[str]:
        way = self.field.catalogue.way
        return [form for form in card.get("further", ()) if way(*form.split(".", 1)).get("zh")]

    def _begin(self, card: Card, form: str, look: str) -> Push:
        kind, _, act = form.partition(".")
        words = str(self.field.catalogue.way(kind, act)["zh"])
        return Push(words, lambda: begin(self.app, card, kind, act), self.icons.get(act, ""), look)

    def _read(self) -> None:
        if self.card:
            self.app.say(self.spoken(self.card))
