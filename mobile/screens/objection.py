"""An objection (职责异议): the one lawful way out of a call, or to another lead; work goes on meanwhile.

Job: state what is asked, the share (0 % to leave), the clause of the duty list and the reason.
Never: call it a refusal, or promise how the arbiter decides.
"""

from __future__ import annotations

from dataclasses import replace

from mobile.core.shapes import Draft, Trouble
from mobile.page import Page
from mobile.screens.opening import saved_words
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll, Sheet
from mobile.widgets.buttons import Choices, Push
from mobile.widgets.fields import Named, TextBox
from mobile.widgets.text import Words

LEAVE = "leave"
MEANS = {LEAVE: "与本单位职责无关", "change_lead": "本单位有职责，但应由别的单位牵头"}
"""What may be asked → what it means, below the server's name for it."""


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
        said = self.draft.facts.get("claimed_share_pct") or ""
        self.share = TextBox(str(said), "1 至 100", input_type="number", input_filter="int")
        self.share_part = Column(gap=8)
        aims = self._aims()
        asked = [Named("要求什么？", Choices(aims, [self.aim], action=self._choose), needed=True)] if aims else []
        warn = Note(
            "异议期间要继续响应、到场", "amber", "alert-outline", "裁定前时限照常计算；由区信访局（联席办）裁定"
        )
        self.named = {
            "basis": Named("职责清单（三定方案）条款", self.basis, needed=True),
            "reason": Named("详细理由", self.reason, needed=True),
            "claimed_share_pct": Named("本单位认为的职责占比（%）", self.share, needed=True),
        }
        shown = [named for name, named in self.named.items() if name != "claimed_share_pct"]
        self._show_share()
        self.add_widget(Scroll(Column(warn, *asked, self.share_part, *shown, gap=16, pad=(14, 12, 14, 20))))
        self.add_widget(Column(Push("提交异议", self.send, "scale-balance"), pad=(14, 8, 14, 10)))

    @property
    def aim(self) -> str:
        """Return what is asked: to leave, or another lead."""
        return str(self.draft.facts.get("aim") or LEAVE)

    def _aims(self) -> list[tuple[str, ...]]:
        """Return what may be asked, as the server's form names it; a call has no lead that could change."""
        card = self.field.card(str(self.draft.facts.get("kind")), str(self.draft.facts.get("item_id"))) or {}
        has_lead = any(one["role"] == "lead" for one in card.get("units") or ())
        listed = self.field.catalogue.form("objection", "file").get("properties", {}).get("aim", {}).get("oneOf", ())
        return [(one["const"], one["title"], MEANS.get(one["const"], "")) for one in listed] if has_lead else []

    def _choose(self, aims: list[str]) -> None:
        facts = self.draft.facts | {"aim": next(iter(aims), LEAVE)}
        self.draft = self.field.save(replace(self.draft, facts=facts))
        self._show_share()

    def _show_share(self) -> None:
        """Ask for the share where another lead is asked for; who leaves has none."""
        if self.aim != LEAVE:
            self.share_part.refill(self.named["claimed_share_pct"])
            return
        words = Words("只有占比确为 0 % 才能免到场；有 1 % 也要到场。", "small", "ink2")
        self.share_part.refill(Sheet(Words("本单位职责占比：0 %", "head"), words))

    def _begun(self) -> Draft:
        target = {"kind": self.given["kind"], "item_id": self.given["id"]}
        return self.field.new_draft("objection", "file", target | {"aim": "leave", "claimed_share_pct": 0})

    def _keep(self) -> None:
        share = int(self.share.typed or 0) if self.aim != LEAVE else 0
        facts = self.draft.facts | {"basis": self.basis.typed, "reason": self.reason.typed, "claimed_share_pct": share}
        self.draft = self.field.save(replace(self.draft, facts=facts))

    def send(self) -> None:
        """Save the objection for sending, or say what is missing."""
        self._keep()
        faults = dict(self.field.faults(self.draft))
        if self.aim != LEAVE and not self.draft.facts["claimed_share_pct"]:
            faults["claimed_share_pct"] = "请填写本单位的职责占比，至少 1 %"
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
