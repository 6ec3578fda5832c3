"""A form (表单): any act, drawn from its JSON Schema, so that a new act needs no new app.

Job: one input per field in the server's order; a draft that survives a kill; what is missing in words.
Never: know an act: titles, order, limits and choices are the schema's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kivy.clock import Clock

from mobile.core.attachments import heard
from mobile.core.shapes import Draft, Trouble
from mobile.page import Page
from mobile.screens.inputs import Input, made
from mobile.screens.opening import do, saved_words
from mobile.screens.voice import Speaking, can_record
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll
from mobile.widgets.buttons import Push
from mobile.widgets.text import Words

SETTLES_S = 0.1
FILLED_IN = frozenset({"place", "hidden"})
"""Means of entry that the core fills in itself."""


class Form(Speaking, Page):
    """The act ``act`` on the item (``kind``, ``id``), a refused ``draft`` to be mended, or a creation of ``kind``."""

    tab = "today"
    has_tabs = False

    def build(self) -> None:
        """Draw the fields."""
        self.draft: Draft | None = self.given.get("draft")
        self.kind = self.draft.kind if self.draft else self.given["kind"]
        self.act = self.draft.act if self.draft else self.given["act"]
        id = self.draft.item_id if self.draft else self.given.get("id", "")
        self.card = self.field.card(self.kind, id) if id else None
        self.facts: dict[str, Any] = dict(self.draft.facts if self.draft else self.given.get("facts", {}))
        self.schema = self.field.catalogue.form(self.kind, self.act)
        self.inputs: dict[str, Input] = {}
        self.told = Column(gap=8)
        column = Column(self._head(), self.told, gap=18, pad=(14, 12, 14, 24))
        for name in self.schema.get("x-order", ()):
            field = self.schema["properties"][name]
            if not self._is_left_out(field):
                self.inputs[name] = made(self, name, field, self.facts.get(name), name in self.schema["required"])
                column.add_widget(self.inputs[name].named)
        self.column = column
        self.scroll = Scroll(column)
        self.add_widget(self.scroll)
        self.add_widget(Column(Push(self._label(), self._save, "check"), pad=(14, 8, 14, 10)))
        if self.draft and self.draft.refused:
            self.told.refill(Note(self.draft.refused, "red", "cloud-alert", self.draft.advice))
            self._show_faults(dict(self.draft.errors))

    def _is_left_out(self, field: dict[str, Any]) -> bool:
        """Tell whether nobody enters a field here: the core fills it in, or this phone has no microphone."""
        if field["x-widget"] == "voices":
            has_some = bool(self.draft and heard(self.draft.photos))
            return not has_some and not can_record(self, self.kind, self.act)
        return field["x-widget"] in FILLED_IN and field.get("type") != "object"

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return what the act is called."""
        return self._label()

    @property
    def whole(self) -> dict[str, Any] | None:
        """Return the card the form is about: the item's own, or that of the item a part belongs to."""
        about = self.facts.get("about")
        return self.field.card(*about) if about else self.card

    def _label(self) -> str:
        offered = next((one["zh"] for one in (self.card or {}).get("actions", ()) if one["act"] == self.act), "")
        return offered or self.field.catalogue.act_zh(self.kind, self.act)

    def _head(self) -> Column:
        """Say what the act is about, and what follows from it where the server says so."""
        card, means = self.whole, str(self.schema.get("description") or "")
        said = [Words(means, "small", "ink")] if means else []
        if not card:
            return Column(*said)
        category = card.get("category") or {}
        name = card.get("title") or category.get("zh") or card.get("no") or ""
        text = str(card.get("text") or "")
        about = [Words(str(name), "head"), *([Words(text, "small", "ink2", lines_max=2)] if text else [])]
        return Column(Column(*about, gap=4), *said, gap=10)

    def values(self) -> dict[str, Any]:
        """Return what is filled in."""
        told = {name: one.value for name, one in self.inputs.items() if not one.is_photos}
        return {name: value for name, value in told.items() if value not in (None, "", [])}

    def photos(self) -> tuple[Any, ...]:
        """Return the photos taken and the notes spoken in the form."""
        return tuple(photo for one in self.inputs.values() if one.is_photos for photo in one.value)

    def _save(self) -> None:
        if self.is_kept_first(self._save):
            return
        facts, photos = self.values(), self.photos()
        faults = dict(self.field.catalogue.faults(self.kind, self.act, facts, photos))
        self._show_faults(faults)
        if faults:
            self.app.tell("还有 " + str(len(faults)) + " 处要填", "amber", "alert-outline")
            return
        saved = (
            self._mend(facts, photos)
            if self.draft or not self.card
            else do(self.app, self.card, self.act, facts, photos)
        )
        if saved:
            self.draft = None
            self.app.back()

    def _mend(self, facts: dict[str, Any], photos: tuple[Any, ...]) -> bool:
        """Send a draft, mended or new."""
        draft = self.draft or self.field.new_draft(self.kind, self.act, self.given.get("facts"))
        if "part_id" in self.given:
            draft = replace(draft, item_id=self.given["part_id"])
        kept = {name: value for name, value in draft.facts.items() if name not in self.inputs}
        draft = self.field.save(replace(draft, facts=kept | facts, photos=photos))
        try:
            if draft.refused:
                self.field.mend(draft)
            else:
                self.field.submit(draft)
        except Trouble as trouble:
            self._show_faults(trouble.errors)
            self.app.trouble(trouble)
            return False
        self.app.device.vibrate()
        self.app.tell(saved_words(self.app))
        return True

    def _show_faults(self, faults: dict[str, str]) -> None:
        first = None
        for name, one in self.inputs.items():
            one.named.fault(faults.get(name, ""))
            first = first or (one.named if name in faults else None)
        if first:  # when its sentence has found its place
            Clock.schedule_once(lambda _: self.scroll.scroll_to(first, padding=30, animate=False), SETTLES_S)

    def leave(self) -> None:
        """Keep what was changed in a draft."""
        self.pause()
        if self.draft:
            facts = {name: value for name, value in self.draft.facts.items() if name not in self.inputs}
            self.field.save(replace(self.draft, facts=facts | self.values(), photos=self.photos()))
