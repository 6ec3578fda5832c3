"""All categories (事项类别): by group, or by a word; a tap chooses.

Job: find one leaf of ninety quickly.
Never: know a leaf: they come from the server.
"""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp

from mobile.page import Page
from mobile.widgets.boxes import Column, Scroll, Tiles
from mobile.widgets.buttons import Chip, Tile
from mobile.widgets.fields import TextBox
from mobile.widgets.flow import Flow
from mobile.widgets.pictures import leaf_picture
from mobile.widgets.text import Words

COLUMNS = 3


class Categories(Page):
    """The page that calls ``pick(code)``."""

    title = "选择类别"
    tab = "report"
    has_tabs = False

    def build(self) -> None:
        """Draw the groups as chips and the first group's tiles."""
        self.group = self.field.catalogue.groups[0]["code"] if self.field.catalogue.groups else ""
        self.search = TextBox(hint="找：垃圾、井盖、噪声…")
        self.search.input.bind(text=lambda *_: self._show())
        self.chips = {
            one["code"]: Chip(one["zh"], lambda code=one["code"]: self._choose(code))
            for one in self.field.catalogue.groups
        }
        self.tiles = Column(gap=10)
        column = Column(self.search, Flow(*self.chips.values(), gap=dp(8)), self.tiles, gap=14, pad=(14, 12, 14, 24))
        self.scroll = Scroll(column)
        self.add_widget(self.scroll)
        self._show()

    def _choose(self, group: str) -> None:
        self.group = group
        self.search.input.text = ""
        self._show()
        self.scroll.scroll_to(self.tiles, padding=dp(40), animate=False)

    def _show(self) -> None:
        word = self.search.typed
        leaves = self.field.catalogue.categories
        found = [one for one in leaves if word in one["zh"] or word in one["group_zh"]] if word else []
        shown = found if word else [one for one in leaves if one["group"] == self.group]
        for code, chip in self.chips.items():
            chip.choose(not word and code == self.group)
        tiles = [Tile(leaf_picture(one["code"]), one["zh"], lambda one=one: self._pick(one)) for one in shown]
        self.tiles.refill(
            Tiles(*tiles, cols=COLUMNS) if tiles else Words("没有这个词的类别，换个说法试试", "body", "ink2")
        )

    def _pick(self, leaf: Any) -> None:
        self.given["pick"](leaf["code"])
