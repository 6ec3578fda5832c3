"""An objection (职责异议): the one lawful way out of a call; work goes on meanwhile.

Job: state a share of 0 % with the clause of the duty list and the reason.
Never: call it a refusal, or promise how the arbiter decides.
"""

from __future__ import annotations

from dataclasses import replace

from mobile.core.shapes import Draft, Trouble
from mobile.page import Page
from mobile.screens.opening import saved_words
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll, Sheet
from mobile.widgets.buttons import Push
from mobile.widgets.fields import Named, TextBox
from mobile.widgets.text import Words


class Objection(Page):
    """An objection to the item ``kind``, ``id``: a call, or an event dispatched to the bearer's unit."""

    title = "提出职责异议"
    tab = "whistles"

    def build(self) -> None:
        """Draw the two fields."""
        self.draft = self.given.get("draft") or self._begun()
        self.is_done = False
        self.basis = TextBox(str(self.draft.facts.get("basis") or ""), "如：本局三定方案第三条第（二）项", 2)
        self.reason = TextBox(str(self.draft.facts.get("reason") or ""), "为什么与本单位职责无关", 4)
        share = Sheet(
            Words("本单位职责占比：0 %", "head"),
            Words("只有占比确为 0 % 才能免到场；有 1 % 也要到场。", "small", "ink2"),
        )
        warn = Note(
            "异议期间要继续响应、到场", "amber", "alert-outline", "裁定前时限照常计算；由区信访局（联席办）裁定"
        )
        self.named = {
            "basis": Named("职责清单（三定方案）条款", self.basis, needed=True),
            "reason": Named("详细理由", self.reason, needed=True),
        }
        self.add_widget(Scroll(Column(warn, share, *self.named.values(), gap=16, pad=(14, 12, 14, 20))))
        self.add_widget(Column(Push("提交异议", self.send, "scale-balance"), pad=(14, 8, 14, 10)))

    def _begun(self) -> Draft:
        target = {"kind": self.given["kind"], "item_id": self.given["id"]}
        return self.field.new_draft("objection", "file", target | {"aim": "leave", "claimed_share_pct": 0})

    def _keep(self) -> None:
        facts = self.draft.facts | {"basis": self.basis.typed, "reason": self.reason.typed}
        self.draft = self.field.save(replace(self.draft, facts=facts))

    def send(self) -> None:
        """Save the objection for sending, or say what is missing."""
        self._keep()
        faults = self.field.faults(self.draft)
        for name, named in self.named.items():
            named.fault(faults.get(name, ""))
        if faults:
            self.app.tell(next(iter(faults.values())), "amber", "alert-outline")
            return
        try:
            _ = self.field.mend(self.draft) if self.draft.refused else self.field.submit(self.draft)
        except Trouble as trouble:
            self.app.trouble(trouble)
            return
        self.is_done = True
        self.app.back()
        self.app.tell(f"异议已提出。{saved_words(self.app)}", "green", "scale-balance")

    def leave(self) -> None:
        """Keep what was begun."""
        if self.is_done:
            return
        self._keep()
        if not self.draft.facts.get("basis") and not self.draft.facts.get("reason"):
            self.field.drop(self.draft)
