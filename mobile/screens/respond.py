"""Respond to a whistle (响应): when we shall be there, in two taps.

Job: a few expected times, or the agreed one, and perhaps who comes; the act goes out true at this moment.
Never: offer to decline: there is only the objection, after responding.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mobile.core.shapes import Card
from mobile.page import Page
from mobile.screens.opening import do
from mobile.screens.persons import people
from mobile.screens.pickers import PersonInput
from mobile.widgets import moments
from mobile.widgets.boxes import Column, Scroll, Tiles
from mobile.widgets.buttons import Push, Tile
from mobile.widgets.text import Words

SOON = ((10, "10 分钟"), (15, "15 分钟"), (30, "30 分钟"), (60, "1 小时"))
LATER = ((30, "30 分钟"), (60, "1 小时"), (120, "2 小时"), (240, "4 小时"))
DAY_ENDS, DAY_BEGINS = (17, 30), (9, 0)


def choices(card: Card, now: datetime) -> list[tuple[str, datetime]]:
    """Return (words, moment) of the times to choose from; within an hour for an emergency."""
    whistle, here = card["whistle"], now.astimezone(moments.CN)
    steps = SOON if whistle["kind_code"]["code"] == "EMERGENCY" else LATER
    found = [(words, now + timedelta(minutes=minutes)) for minutes, words in steps]
    meet = moments.read(whistle.get("meet_at"))
    if meet and meet > now:
        found.insert(0, (f"按约定 {moments.at(meet, now)}", meet))
    if steps is LATER:
        tomorrow = here + timedelta(days=1)
        ends = here.replace(hour=DAY_ENDS[0], minute=DAY_ENDS[1], second=0, microsecond=0)
        begins = tomorrow.replace(hour=DAY_BEGINS[0], minute=DAY_BEGINS[1], second=0, microsecond=0)
        named = (("今天下班前", ends), ("明天上午 9 点", begins))
        found += [(words, moment) for words, moment in named if moment > now]
    return found


class TimeTiles(Tiles):
    """The times as tiles; ``chosen`` is the moment pressed."""

    def __init__(self, options: list[tuple[str, datetime]], tell: Any) -> None:
        super().__init__(cols=2, gap=10)
        self.chosen: datetime | None = None
        self.tell = tell
        self.tiles: list[Tile] = []
        for words, moment in options:
            tile = Tile("run-fast", words, lambda moment=moment: self.press(moment))
            tile.moment = moment
            self.tiles.append(tile)
            self.add_widget(tile)

    def press(self, moment: datetime) -> None:
        """Choose a time."""
        self.chosen = moment
        for tile in self.tiles:
            tile.choose(tile.moment == moment)
        self.tell(moment)


class Respond(Page):
    """Respond to the check-in ``id``."""

    title = "几点能到？"
    tab = "whistles"

    def build(self) -> None:
        """Draw the times."""
        self.card = self.field.card("check_in", self.given["id"])
        if self.card is None:
            self.add_widget(Words("手机里还没有这一条，联网后自动取来。"))
            return
        now = self.field.clock.now()
        self.tiles = TimeTiles(choices(self.card, now), self._chosen)
        kind = self.card["whistle"]["kind_code"]["zh"]
        head = Words(f"{kind}：{self.card['whistle']['reason']}", "body", lines_max=3)
        self.push = Push("先选到场时间", self._respond, "check")
        self.who = self._who()
        named = [self.who.named] if self.who else []
        parts = (head, Words("多久能到现场？", "head"), self.tiles, *named)
        self.add_widget(Scroll(Column(*parts, gap=12, pad=(14, 12, 14, 20))))
        self.add_widget(Column(self.push, pad=(14, 8, 14, 10)))

    def _who(self) -> PersonInput | None:
        """Return who is to come, where the form asks for it and there is a choice."""
        told = self.field.catalogue.form("check_in", "respond").get("properties", {}).get("person_id")
        if not told or len(people(self.field)) < 2:
            return None
        return PersonInput(self, "person_id", told, None, is_needed=False)

    def _chosen(self, moment: datetime) -> None:
        self.push.say(f"响应：{moments.at(moment, self.field.clock.now())} 到")

    def _respond(self) -> None:
        if self.tiles.chosen is None:
            self.app.tell("请先选多久能到", "amber", "alert-outline")
            return
        facts = {"expected_at": self.tiles.chosen.isoformat()}
        facts |= {"person_id": self.who.value} if self.who and self.who.value else {}
        if self.card and do(self.app, self.card, "respond", facts):
            self.app.back()
