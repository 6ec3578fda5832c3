"""What pages of one act share (办理页): the card, a foot with the big button, what is missing said at its field.

Job: build once from the card; send; go back.
Never: hold a label of an act: it is the card's or the catalogue's.
"""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from mobile.core.attachments import Photo
from mobile.core.shapes import Card, Draft, Trouble
from mobile.page import Page
from mobile.screens.opening import do
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll
from mobile.widgets.buttons import Push
from mobile.widgets.fields import Named
from mobile.widgets.text import Words


class Acting(Page):
    """The act ``act`` on the item ``kind``, ``id``; ``draft`` is a refused one. Subclasses fill in the four methods."""

    tab = "whistles"
    icon = "check"

    def build(self) -> None:
        """Draw the fields over the button."""
        self.draft: Draft | None = self.given.get("draft")
        self.kind = self.draft.kind if self.draft else self.given["kind"]
        self.act = self.draft.act if self.draft else self.given["act"]
        id = self.draft.item_id if self.draft else self.given["id"]
        self.card: Card | None = self.field.card(self.kind, id)
        self.start: dict[str, Any] = dict(self.draft.facts if self.draft else {})
        if self.card is None:
            self.add_widget(Words("手机里还没有这一条，联网后自动取来。"))
            return
        refused = [Note(self.draft.refused, "red", "cloud-alert", self.draft.advice)] if self.draft else []
        self.named: dict[str, Named] = {}
        self.column = Column(*refused, *self.parts(self.card), gap=16, pad=(14, 12, 14, 20))
        self.scroll = Scroll(self.column)
        self.push = Push(self.label, self.send, self.icon)
        self.add_widget(self.scroll)
        self.add_widget(Column(self.push, pad=(14, 8, 14, 10)))

    @property
    def label(self) -> str:
        """Return what the act is called on the card, else in the catalogue."""
        offered = next((one["zh"] for one in (self.card or {}).get("actions", ()) if one["act"] == self.act), "")
        return str(offered or self.field.catalogue.act_zh(self.kind, self.act))

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return what the act is called."""
        return self.label

    def parts(self, card: Card) -> list[Widget]:
        """Return the widgets of the page."""
        raise NotImplementedError  # each act brings its own

    def facts(self) -> dict[str, Any]:
        """Return the form as it is filled in."""
        raise NotImplementedError  # each act brings its own

    def faults(self) -> dict[str, str]:
        """Return field → sentence of what is missing."""
        return {}

    def photos(self) -> tuple[Photo, ...]:
        """Return the photos that go with the act."""
        return ()

    def field_of(self, name: str, said: str, widget: Any, hint: str = "", needed: bool = True) -> Named:
        """Return a named field, remembered so that a fault can be shown at it."""
        self.named[name] = Named(said, widget, hint, needed)
        return self.named[name]

    def send(self) -> None:
        """Save the act for sending, or say what is missing."""
        faults = self.faults()
        for name, named in self.named.items():
            named.fault(faults.get(name, ""))
        first = next((self.named[name] for name in faults if name in self.named), None)
        if first:
            self.scroll.scroll_to(first, padding=30, animate=False)
        if faults:
            self.app.tell(next(iter(faults.values())), "amber", "alert-outline")
        elif self.card and self._sent(self.card):
            self.app.back()

    def _sent(self, card: Card) -> bool:
        if self.draft is None:
            return do(self.app, card, self.act, self.facts(), self.photos())
        from dataclasses import replace

        try:
            self.field.mend(self.field.save(replace(self.draft, facts=self.facts(), photos=self.photos())))
        except Trouble as trouble:
            self.app.trouble(trouble)
            return False
        self.app.tell("已改好，重新发送", "green")
        return True
