"""The parts of a card: head, what waits, facts, photos, units, what happened.

Job: turn fields of the card into widgets; a field a kind does not have is simply not shown.
Never: fetch: a photo the phone lacks is asked for by the facade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kivy.metrics import dp
from kivy.uix.widget import Widget

from mobile.core.shapes import Card
from mobile.screens.heard import notes_of
from mobile.screens.opening import open_part
from mobile.screens.voice import Player
from mobile.widgets import moments
from mobile.widgets.bars import Note
from mobile.widgets.boxes import Column, Row, Sheet
from mobile.widgets.buttons import Push
from mobile.widgets.flow import Flow
from mobile.widgets.photos import KINDS, Thumb
from mobile.widgets.pictures import picture
from mobile.widgets.rows import LAMPS, Pill
from mobile.widgets.text import Icon, Words

if TYPE_CHECKING:
    from mobile.page import Page

ROLES = {"lead": "牵头", "co": "协办"}
TONES = {"final": ("grey", "check-circle-outline"), "initial": ("blue", "information-outline")}
DOES = {"done": "check", "name": "account-switch-outline"}
"""Act on a sub-task → its picture."""
LINES_SHOWN = 8


class Parts:
    """The widgets of one card on a page."""

    def __init__(self, page: Page, card: Card) -> None:
        self.page, self.card = page, card
        self.now = page.field.clock.now()
        self.player = Player(page)

    def all(self) -> list[Widget]:
        """Return the parts that have something to say, from the top down."""
        told = (self.head(), self.waiting(), self.result(), self.words(), self.voices(), self.photos())
        made = (*told, self.units(), self.subtasks(), self.timeline())
        return [part for part in made if part is not None]

    def title(self) -> str:
        """Return what the item is called."""
        category = self.card.get("category") or {}
        return str(self.card.get("title") or category.get("zh") or self.card.get("kind_zh") or self.card.get("no"))

    def head(self) -> Widget:
        """Return name, number, state and the next moment."""
        category = (self.card.get("category") or {}).get("code", "")
        tone, icon = TONES.get(self.card["state"]["type"], ("blue", "information-outline"))
        pills = [Pill(self.card["state"]["zh"], tone, icon)]
        due = self._due()
        if due:
            words, tone = moments.due(due[1], self.now)
            pills.append(Pill(f"{due[0]} {words}" if due[0] else words, tone, LAMPS[tone]))
        number = " · ".join(part for part in (self.card.get("no") or "未编号", self._urgency()) if part)
        name = Row(Icon(picture(self.card["kind"], category), 34, "blue"), Words(self.title(), "title"), gap=10)
        return Sheet(name, Words(number, "small", "ink2"), Flow(*pills, gap=dp(8)))

    def _due(self) -> tuple[str, str] | None:
        running = [one for one in self.card["clocks"] if one.get("due_at") and not one.get("stopped_at")]
        first = min(running, key=lambda one: one["due_at"], default=None)
        return (str(first.get("zh") or ""), first["due_at"]) if first else None

    def _urgency(self) -> str:
        known = {one["code"]: one["zh"] for one in self.page.field.catalogue.urgencies}
        return known.get(self.card.get("urgency") or "", "")

    def waiting(self) -> Widget | None:
        """Return what of it is on its way or was refused."""
        told = self.card.get("pending") or ()
        if not told:
            return None
        refused = next((one for one in told if one["state"] == "rejected"), None)
        if refused:
            advice = refused["advice"] or "点这里改一改再发"
            return Note(refused["trouble"], "red", "cloud-alert", advice, self._outbox)
        return Note(self.card["pending_zh"], "amber", "cloud-upload-outline", "有网络时自动发送", self._outbox)

    def _outbox(self) -> None:
        self.page.app.go("outbox")

    def result(self) -> Widget | None:
        """Return what was done about it."""
        result = self.card.get("result")
        return Sheet(Words("处置结果", "head"), Words(result["text"])) if result and result.get("text") else None

    def words(self) -> Widget | None:
        """Return what was reported, and where and when."""
        lines = [
            ("message-text-outline", self.card.get("text")),
            ("map-marker", self._place()),
            ("clock-outline", self._when()),
            ("comment-text-outline", self.card.get("reason")),
            ("scale-balance", self.card.get("law_article")),
        ]
        shown = [Row(Icon(icon, 22), Words(str(said)), gap=10, at="top") for icon, said in lines if said]
        return Sheet(*shown) if shown else None

    def _place(self) -> str:
        grid = self.page.field.grids.name(self.card.get("grid_code"))
        return " · ".join(part for part in (grid, self.card.get("address")) if part)

    def _when(self) -> str:
        seen = self.card.get("captured_at") or self.card.get("created_at")
        return f"{moments.at(seen, self.now)} 上报" if seen else ""

    def photo_state(self) -> tuple[Any, ...]:
        """Return which photos and voice notes are there: changes when one has come."""
        voices = (self.page.field.voice(one["sha256"], self.card) for one in self.card.get("voices") or ())
        return tuple(map(bool, (*map(self._bytes, self.card.get("photos") or ()), *voices)))

    def voices(self) -> Widget | None:
        """Return the voice notes, each to be played, with what it says as far as somebody wrote it down."""
        notes = notes_of(self.page, self.card, self.player)
        return Sheet(Words("语音留言", "head"), *notes, gap=14) if notes else None

    def _bytes(self, photo: dict[str, Any]) -> bytes | None:
        return self.page.field.photo(photo["sha256"], self.card, "thumb")

    def photos(self) -> Widget | None:
        """Return the photos, each with what it shows."""
        told = self.card.get("photos") or ()
        if not told:
            return None
        thumbs = [
            Thumb(self._bytes(one), KINDS.get(one.get("kind"), "照片"), lambda one=one: self._open(one["sha256"]))
            for one in told
        ]
        return Sheet(Words("照片", "head"), Flow(*thumbs, gap=dp(8)))

    def _open(self, sha256: str) -> None:
        self.page.app.go("photo", sha256=sha256, card=self.card)

    def units(self) -> Widget | None:
        """Return who answers for it."""
        told = self.card.get("units") or ()
        lines = [
            Words(" · ".join(part for part in (ROLES.get(one["role"], ""), one["zh"], one.get("person") or "") if part))
            for one in told
        ]
        return Sheet(Words("承办单位", "head"), *lines) if lines else None

    def subtasks(self) -> Widget | None:
        """Return what the lead asked of other units: what, until when; what waits, what may be finished."""
        waiting = [one for one in self.card.get("pending") or () if one.get("part")]
        told = [self._subtask(one, waiting) for one in self.card.get("subtasks") or ()]
        told += [self._asked(one) for one in waiting if one["act"] == "set"]
        return Sheet(Words("子任务", "head"), *told, gap=14) if told else None

    def _subtask(self, task: dict[str, Any], waiting: list[Any]) -> Widget:
        unit = self.page.field.catalogue.unit_zh(task["unit_code"])
        who = " · ".join([unit, *filter(None, [task.get("person")]), *(["必办"] if task.get("mandatory") else [])])
        said: list[Widget] = [Words(task["text"], "body", bold=True), Words(who, "small", "ink2")]
        if any(one["part"]["id"] == task["id"] and one["act"] == "done" for one in waiting):
            return Column(*said, Pill("已办完，等待发送", "amber", "cloud-upload-outline"), gap=6)
        if task.get("done_at"):
            when = moments.at(task["done_at"], self.now)
            done = Pill(f"已完成 {when}", "green", "check-circle-outline")
            return Column(*said, done, *([Words(task["done_text"], "small")] if task.get("done_text") else []), gap=6)
        words, tone = moments.due(task["due_at"], self.now)
        return Column(*said, Pill(words, tone, LAMPS[tone]), *(self._does(task, one) for one in _acts(task)), gap=6)

    def _does(self, task: dict[str, Any], offered: dict[str, Any]) -> Push:
        action = lambda: open_part(self.page.app, self.card, offered, task["id"])  # noqa: E731
        return Push(offered["zh"], action, DOES.get(offered["act"], "check"), "soft")

    def _asked(self, waiting: dict[str, Any]) -> Widget:
        """Return a sub-task that is still on this phone."""
        facts = waiting["part"]["facts"]
        unit = self.page.field.catalogue.unit_zh(facts.get("unit"))
        waits = ("等待发送", "amber", "cloud-upload-outline")
        tone = waits if waiting["state"] == "queued" else ("被退回，需要修改", "red", "cloud-alert")
        return Column(
            Words(str(facts.get("text", "")), "body", bold=True), Words(unit, "small", "ink2"), Pill(*tone), gap=6
        )

    def timeline(self) -> Widget | None:
        """Return what happened, newest first."""
        told = (self.card.get("timeline") or ())[:LINES_SHOWN]
        lines = [made for made in map(self._line, told) if made]
        return Sheet(Words("经过", "head"), *lines) if lines else None

    def _line(self, line: dict[str, Any]) -> Widget | None:
        """Return one line of what happened; what the lists have no word for is left out."""
        kind, _, act = line["action"].partition(".")
        catalogue = self.page.field.catalogue
        words = (
            line.get("zh")
            or catalogue.way(kind, act).get("zh")
            or catalogue.state(kind, line.get("state") or "").get("zh")
        )
        if not words:
            return None
        unit = self.page.field.catalogue.unit_zh(line.get("unit_code")) if line.get("unit_code") else ""
        who = " · ".join(part for part in (moments.at(line["at"], self.now), unit) if part)
        said = [Words(words, "body"), Words(who, "small", "ink2")]
        said += [Words(f"理由：{line['reason']}", "small", "ink")] if line.get("reason") else []
        return Column(*said, gap=0)

    def spoken(self) -> str:
        """Return what the voice reads."""
        due = self._due()
        when = moments.due(due[1], self.now)[0] if due else ""
        told = (self.title(), self.card.get("text"), self._place(), self.card["state"]["zh"], when)
        return "。".join(str(part) for part in told if part)


def _acts(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the reader may do with a sub-task, as the card says it."""
    return list(task.get("actions") or ())
