"""Today (今天): what is mine, the nearest moment first; the photo that begins a report; one sentence when all is done.

Job: list `Field.today`, say how many there are, lead to the outbox when something was sent back.
Never: sort or judge: the core does.
"""

from __future__ import annotations

from kivy.metrics import dp

from mobile.core.shapes import Row as Item
from mobile.page import Page
from mobile.screens.opening import open_row
from mobile.screens.strip import walks
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column
from mobile.widgets.buttons import Chip, Push
from mobile.widgets.flow import Flow
from mobile.widgets.rows import RowList
from mobile.widgets.text import Icon, Words

LISTS = (
    ("event", "全部事件", ("event.view",)),
    ("whistle", "全部吹哨", ("whistle.blow",)),
    ("subtask", "子任务", ("event.handle", "objection.file")),
    ("objection", "职责异议", ("objection.file",)),
)
"""Kind, word and permissions (one suffices) of the lists that can be opened from here."""


class TodayPage(Page):
    """The first page."""

    title = "今天"
    tab = "today"
    topics = frozenset({"today", "outbox", "drafts", "duty", "cards", "account", "catalogue"})

    def build(self) -> None:
        """Draw the list with its head."""
        self._drawn: object = None
        self.head = Column(gap=10, pad=(0, 2, 0, 6))
        self.rows = RowList(self.head)
        self.add_widget(self.rows)
        self.refresh()

    def refresh(self) -> None:
        """Show what is mine now."""
        today, on_duty = self.field.today(), self.field.duty.on
        drawn = (today, on_duty, self.field.me, self.field.catalogue.is_known)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        parts = [Words(today.sentence, "head" if today.rows else "title")]
        if not today.rows:
            parts.insert(0, Icon("check-circle-outline", 64, "green", pos_hint={"center_x": 0.5}))
        if self.field.me and self.field.me.must_change_password:
            go = lambda: self.app.go("password")  # noqa: E731
            parts.append(Note("请先修改初始密码", "red", "key-outline", "改好以后才会发送和取数", go))
        if today.rejected:
            parts.append(_refused(today.rejected, self.app))
        if walks(self.field) and not today.on_duty:
            parts.append(Push("上岗，开始工作", self._go_on_duty, "account-check-outline", "soft"))
        if self._may("event.create"):
            parts.append(Push("拍照上报", self._report, "camera"))
        parts.append(self._lists())
        self.head.refill(*parts)
        self.rows.show(today.rows, self.field.clock.now(), self._open)

    def _may(self, *permissions: str) -> bool:
        return bool(self.field.me and any(one in self.field.me.permissions for one in permissions))

    def _lists(self) -> Flow:
        chips = [
            Chip(words, lambda kind=kind: self._list(kind), "format-list-checks")
            for kind, words, may in LISTS
            if self._may(*may)
        ]
        return Flow(*chips, gap=dp(8))

    def _list(self, kind: str) -> None:
        if kind == "whistle":
            self.app.go("whistles")
        else:
            self.app.go("list", kind=kind)

    def _report(self) -> None:
        self.app.go("report", camera=True)

    def _go_on_duty(self) -> None:
        duty = self.field.go_on_duty()
        self.app.tell(duty.sentence, "green", "account-check-outline")

    def _open(self, item: Item) -> None:
        open_row(self.app, item)


def _refused(count: int, app: object) -> Note:
    return Note(
        f"有 {count} 条被退回", "red", "cloud-alert", "内容都还在，点这里改一改再发", lambda: app.go("outbox")  # type: ignore[attr-defined]
    )  # fmt: skip
