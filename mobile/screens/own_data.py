"""What this phone keeps (手机里存了什么): counted, explained, and what can be cleared.

Job: tell the bearer what lies here and how it is protected.
Never: clear what was not sent.
"""

from __future__ import annotations

from mobile.core.attachments import counted
from mobile.page import Page
from mobile.widgets import moments
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Row, Scroll, Sheet
from mobile.widgets.text import Words

SAFE = "内容用这部手机自己的密钥加密，换手机打不开；手机丢了，请马上报告，管理员可以远程清除。"
OPEN = "这是在电脑上试用：内容没有加密，不要填真实信息。"


def _waiting(unsent: int, attached: int, voices: int) -> str:
    """Return what waits to be sent, in words."""
    return "，".join(part for part in (f"{unsent} 条", counted(attached, voices)) if part)


class OwnData(Page):
    """The page of what is kept."""

    title = "手机里存了什么"
    tab = "me"
    topics = frozenset({"outbox", "drafts", "inbox", "cards", "grids"})

    def build(self) -> None:
        """Draw the counts."""
        self.column = Column(gap=12, pad=(12, 12, 12, 24))
        self.add_widget(Scroll(self.column))
        self.refresh()

    def refresh(self) -> None:
        """Count anew."""
        outbox, now = self.field.outbox, self.field.clock.now()
        view = self.field.map()
        told = view.told_at.get("grids")
        grids = f"{len(view.outlines)} 个网格" + (f"，{moments.at(told, now)} 更新" if told else "")
        lines = (
            ("等待发送", _waiting(outbox.unsent, outbox.photos_left, outbox.voices_left)),
            ("草稿", f"{len(self.field.drafts())} 份"),
            ("今天的事项", f"{len(self.field.today().rows)} 条"),
            ("消息", f"{len(self.field.inbox().items)} 条"),
            ("网格图", grids),
        )
        rows = [Row(Words(name), Words(number, "body", bold=True, halign="right"), gap=8) for name, number in lines]
        safe = self.app.device.encrypts
        note = Note(SAFE if safe else OPEN, "green" if safe else "amber", "shield-lock-outline")
        about = Words("送达的照片和语音，两周后从手机里删去；草稿和消息只存在这部手机上。", "small", "ink2")
        self.column.refill(note, Sheet(*rows, gap=14), about)
