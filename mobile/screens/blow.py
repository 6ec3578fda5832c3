"""Blow a whistle (吹哨): which kind, which departments, why; an emergency in two taps from its event.

Job: a draft that survives a kill, with the directory's departments and a first sentence of the reason in it.
Never: blow without a reason, or hold the rule of who may blow what: kinds carry their blowers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mobile.core.shapes import Draft, Trouble
from mobile.core.shapes import Row as Item
from mobile.page import Page
from mobile.screens import senses
from mobile.screens.calling import EMERGENCY, URGENT, Calling
from mobile.screens.meeting import Meeting
from mobile.screens.opening import saved_words
from mobile.screens.whistle_parts import kind_icon
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Scroll, Sheet, Tiles
from mobile.widgets.buttons import Choices, OnOff, Push, Tile
from mobile.widgets.fields import Named, TextBox
from mobile.widgets.text import Words

ENFORCEMENT, KEYWORK = "ENFORCEMENT", "KEYWORK"


class Blow(Page):
    """A new whistle for the event ``event`` (an id), or a ``draft`` to go on with; ``kind`` is chosen already."""

    title = "吹哨叫部门"
    tab = "whistles"

    def build(self) -> None:
        """Draw what is to be chosen."""
        self.is_done = False
        self.known: set[str] | None = None
        self.draft: Draft = self.given.get("draft") or self.field.new_draft("whistle", "blow", self._first_facts())
        self.column = Column(gap=16, pad=(14, 12, 14, 20))
        self.scroll = Scroll(self.column)
        self.push = Push("立即吹哨", self.blow, "bullhorn")
        self.add_widget(self.scroll)
        self.add_widget(Column(self.push, pad=(14, 8, 14, 10)))
        self._draw()

    def _first_facts(self) -> dict[str, Any]:
        facts = {"event_id": self.given.get("event"), "kind": self.given.get("whistle")}
        return {name: value for name, value in facts.items() if value}

    @property
    def event(self) -> Mapping[str, Any] | None:
        """Return the card of the linked event, if one is linked and known."""
        id = self.draft.facts.get("event_id")
        return self.field.card("event", id) if id else None

    def kinds(self) -> list[Mapping[str, Any]]:
        """Return the kinds of whistle somebody with the bearer's roles may blow at some level."""
        held = self.field.roles
        return [
            one for one in self.field.catalogue.whistles if any(held & set(roles) for roles in one["blowers"].values())
        ]

    # --- drawing ----------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        event, facts, kinds = self.event, self.draft.facts, self.kinds()
        self.kind = facts.get("kind") or self._likely(event, kinds)
        self.told = next((one for one in kinds if one["code"] == self.kind), {})
        refused = [Note(self.draft.refused, "red", "cloud-alert", self.draft.advice)] if self.draft.refused else []
        self.calling = Calling(self, event, facts.get("departments"))
        self.named = {
            "departments": Named("叫哪些部门", self.calling, needed=True),
            "event_id": self._event_part(event),
        }
        self.named |= {
            "kind": Named("哪一种哨", self._kind_tiles(kinds), needed=True),
            "reason": self._reason_part(event),
        }
        self.column.refill(
            *refused,
            self.named["event_id"],
            self.named["kind"],
            self.named["departments"],
            self.named["reason"],
            *self._more(),
        )
        self.push.say("立即吹哨" if self.kind == EMERGENCY else self._push_words())

    def _push_words(self) -> str:
        levels = self.told.get("blowers", {})
        is_screened = not (self.field.roles & {"TWD", "TWL"}) and bool(levels)
        return "吹哨（先由镇街研判）" if is_screened else "吹哨"

    def _likely(self, event: Mapping[str, Any] | None, kinds: list[Mapping[str, Any]]) -> str:
        codes = [one["code"] for one in kinds]
        urgent = event is not None and event.get("urgency") in URGENT
        if len(codes) == 1 or (urgent and EMERGENCY in codes):
            return EMERGENCY if EMERGENCY in codes else str(codes[0])
        return ""

    def _event_part(self, event: Mapping[str, Any] | None) -> Named:
        pick = Push("换一件" if event else "选已上报的事件", self._pick, "clipboard-list-outline", "plain")
        new = Push("是新情况：先拍照上报", self._report, "camera", "soft")
        if event is None:
            return Named("为哪件事吹哨", Column(pick, new, gap=8), needed=True)
        category = (event.get("category") or {}).get("zh", "")
        grid = self.field.grids.name(event.get("grid_code"))
        told = Words(f"{category}：{event.get('text') or ''}", "body", lines_max=3)
        return Named("为这件事吹哨", Sheet(told, Words(grid, "small", "ink2"), pick), needed=True)

    def _kind_tiles(self, kinds: list[Mapping[str, Any]]) -> Column:
        self.tiles = {one["code"]: self._kind_tile(one) for one in kinds}
        for code, tile in self.tiles.items():
            tile.choose(code == self.kind)
        use = Words(str(self.told.get("use_zh", "")) and f"用于：{self.told['use_zh']}", "small", "ink2")
        return Column(Tiles(*self.tiles.values(), cols=2), *([use] if self.told else []), gap=8)

    def _kind_tile(self, kind: Mapping[str, Any]) -> Tile:
        tone = "red" if kind["code"] == EMERGENCY else "blue"
        return Tile(kind_icon(kind["code"]), kind["zh"], lambda: self._choose(kind["code"]), tone)

    def _reason_part(self, event: Mapping[str, Any] | None) -> Named:
        why = self.draft.facts.get("why") or self._whys()[0][0]
        self.why = Choices(self._whys(), [why])
        self.reason = TextBox(str(self.draft.facts.get("reason") or self._first_reason(event)), "写清楚为什么办不了", 3)
        speak = (
            [Push("说出来，自动变成文字", self._speak, "microphone", "plain")] if senses.can_dictate(self.app) else []
        )
        return Named("为什么自己办不了", Column(self.why, self.reason, *speak, gap=8), needed=True)

    def _whys(self) -> list[tuple[str, str]]:
        order = {"several_units": 0}
        listed = sorted(self.field.catalogue.reasons("whistle.why"), key=lambda one: order.get(one["code"], 1))
        return [(one["code"], one["zh"]) for one in listed] or [("several_units", "涉及多部门职责")]

    def _first_reason(self, event: Mapping[str, Any] | None) -> str:
        if event is None or self.kind != EMERGENCY:
            return ""
        category = (event.get("category") or {}).get("zh", "")
        return f"突发{category}：{event.get('text') or ''}。需部门立即到场处置。"

    def _more(self) -> list[Named]:
        """Return the fields only some kinds want: law article, whether it goes on, an agreed time."""
        self.law = self.ongoing = self.meeting = None
        if self.told.get("needs_law_article"):
            self.law = TextBox(str(self.draft.facts.get("law_article") or ""), "如：城乡规划法第六十四条", 2)
            self.ongoing = OnOff("违法行为正在进行", bool(self.draft.facts.get("ongoing")), lambda _: None)
            self.named["law_article"] = Named("法律依据", self.law, needed=True)
        if self.kind in (ENFORCEMENT, KEYWORK):
            self.meeting = Meeting(self.field.clock.now(), self.draft.facts.get("meet_at"))
            self.named["meet_at"] = Named("约定几点到场（开会）", self.meeting)
        ongoing = [Named("", self.ongoing, needed=True)] if self.ongoing else []
        return [self.named[name] for name in ("law_article", "meet_at") if name in self.named] + ongoing

    # --- filling in -------------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        """Return the form as it is filled in now."""
        found = {
            "kind": self.kind, "event_id": self.draft.facts.get("event_id"), "departments": self.calling.chosen,
            "why": next(iter(self.why.chosen), None), "reason": self.reason.typed,
            "law_article": self.law.typed if self.law else None,
            "ongoing": self.ongoing.is_on if self.ongoing else None,
            "meet_at": self.meeting.value if self.meeting else None,
        }  # fmt: skip
        return {name: value for name, value in found.items() if value not in (None, "", [])}

    def _keep(self, **changed: Any) -> None:
        self.draft = self.field.save(replace(self.draft, facts=self.facts() | changed))

    def _choose(self, kind: str) -> None:
        reason = "" if self.reason.typed == self._first_reason(self.event) else self.reason.typed
        self._keep(kind=kind, reason=reason)
        self._draw()

    def _pick(self) -> None:
        self.app.go("list", kind="event", pick=self._picked, title="为哪件事吹哨")

    def _picked(self, row: Item) -> None:
        made = {"departments"} | ({"reason"} if self.reason.typed == self._first_reason(self.event) else set())
        facts = {name: value for name, value in self.facts().items() if name not in made}
        self.draft = self.field.save(replace(self.draft, facts=facts | {"event_id": row.id}))
        self._draw()

    def _report(self) -> None:
        self.known = {row.id for row in self.field.items("event")}
        self.app.go("report", camera=True)

    def refresh(self) -> None:
        """Take over the event that was reported from here meanwhile."""
        if self.known is None or self.is_done:
            return
        fresh = [row for row in self.field.items("event") if row.id not in self.known]
        self.known = None
        if fresh and not self.draft.facts.get("event_id"):
            self._picked(fresh[0])

    def _speak(self) -> None:
        senses.dictate(self, self._heard)

    def _heard(self, text: str) -> None:
        self.reason.input.text = f"{self.reason.typed}{text}"

    # --- the end ----------------------------------------------------------------------------------------------------

    def blow(self) -> None:
        """Save the whistle for sending, or say what is missing."""
        self._keep()
        faults = dict(self.field.faults(self.draft))
        if self.told.get("needs_law_article") and not self.draft.facts.get("law_article"):
            faults["law_article"] = "请填写法律依据条款"
        for name, named in self.named.items():
            named.fault(faults.get(name, ""))
        if faults:
            first = next((named for name, named in self.named.items() if name in faults), None)
            if first:
                self.scroll.scroll_to(first, padding=30, animate=False)
            self.app.tell(next(iter(faults.values())), "amber", "alert-outline")
            return
        self._send()

    def _send(self) -> None:
        try:
            id = self.field.mend(self.draft) if self.draft.refused else self.field.submit(self.draft)
        except Trouble as trouble:
            self.app.trouble(trouble)
            return
        self.is_done = True
        self.app.device.vibrate((0, 80, 60, 160))
        self.app.replace("whistle", kind="whistle", id=id)
        self.app.tell(f"哨已吹响。{saved_words(self.app)}", "green", "bullhorn")

    def leave(self) -> None:
        """Keep what was begun, unless it is nothing."""
        if self.is_done:
            return
        self._keep()
        if not self.draft.facts.get("event_id") and not self.draft.facts.get("reason"):
            self.field.drop(self.draft)
