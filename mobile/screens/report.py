"""Report (上报): a photo, a tile, saved. Photo first or tile first: at most three taps and one photo.

Job: gather photos, category, place and words into a draft that survives a kill; save it for sending.
Never: block a report for what is missing or odd: the core names what cannot be, the server judges the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mobile.core.attachments import Photo, seen
from mobile.core.shapes import Draft, Fix, Trouble
from mobile.page import Page
from mobile.screens import senses
from mobile.screens.opening import saved_words
from mobile.screens.report_parts import PhotoStrip, PlacePart, TilePart, TwinPart, UrgentPart, WordsPart
from mobile.screens.voice import Speaking, VoicePart, can_record
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Press, Row, Scroll
from mobile.widgets.buttons import IconButton, OnOff, Push
from mobile.widgets.text import Icon, Words

FINAL_FACTS = ("category", "text", "lon", "lat", "crs", "grid_choice")


class Report(Speaking, Page):
    """A new report, or one that was sent back to be mended (``draft``)."""

    title = "上报"
    tab = "report"
    has_tabs = False
    topics = frozenset({"grids", "catalogue"})

    def build(self) -> None:
        """Draw the parts; ``camera`` opens the camera at once, ``category`` has a tile chosen already."""
        self.draft: Draft = self.given.get("draft") or self.field.new_draft()
        self.fix: Fix | None = None
        self.is_done = False
        self.handled_too = False
        self.photos = PhotoStrip(self)
        self.tiles = TilePart(self)
        self.place = PlacePart(self)
        self.voice = VoicePart(
            self,
            lambda: self.draft.photos,
            self.add_photo,
            self.drop_photo,
            may_record=can_record(self, "event", "report"),
        )
        self.words = WordsPart(self)
        self.urgent = UrgentPart(self)
        self.twins = TwinPart(self)
        self.self_handling = Column(gap=8)
        self.refusal = Column(gap=8)
        self.column = Column(gap=16, pad=(14, 12, 14, 20))
        self.line = Column(gap=0)
        self.add_widget(Scroll(self.column))
        self.add_widget(Column(self.line, Push("保存", self.save, "check"), gap=6, pad=(14, 8, 14, 10)))
        self.watching = senses.watch_position(self.app, self._positioned)
        self._show()
        if self.given.get("camera"):
            self.photos.take("before")
        elif self.given.get("category"):
            self.choose(self.given["category"])

    def right(self) -> list[Press]:
        """Offer to throw the draft away."""
        return [IconButton("delete-outline", "丢弃", self._ask_drop, "on_bar")]

    # --- what changes the draft ---------------------------------------------------------------------------------------

    def keep(self, **facts: Any) -> None:
        """Keep facts in the draft; None takes one away. Saved at once."""
        told = {name: value for name, value in (self.draft.facts | facts).items() if value is not None}
        self.draft = self.field.save(replace(self.draft, facts=told))
        self._show()

    def add_photo(self, photo: Photo) -> None:
        """Keep a photo or voice note in the draft."""
        self.draft = self.field.save(replace(self.draft, photos=(*self.draft.photos, photo)))
        self._show()

    def drop_photo(self, photo: Photo) -> None:
        """Take a photo or voice note out of the draft."""
        self.draft = self.field.save(replace(self.draft, photos=tuple(p for p in self.draft.photos if p is not photo)))
        self._show()

    def choose(self, category: str) -> None:
        """Choose a category; where no photo was taken yet, the camera opens next."""
        self.keep(category=category)
        wants_photo = not self.field.catalogue.category(category).get("sensitive")
        if not seen(self.draft.photos) and wants_photo and not self.urgent.is_shown:
            self.photos.take("before")

    def _positioned(self, fix: Fix) -> None:
        self.fix = fix
        self.place.show()
        self.twins.show()

    def refresh(self) -> None:
        """The lists or the grids came: show them."""
        self._show()

    def _show(self) -> None:
        for part in (self.urgent, self.photos, self.tiles, self.place, self.twins, self.voice):
            part.show()
        self._show_self_handling()
        fault = self.draft.refused
        self.refusal.refill(*([Note(fault, "red", "cloud-alert", self.draft.advice)] if fault else []))
        parts = (
            self.refusal,
            self.urgent,
            self.photos,
            self.tiles,
            self.self_handling,
            self.words,
            self.twins,
            self.place,
        )
        wanted = [part for part in parts if part.children]
        if wanted != list(reversed(self.column.children)):
            self.column.refill(*wanted)

    def foot_line(self, sentence: str, tone: str, icon: str) -> None:
        """Say the place above the button, too: it must be seen without scrolling."""
        self.line.refill(Row(Icon(icon, 20, tone), Words(sentence, "small", tone, lines_max=2), gap=6))

    def _show_self_handling(self) -> None:
        leaf = self.field.catalogue.category(self.draft.facts.get("category"))
        may = "event.self_handle" in (self.field.me.permissions if self.field.me else {})
        if not (leaf.get("self_handle") and may):
            self.handled_too = False
            self.self_handling.refill()
        elif not self.self_handling.children:
            self.self_handling.refill(OnOff("我当场已经办好", False, self._handled, "保存后接着拍处置后的照片"))

    def _handled(self, handled: bool) -> None:
        self.handled_too = handled

    # --- the end ------------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Save the report for sending; what is missing is said in words."""
        if self.is_kept_first(self.save):
            return
        self.words.keep()
        try:
            id = self.field.mend(self.draft) if self.draft.refused else self.field.report(self.draft, self.fix)
        except Trouble as trouble:
            self.app.trouble(trouble)
            return
        self.is_done = True
        self.app.device.vibrate()
        if self.handled_too:
            self.app.replace("self_handle", kind="event", id=id, act="self_handle")
        else:
            self.app.back()
        self.app.tell(saved_words(self.app), "green")

    def leave(self) -> None:
        """Stop listening for the position; an empty draft is thrown away, any other is kept."""
        senses.unwatch(self.app, self.watching)
        self.pause()
        if self.is_done:
            return
        self.words.keep()
        if not self.draft.photos and not any(self.draft.facts.get(name) for name in FINAL_FACTS):
            self.field.drop(self.draft)
            return
        self.app.tell("草稿已留在“待发送”里", "blue", "content-copy")

    def _ask_drop(self) -> None:
        self.app.confirm("丢弃这份草稿？", "照片和文字都会删除，不能恢复。", "丢弃", self._drop)

    def _drop(self) -> None:
        self.is_done = True
        self.field.drop(self.draft)
        self.app.back()
