"""The outbox (待发送): what waits, what was sent back with the reason and a button to mend it, what went; and drafts.

Job: one line per saved thing, each failure in a plain sentence with what to do.
Never: throw anything away without being asked twice.
"""

from __future__ import annotations

from typing import Any

from kivy.uix.widget import Widget

from mobile.core.attachments import counted, heard
from mobile.core.shapes import Draft, Outgoing
from mobile.page import Page
from mobile.screens.opening import open_draft
from mobile.widgets import moments
from mobile.widgets.boxes import Column, Row, Scroll, Sheet
from mobile.widgets.buttons import Push
from mobile.widgets.text import Icon, Words

STATES = {
    "waiting": ("amber", "cloud-upload-outline", "等待发送"),
    "retrying": ("amber", "sync", "还没送到，会自动再试"),
    "held": ("grey", "timer-sand", "等前一步"),
    "rejected": ("red", "cloud-alert", "被退回"),
    "done": ("green", "cloud-check-outline", "已送达"),
    "conflict": ("amber", "account-switch-outline", "已转镇街处理"),
}
"""State → tone, picture, word."""
SHOWN = 40


class Outbox(Page):
    """Everything that was saved on this phone and where it is."""

    title = "待发送"
    tab = "me"
    topics = frozenset({"outbox", "drafts"})

    def build(self) -> None:
        """Draw the list."""
        self.column = Column(gap=10, pad=(12, 12, 12, 24))
        self.add_widget(Scroll(self.column))
        self._drawn: Any = None
        self.refresh()

    def refresh(self) -> None:
        """Show the outbox as it stands."""
        view, drafts = self.field.outbox, self.field.drafts()
        if (view, drafts) == self._drawn:
            return
        self._drawn = (view, drafts)
        refused = {one.draft_id for one in view.items if one.draft_id}
        loose = [draft for draft in drafts if draft.id not in refused]
        head = Sheet(Words(view.sentence, "head"), *([Words(view.advice, "small", "ink2")] if view.advice else []))
        retry = [Push("现在就发", self.field.sync_now, "sync", "soft")] if view.unsent or view.photos_left else []
        parts: list[Widget] = [head, *retry]
        parts += [self._sent(one, drafts) for one in view.items[:SHOWN] if one.state == "rejected"]
        parts += [self._draft(draft) for draft in loose]
        parts += [self._sent(one, drafts) for one in view.items[:SHOWN] if one.state != "rejected"]
        self.column.refill(*parts)

    def _sent(self, one: Outgoing, drafts: list[Draft]) -> Sheet:
        tone, icon, word = STATES[one.state]
        when = moments.at(one.sent_at or one.made_at, self.field.clock.now())
        state = Row(Icon(icon, 22, tone), Words(" · ".join((word, when)), "small", tone, bold=True), gap=8)
        name = Words(
            f"{one.act_zh}：{one.title}" if one.title and one.title != one.act_zh else one.act_zh,
            "body",
            bold=True,
            lines_max=2,
        )
        told = [Words(one.sentence, "body", tone if one.state == "rejected" else "ink")] if one.state != "done" else []
        told += [Words(one.advice, "small", "amber" if one.state == "done" else "ink2")] if one.advice else []
        left = counted(one.photos_left, one.voices_left)
        told += [Words(f"还有 {left}没传完", "small", "amber")] if left else []
        draft = next((draft for draft in drafts if draft.id == one.draft_id), None)
        return Sheet(
            name, state, *told, *(self._mending(draft) if draft else []), tone="red" if one.state == "rejected" else ""
        )

    def _draft(self, draft: Draft) -> Sheet:
        category = self.field.catalogue.category(draft.facts.get("category")).get("zh", "")
        words = " · ".join(part for part in (category, str(draft.facts.get("text") or ""), self._photos(draft)) if part)
        if draft.refused:
            told = [Words(draft.refused, "body", "red"), Words(draft.advice, "small", "ink2")]
            return Sheet(
                Words(f"{draft.act_zh}（被退回）", "body", bold=True),
                Words(words),
                *told,
                *self._mending(draft),
                tone="red",
            )
        name = Row(Icon("pencil-outline", 22, "blue"), Words(f"草稿：{draft.act_zh}", "body", bold=True), gap=8)
        go_on = Push("接着填", lambda: self._open(draft), "pencil-outline", "soft")
        drop = Push("丢弃", lambda: self._ask(draft), "delete-outline", "plain")
        return Sheet(name, Words(words or "还没有内容", "small", "ink2", lines_max=2), go_on, drop)

    @staticmethod
    def _photos(draft: Draft) -> str:
        return counted(len(draft.photos), len(heard(draft.photos)))

    def _mending(self, draft: Draft) -> list[Push]:
        mend = Push("改一改再发", lambda: self._open(draft), "pencil-outline")
        return [mend, Push("不发了", lambda: self._ask(draft), "delete-outline", "plain")]

    def _open(self, draft: Draft) -> None:
        open_draft(self.app, draft)

    def _ask(self, draft: Draft) -> None:
        self.app.confirm("丢弃这一条？", "照片和文字都会删除，不能恢复。", "丢弃", lambda: self._drop(draft))

    def _drop(self, draft: Draft) -> None:
        self.field.drop(draft)
        self.refresh()
