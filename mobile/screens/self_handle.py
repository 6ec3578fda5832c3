"""Handled on the spot (自行处置): the photo after, laid over the one before; a word; saved.

Job: take the photo after, show both over each other, save the act.
Never: decide which matters may be handled so: that stands in the server's list and on the card.
"""

from __future__ import annotations

from typing import Any

from mobile.core.attachments import Photo
from mobile.core.shapes import Card
from mobile.page import Page
from mobile.screens import senses
from mobile.screens.card_parts import Parts
from mobile.screens.opening import do
from mobile.screens.voice import Speaking, VoicePart, can_record
from mobile.widgets.boxes import Column, Scroll, Sheet
from mobile.widgets.buttons import Push
from mobile.widgets.fields import TextBox
from mobile.widgets.photos import compared
from mobile.widgets.text import Words

DONE = "已当场处置"


class SelfHandle(Speaking, Page):
    """The act ``self_handle`` on an event."""

    title = "自行处置"
    tab = "today"
    has_tabs = False
    topics = frozenset({"cards"})

    def build(self) -> None:
        """Draw the photos and the box for a word."""
        self.after: list[Photo] = []
        self.words = TextBox(DONE, "做了什么？", 2)
        self.pictures = Column(gap=10)
        self.head = Column(gap=10)
        self.spoken: list[Photo] = []
        may = can_record(self, self.given["kind"], self.given["act"])
        self.voice = VoicePart(self, lambda: self.spoken, self.spoken.append, self.spoken.remove, may_record=may)
        words = (Words("做了什么？", "body", bold=True), *([self.voice] if may else []), self.words)
        self.add_widget(Scroll(Column(self.head, self.pictures, *words, gap=14, pad=(14, 12, 14, 24))))
        self.add_widget(Column(Push("保存", self._save, "check"), pad=(14, 8, 14, 10)))
        self._drawn: Any = None
        self.refresh()

    @property
    def card(self) -> Card | None:
        """Return the event as it is known now."""
        return self.field.card(self.given["kind"], self.given["id"])

    def refresh(self) -> None:
        """Draw the photos."""
        card = self.card
        if card is None:
            return
        before, after = self._before(card), self._bytes(self.after[-1].sha256) if self.after else None
        drawn = (card["revision"], before, after)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self.head.refill(Parts(self, card).head())
        take = Push("重拍一张" if after else "拍处置后的照片", self._take, "camera", "soft" if after else "main")
        shown: list[Any] = [Sheet(compared(before, after))] if before and after else []
        if after and not before:
            shown = [Parts(self, card).photos() or Words("")]
        self.pictures.refill(*shown, take)

    def _before(self, card: Card) -> bytes | None:
        told = next((one for one in card.get("photos") or () if one.get("kind") in ("before", "scene")), None)
        return self.field.photo(told["sha256"], card, "view") if told else None

    def _bytes(self, sha256: str) -> bytes | None:
        return self.field.photo(sha256)

    def _take(self) -> None:
        senses.take_photo(self, "after", self._add)

    def _add(self, photo: Photo) -> None:
        self.after.append(photo)
        self.refresh()

    def _save(self) -> None:
        card = self.card
        if self.is_kept_first(self._save):
            return
        if not self.after:
            self._take()
            return
        facts, kept = {"result_text": self.words.typed or DONE}, (self.after[-1], *self.spoken)
        if card and do(self.app, card, self.given["act"], facts, kept):
            self.app.back()
