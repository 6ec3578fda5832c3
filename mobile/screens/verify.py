"""Checking the work of others (核查): the place, the photo before and after, what was asked; one tap "办好了".

Job: show what is to be judged; one tap says it is done properly, another with a photo and a word that it is not.
Never: choose for the worker; say "on the spot" when the phone stands somewhere else.
"""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp

from gis import crs as systems
from gis import plain
from mobile.core.attachments import Photo
from mobile.core.shapes import Card, Fix
from mobile.page import Page
from mobile.screens import senses
from mobile.screens.card_parts import Parts
from mobile.screens.opening import do
from mobile.screens.voice import Speaking, VoicePart, can_record
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Press, Row, Scroll, Sheet
from mobile.widgets.buttons import Chip, IconButton, Push, pair
from mobile.widgets.fields import Named, TextBox
from mobile.widgets.flow import Flow
from mobile.widgets.photos import Thumb, compared
from mobile.widgets.text import Icon, Words

NEAR_M = 200.0
"""As near as a check-in must be (setting check_in_radius_m; this is its default)."""
REASONS = ("没有清理干净", "没有修好", "现场没人来过", "又出现了")
"""Words at hand; the worker may write others."""


class Verify(Speaking, Page):
    """The check of one item."""

    title = "核查"
    tab = "today"
    has_tabs = False
    topics = frozenset({"cards", "outbox", "grids"})

    def build(self) -> None:
        """Draw the item and the two answers."""
        self.fix: Fix | None = None
        self.photos: list[Photo] = []
        self.is_refusing = self.given.get("act") == "send_back"
        self.spoken: list[Photo] = []
        may = can_record(self, self.given["kind"], "send_back")
        self.voice = VoicePart(self, lambda: self.spoken, self.spoken.append, self.spoken.remove, may_record=may)
        self.reason = TextBox(hint="哪里没办好？", lines=2)
        self.column = Column(gap=14, pad=(14, 12, 14, 24))
        self.scroll = Scroll(self.column)
        self.foot = Column(gap=10, pad=(14, 8, 14, 10))
        self.add_widget(self.scroll)
        self.add_widget(self.foot)
        self._drawn: Any = None
        self.refresh()
        self.watching = senses.watch_position(self.app, self._positioned)

    def right(self) -> list[Press]:
        """Offer to read the card aloud."""
        return [IconButton("volume-high", "朗读", self._read, "on_bar")]

    @property
    def card(self) -> Card | None:
        """Return the item as it is known now."""
        return self.field.card(self.given["kind"], self.given["id"])

    def refresh(self) -> None:
        """Draw what is to be judged."""
        card = self.card
        if card is None:
            self.column.refill(Words("手机里还没有这一条，联网后自动取来。", "body", "ink2"))
            return
        parts = Parts(self, card)
        pair = self._before_and_after(card)
        seen = (parts.photo_state(), all(pair))
        drawn = (card["revision"], seen, self.is_refusing, tuple(self.photos), self._distance())
        if drawn == self._drawn:
            return
        self._drawn = drawn
        refusal = self._refusal() if self.is_refusing else None
        pictures = Sheet(compared(*pair)) if all(pair) else parts.photos()
        told = (parts.head(), refusal, pictures, parts.words(), parts.result(), parts.units())
        self.column.refill(*(part for part in told if part), self._where())
        self._answers(card)

    def _answers(self, card: Card) -> None:
        offered = {one["act"] for one in card["actions"]}
        if self.is_refusing:
            self.foot.refill(
                Push("退回重办", self._send_back, "undo-variant", "danger"),
                Push("还是办好了", self._undecided, "", "plain"),
            )
            return
        done = [Push("办好了", self._done, "check")] if "verify" in offered else []
        bad = [Push("还没好", self._refuse, "close", "danger")] if "send_back" in offered else []
        nothing = [Note("这一条现在不需要您核查", "grey")] if not (done or bad) else []
        self.foot.refill(*([pair(*done, *bad)] if done and bad else [*done, *bad, *nothing]))

    def _before_and_after(self, card: Card) -> tuple[bytes | None, bytes | None]:
        """Return the two photos to lay over each other, as far as they have come; the rest is asked for."""
        told = {one.get("kind"): one for one in reversed(card.get("photos") or ())}
        content = {kind: self.field.photo(one["sha256"], card, "view") for kind, one in told.items()}
        return content.get("before") or content.get("scene"), content.get("after")

    def _distance(self) -> float | None:
        place = (self.card or {}).get("place") or {}
        if self.fix is None or "lon" not in place:
            return None
        here = systems.convert(self.fix.lon, self.fix.lat, self.fix.crs, "cgcs2000")
        there = systems.convert(place["lon"], place["lat"], place["crs"], "cgcs2000")
        return float(round(plain.distance_m(here, there), -1))

    @property
    def is_near(self) -> bool:
        """Tell whether the phone stands where the item is."""
        distance = self._distance()
        near = float(self.field.catalogue.settings.get("check_in_radius_m", NEAR_M))
        return distance is not None and distance <= near

    def _where(self) -> Note:
        distance = self._distance()
        if distance is None:
            return Note("还不知道您离现场多远，会记为非现场核查", "amber", "map-marker-question")
        words = f"{distance:.0f} 米" if distance < 1000 else f"{distance / 1000:.1f} 公里"
        if self.is_near:
            return Note(f"您在现场（离这里 {max(distance, 10):.0f} 米以内）", "green", "map-marker-check")
        return Note(f"您离现场 {words}，会记为非现场核查", "amber", "map-marker-alert")

    def _positioned(self, fix: Fix) -> None:
        self.fix = fix
        self.refresh()

    # --- the two answers ----------------------------------------------------------------------------------------------

    def _done(self) -> None:
        card = self.card
        words = "现场核查，已办好" if self.is_near else "非现场核查（看照片），已办好"
        if card and do(self.app, card, "verify", {"note": words, "onsite": self.is_near}, self.photos):
            self.app.back()

    def _refuse(self) -> None:
        self.is_refusing = True
        self.refresh()
        senses.take_photo(self, "check", self._add)

    def _undecided(self) -> None:
        self.is_refusing = False
        self.refresh()

    def _add(self, photo: Photo) -> None:
        self.photos.append(photo)
        self.refresh()

    def _refusal(self) -> Sheet:
        for kept in (self.reason, self.voice):
            if kept and kept.parent:
                kept.parent.remove_widget(kept)
        chips = [Chip(words, lambda words=words: self._say(words)) for words in REASONS]
        thumbs = [Thumb(self.field.photo(one.sha256, size="thumb"), "核查", lambda: None) for one in self.photos]
        head = Row(Icon("undo-variant", 28, "red"), Words("哪里没办好？", "head"))
        named = Named("理由", self.reason, needed=True)
        take = Push(
            "再拍一张" if thumbs else "拍照", lambda: senses.take_photo(self, "check", self._add), "camera-plus", "soft"
        )
        spoken = [self.voice] if self.voice and self.voice.children else []
        return Sheet(
            head, Flow(*chips, gap=dp(8)), *spoken, named, *([Flow(*thumbs, gap=dp(8))] if thumbs else []), take, gap=12
        )

    def _say(self, words: str) -> None:
        typed = self.reason.typed
        self.reason.input.text = f"{typed}，{words}" if typed else words

    def _send_back(self) -> None:
        card = self.card
        if self.is_kept_first(self._send_back):
            return
        if not self.reason.typed and not self.spoken:
            self.app.tell("请说一下哪里没办好", "amber", "alert-outline")
            return
        if card and do(self.app, card, "send_back", {"reason": self.reason.typed}, [*self.photos, *self.spoken]):
            self.app.back()

    def _read(self) -> None:
        card = self.card
        if card:
            self.app.say(Parts(self, card).spoken())

    def leave(self) -> None:
        """Stop listening for the position, and to what is spoken."""
        self.pause()
        senses.unwatch(self.app, self.watching)
