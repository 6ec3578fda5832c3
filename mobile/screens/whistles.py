"""Whistles (吹哨): for a department the calls to it, the most pressing first; for a caller its whistles and "blow".

Job: lists of both kinds, as far as the bearer may see them; the way to a new whistle.
Never: count for the server: what is listed is what the phone knows.
"""

from __future__ import annotations

from kivy.metrics import dp

from mobile.core.shapes import Row as Item
from mobile.page import Page
from mobile.screens.opening import open_row
from mobile.widgets.boxes import Column
from mobile.widgets.buttons import Chip, Push
from mobile.widgets.flow import Flow
from mobile.widgets.rows import RowList
from mobile.widgets.text import Words

KINDS = (("check_in", "叫我们单位的", "whistle.respond"), ("whistle", "我们吹的", "whistle.blow"))
"""Kind, word and permission of the lists."""
SHOWS = (("open", "没办完"), ("all", "全部"))
NONE = {"check_in": "现在没有部门哨要响应", "whistle": "现在没有没办完的哨"}


class Whistles(Page):
    """The tab."""

    title = "吹哨"
    tab = "whistles"
    topics = frozenset({"cards", "outbox", "catalogue"})

    def build(self) -> None:
        """Draw head and list."""
        may = self.field.me.permissions if self.field.me else {}
        self.kinds = [(kind, words) for kind, words, permission in KINDS if permission in may] or [("whistle", "哨单")]
        self.kind, self.shown = self.kinds[0][0], "open"
        self.blows = "whistle.blow" in may
        self.head = Column(gap=10, pad=(0, 2, 0, 6))
        self.rows = RowList(self.head)
        self.add_widget(self.rows)
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now."""
        rows = self.field.items(self.kind, open=True if self.shown == "open" else None)
        rows.sort(key=lambda row: (row.state_type == "final", row.due_at or "9999"))
        words = f"{len(rows)} 条" if rows else NONE[self.kind] if self.shown == "open" else "还没有哨单"
        blow = [Push("吹哨叫部门", lambda: self.app.go("blow"), "bullhorn")] if self.blows else []
        kinds = (
            [self._chip(kind, said, self.kind == kind, self._turn) for kind, said in self.kinds]
            if len(self.kinds) > 1
            else []
        )
        shows = [self._chip(name, said, self.shown == name, self._choose) for name, said in SHOWS]
        self.head.refill(*blow, Flow(*kinds, *shows, gap=dp(8)), Words(words, "small", "ink2"))
        self.rows.show(rows, self.field.clock.now(), self._open)

    @staticmethod
    def _chip(name: str, said: str, is_chosen: bool, action: object) -> Chip:
        chip = Chip(said, lambda: action(name))  # type: ignore[operator]
        chip.choose(is_chosen)
        return chip

    def _turn(self, kind: str) -> None:
        self.kind = kind
        self.refresh()

    def _choose(self, shown: str) -> None:
        self.shown = shown
        self.refresh()

    def _open(self, item: Item) -> None:
        open_row(self.app, item)
