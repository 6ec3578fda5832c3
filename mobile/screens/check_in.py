"""A call to one department (部门报到): what, where, until when; respond, go there, report in, work, be released.

Job: the department's side: big next step, way and distance, what was saved offline; for the caller the same card.
Never: let a department leave by itself: the caller releases (事不完、人不撤); know what follows: the card says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kivy.uix.widget import Widget

from gis import crs as systems
from mobile.core.shapes import Card, Fix
from mobile.screens import senses
from mobile.screens.card_parts import Parts
from mobile.screens.item import ItemPage
from mobile.screens.opening import open_item
from mobile.screens.whistle_parts import details, facts, kind_icon, standing
from mobile.widgets import arrow, moments
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Row, Sheet
from mobile.widgets.buttons import Push
from mobile.widgets.rows import Pill
from mobile.widgets.text import Icon, Words
from mobile.widgets.ticking import Tick


class CheckInPage(ItemPage):
    """The check-in ``id``."""

    title = "部门报到"
    tab = "whistles"
    icons: ClassVar = {
        "check_in": "map-marker-check", "respond": "run-fast", "work": "hammer-wrench", "ask_release": "flag-checkered",
    }  # fmt: skip

    def build(self) -> None:
        """Draw what is known; follow the position while somebody still has to come."""
        self.fix: Fix | None = None
        self.arrow = arrow.Arrow()
        self.way = Words("", "body", bold=True)
        self.watching: Any = None
        super().build()

    def leave(self) -> None:
        """Stop the timer and the position."""
        super().leave()
        if self.watching:
            senses.unwatch(self.app, self.watching)

    def next_forms(self, card: Card) -> frozenset[str]:
        """A department at work asks for its release; having asked, it may ask again, but waits."""
        return frozenset() if card.get("release_asked") else frozenset({"check_in.ask_release"})

    @property
    def is_called(self) -> bool:
        """Tell whether the bearer's own department is called: only it is told the whistle's nonce."""
        return bool(self.card and self.card.get("nonce"))

    def drawn(self, card: Card) -> None:
        """Follow the position while the bearer's department is awaited."""
        if self.is_called and card.get("awaited") and not self.watching:
            self.watching = senses.watch_position(self.app, self._positioned)

    # --- parts ------------------------------------------------------------------------------------------------------

    def parts(self, card: Card) -> list[Widget | None]:
        """Return head, what waits, what comes next, the way there, the call, voice notes, photos and what happened."""
        parts = Parts(self, card)
        next_zh = card.get("next_zh")
        step = Note(next_zh, "blue", "arrow-right") if next_zh else None
        return [
            self._head(card), self._pending(card, parts), self._asked(card) or step, self._way(card),
            self._call(card["whistle"]), parts.voices(), parts.photos(), parts.timeline(),
        ]  # fmt: skip

    def _head(self, card: Card) -> Sheet:
        whistle, now = card["whistle"], self.field.clock.now
        code, zh = whistle["kind_code"]["code"], whistle["kind_code"]["zh"]
        name = Row(Icon(kind_icon(code), 34, "red" if code == "EMERGENCY" else "blue"), Words(zh, "title"), gap=10)
        unit = card["unit"]["zh"]
        clocks = [one for one in card["clocks"] if one.get("due_at") and not one.get("stopped_at")]
        ticks = [Tick(one["zh"], one["due_at"], now, "body") for one in clocks]
        told = [Words(words, "small", "ink2") for words in details(card, now())]
        state = Pill(standing(card), "grey" if card["state"]["type"] == "final" else "blue", "map-marker-check")
        return Sheet(name, Words(f"{unit} · {card.get('no') or ''}", "small", "ink2"), state, *told, *ticks)

    def _pending(self, card: Card, parts: Parts) -> Widget | None:
        """Say of a saved report-in that it counts from when it was saved."""
        waits = saved_arrivals(card)
        if not waits:
            return parts.waiting()
        at = moments.at(waits[-1]["made_at"], self.field.clock.now())
        return Note(f"报到已存好（{at}）", "amber", "cloud-upload-outline", "联网后自动送达，按此刻时间算")

    def _asked(self, card: Card) -> Widget | None:
        """Say that the department asked to be released, and what it has done, as long as nobody answered."""
        asked = card.get("release_asked")
        if not asked:
            return None
        at = moments.at(asked["at"], self.field.clock.now())
        return Note(
            f"部门已申请撤离（{at}）", "amber", "timer-sand", f"{asked['reason']}。等吹哨方同意（事不完、人不撤）"
        )

    def _way(self, card: Card) -> Widget | None:
        whistle = card["whistle"]
        is_awaited = card.get("awaited") and not saved_arrivals(card)
        if whistle.get("lon") is None or not is_awaited or not self.is_called:
            return None
        self._point()
        for one in (self.arrow, self.way):
            if one.parent:
                one.parent.remove_widget(one)
        told = Column(self.way, Words("箭头上方为北", "tiny", "ink2"), gap=2)
        go = Push("导航到现场", self._navigate, "navigation-variant-outline", "soft")
        return Sheet(Row(self.arrow, told, gap=14), go)

    def _call(self, whistle: Mapping[str, Any]) -> Sheet | None:
        now = self.field.clock.now()
        meet = f"约定 {moments.at(whistle['meet_at'], now)} 到场" if whistle.get("meet_at") else ""
        place = self.field.place(None, whistle["lon"], whistle["lat"], whistle["crs"]) if whistle.get("lon") else None
        told = facts(
            ("comment-text-outline", whistle.get("reason")), ("map-marker", place.zh if place else ""),
            ("calendar-clock", meet), ("bell-ring", f"{moments.at(whistle.get('blown_at'), now)} 吹哨"),
        )  # fmt: skip
        see = Push(f"看整张哨单 {whistle['no']}", lambda: open_item(self.app, "whistle", whistle["id"]), "", "plain")
        return Sheet(*told, see)

    # --- doing ------------------------------------------------------------------------------------------------------

    def _positioned(self, fix: Fix) -> None:
        self.fix = fix
        self._point()

    def _point(self) -> None:
        there = target(self.card) if self.card else None
        if there is None or self.fix is None:
            self.arrow.point(None)
            self.way.said = "正在定位…"
            return
        lon, lat = systems.convert(self.fix.lon, self.fix.lat, self.fix.crs, "cgcs2000")
        here = (float(lon), float(lat))
        self.arrow.point(arrow.bearing(here, there))
        self.way.said = f"现场在{arrow.words(here, there)}"

    def _navigate(self) -> None:
        there = target(self.card) if self.card else None
        if there and self.card:
            lon, lat = systems.convert(*there, "cgcs2000", "wgs84")
            self.app.device.navigate(float(lon), float(lat), f"哨单 {self.card['whistle']['no']}")

    def spoken(self, card: Card) -> str:
        """Return the kind, why they were called, and the way there."""
        told = (card["whistle"]["kind_code"]["zh"], card["whistle"].get("reason"), self.way.said)
        return "。".join(str(part) for part in told if part)


def saved_arrivals(card: Card) -> list[Mapping[str, Any]]:
    """Return the report-ins saved on this phone that the server has not taken yet."""
    return [one for one in card.get("pending") or () if one["act"] == "check_in" and one["state"] != "rejected"]


def target(card: Card) -> tuple[float, float] | None:
    """Return where the whistle was blown, in degrees of EPSG:4490."""
    whistle = card["whistle"]
    if whistle.get("lon") is None:
        return None
    lon, lat = systems.convert(whistle["lon"], whistle["lat"], whistle["crs"], "cgcs2000")
    return float(lon), float(lat)
