"""A list of items of one kind (列表): search, filter by state, thousands of rows.

Job: draw `Field.items` of any kind; the filters are the kind's own states.
Never: know a kind.
"""

from __future__ import annotations

from kivy.clock import Clock
from kivy.metrics import dp

from mobile.core.shapes import Row as Item
from mobile.page import Page
from mobile.screens.opening import open_row
from mobile.widgets.boxes import Column
from mobile.widgets.buttons import Chip
from mobile.widgets.fields import TextBox
from mobile.widgets.flow import Flow
from mobile.widgets.rows import RowList
from mobile.widgets.text import Words

TYPING_S = 0.3
FILTERS = (("open", "未办结"), ("late", "已超时"), ("all", "全部"))


class ItemList(Page):
    """The items of ``kind``; ``pick(row)`` makes it a choice instead of a way to the cards."""

    tab = "today"
    topics = frozenset({"cards", "outbox", "catalogue"})

    def build(self) -> None:
        """Draw search, filters and rows."""
        self.filter, self.group = "open", ""
        self.search = TextBox(hint="找：编号、地点、内容")
        later = Clock.create_trigger(lambda _: self.refresh(), TYPING_S)
        self.search.input.bind(text=lambda *_: later())
        self.chips = {name: Chip(words, lambda name=name: self._choose(name)) for name, words in FILTERS}
        self.count = Words("", "small", "ink2")
        self.states = Flow(*self.chips.values(), gap=dp(8))
        self.turns = Column(self.states, gap=10)
        self.head = Column(self.search, self.turns, self.count, gap=10, pad=(0, 0, 0, 4))
        self.rows = RowList(self.head)
        self.add_widget(self.rows)
        self.refresh()

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return what the kind is called."""
        return str(self.given.get("title") or self.field.catalogue.kind(self.given["kind"]).get("zh", "列表"))

    def _choose(self, name: str) -> None:
        self.filter = name
        self.refresh()

    def _turn(self, group: str) -> None:
        self.group = "" if group == self.group else group
        self.refresh()

    def _grouped(self, rows: list[Item]) -> list[Item]:
        """Return the rows of the chosen point of view; offer those that the server tells of, if several."""
        told = dict(group for row in rows for group in row.groups)
        self.group = self.group if self.group in told else ""
        chips = [Chip(words, lambda name=name: self._turn(name)) for name, words in told.items()]
        for chip, name in zip(chips, told, strict=True):
            chip.choose(name == self.group)
        self.turns.refill(self.states, *([Flow(*chips, gap=dp(8))] if len(chips) > 1 else []))
        return [row for row in rows if not self.group or self.group in dict(row.groups)]

    def refresh(self) -> None:
        """Show what fits."""
        for name, chip in self.chips.items():
            chip.choose(name == self.filter)
        which = {"all": None}.get(self.filter, True)
        rows = self.field.items(self.given["kind"], open=which, query=self.search.typed)
        rows = [row for row in rows if row.overdue] if self.filter == "late" else rows
        rows = self._grouped(rows)
        self.count.said = f"{len(rows)} 条" if rows else "没有符合的条目"
        self.rows.show(rows, self.field.clock.now(), self._open)

    def _open(self, item: Item) -> None:
        if "pick" in self.given:
            self.app.back()
            self.given["pick"](item)
        else:
            open_row(self.app, item)
