"""A card (卡片): any item as the server tells it, and what the reader may do next.

Job: draw what is there: state, next moment, words, place, photos, units, timeline.
Never: know a kind beyond the names of its fields.
"""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from mobile.core.shapes import Card
from mobile.screens.calling import calls
from mobile.screens.card_parts import Parts
from mobile.screens.item import ItemPage
from mobile.widgets.buttons import Push


class CardPage(ItemPage):
    """The item ``kind``, ``id``, of whatever kind."""

    topics = frozenset({"cards", "outbox", "catalogue", "grids"})

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return what the kind is called."""
        return str(self.field.catalogue.kind(self.given["kind"]).get("zh", ""))

    def parts(self, card: Card) -> list[Widget]:
        """Return all parts that have something to say."""
        return Parts(self, card).all()

    def signature(self, card: Card) -> Any:
        """Return when the grids were told, and which photos are there."""
        return self.field.grids.told_at, Parts(self, card).photo_state()

    def lower(self, card: Card) -> list[Push]:
        """Return the urgent way to a whistle."""
        return calls(self.app, card)[0]

    def last(self, card: Card) -> list[Push]:
        """Return the calm way to a whistle."""
        return calls(self.app, card)[1]

    def spoken(self, card: Card) -> str:
        """Return its name, words, place, state and moment."""
        return Parts(self, card).spoken()
