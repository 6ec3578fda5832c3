"""Messages (消息): what the bearer was told, newest first; a tap opens what it is about and marks it as read.

Job: rows for `Field.inbox`; unread ones carry a mark and bold words.
Never: decide who is told what.
"""

from __future__ import annotations

from typing import Any

from kivy.metrics import dp, sp
from kivy.uix.recycleview.views import RecycleDataViewBehavior

from mobile.core.shapes import Notice
from mobile.page import Page
from mobile.screens.opening import open_item
from mobile.widgets import moments
from mobile.widgets.boxes import Column, Press
from mobile.widgets.buttons import Push
from mobile.widgets.rows import RowList
from mobile.widgets.text import Icon, Words, text_height
from mobile.widgets.theme import THEME

PAD, GAP, SIDE = 12, 8, 34
SEVERITIES = {"info": ("blue", "bell-outline"), "warning": ("amber", "alert-outline"), "alarm": ("red", "bell-ring")}
BODY_LINES = 3


class NoticeRow(RecycleDataViewBehavior, Press):
    """One message."""

    def __init__(self, **more: Any) -> None:
        super().__init__(size_hint_y=None, padding=[dp(PAD)] * 4, spacing=dp(GAP), **more)
        self.paint_ground(THEME.colours.sheet, THEME.colours.line)
        self.notice: Notice | None = None
        self.picture = Icon("", 26, "blue", pos_hint={"top": 1})
        self.picture.width = sp(SIDE)
        self.head = Words("", "body", bold=True)
        self.body = Words("", "small", "ink", lines_max=BODY_LINES)
        self.when = Words("", "tiny", "ink2")
        self.add_widget(self.picture)
        self.add_widget(Column(self.head, self.body, self.when, gap=3, pos_hint={"top": 1}))

    @property
    def said(self) -> str:
        """Return the title."""
        return str(self.head.said)

    def refresh_view_attrs(self, view: Any, index: int, data: dict[str, Any]) -> None:
        """Show another message."""
        notice: Notice = data["notice"]
        self.notice, self.open_notice = notice, data["open"]
        tone, icon = SEVERITIES.get(notice.severity, SEVERITIES["info"])
        self.picture.draw(icon if not notice.read else "check", tone if not notice.read else "ink2")
        self.head.said, self.body.said = notice.title, notice.body
        self.when.said = data["when"]
        colours = THEME.colours
        self.repaint(
            colours.sheet if notice.read else colours.ground(tone),
            colours.line if notice.read else getattr(colours, tone),
        )

    def on_release(self) -> None:
        """Open it."""
        if self.notice:
            self.open_notice(self.notice)


class Messages(Page):
    """The inbox."""

    title = "消息"
    tab = "messages"
    is_tab = True
    topics = frozenset({"inbox"})

    def build(self) -> None:
        """Draw the list with its head."""
        self.head = Column(gap=8)
        self.rows = RowList(self.head)
        self.add_widget(self.rows)
        self.refresh()

    def refresh(self) -> None:
        """Show the messages as they are now."""
        inbox = self.field.inbox()
        words = f"{inbox.unread} 条未读" if inbox.unread else "都看过了" if inbox.items else "还没有消息"
        mark = [Push("全部标为已读", lambda: self._read_all(inbox.items), "check", "soft")] if inbox.unread > 1 else []
        self.head.refill(Words(words, "head"), *mark)
        self.rows.plan(lambda width: [self._row(one, width) for one in inbox.items])

    def _row(self, notice: Notice, width: float) -> dict[str, Any]:
        room = width - dp(2 * PAD) - sp(SIDE) - dp(GAP)
        when = f"{moments.at(notice.created_at, self.field.clock.now())} · {'已读' if notice.read else '未读'}"
        high = text_height(notice.title, room, "body", bold=True) + text_height(
            notice.body, room, "small", most=BODY_LINES
        )
        high += text_height(when, room, "tiny") + dp(6 + 2 * PAD)
        return {"viewclass": "NoticeRow", "notice": notice, "open": self._open, "when": when, "wh": (width, high)}

    def _open(self, notice: Notice) -> None:
        self.field.mark_read([notice.id])
        if notice.item:
            open_item(self.app, *notice.item)
        else:
            self.refresh()

    def _read_all(self, notices: tuple[Notice, ...]) -> None:
        self.field.mark_read([one.id for one in notices if not one.read])
