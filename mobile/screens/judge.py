"""Judge the departments (评价): measures and result from 0 to 5, a note; with one thumb, one department after another.

Job: a sheet per department that was not judged yet; arrival is the server's, told from its records.
Never: fill in a mark: nobody is judged before somebody pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kivy.metrics import dp
from kivy.uix.widget import Widget

from mobile.core.shapes import Card
from mobile.screens.acting import Acting
from mobile.screens.whistle_parts import PHASES
from mobile.widgets import moments
from mobile.widgets.boxes import Column, Row, Sheet
from mobile.widgets.buttons import Chip
from mobile.widgets.fields import Named, TextBox
from mobile.widgets.flow import Flow
from mobile.widgets.stepper import Marks
from mobile.widgets.text import Icon, Words

JUDGED = frozenset({"evaluated", "excused"})
MEASURES = ("没做", "很差", "较差", "一般", "较好", "很好")
RESULTS = ("没解决", "很差", "较差", "部分解决", "基本解决", "完全解决")
NOTES = ("按时到场，处置到位", "到场但处置不力", "未到场", "配合较好，问题基本解决")
"""Notes at hand; each may be changed."""


class Judgement(Sheet):
    """The judgement of one department: ``value`` is {measures, result, note} as far as it was given."""

    def __init__(
        self, line: Mapping[str, Any], most: int, now: Any, start: Mapping[str, Any], changed: Callable[[], Any]
    ) -> None:
        super().__init__(gap=12, pad=12)
        self.unit, self.changed = line["unit"], changed
        icon, tone = PHASES.get(line["state"]["code"], ("information-outline", "grey"))
        name = Row(Icon(icon, 26, tone), Words(self.unit["zh"], "head"), gap=8)
        self.measures = Marks("处置力度", most, _named(MEASURES, most), self._pressed, start.get("measures"))
        self.result = Marks("处置效果", most, _named(RESULTS, most), self._pressed, start.get("result"))
        self.box = TextBox(str(start.get("note") or ""), "评价说明", 2)
        chips = [Chip(words, lambda words=words: self._note(words)) for words in NOTES]
        self.named = Named("评价说明", Column(Flow(*chips, gap=dp(8)), self.box, gap=8), needed=True)
        for part in (name, Words(arrival(line, now), "body", tone), self.measures, self.result, self.named):
            self.add_widget(part)

    def _pressed(self, _: int) -> None:
        self.changed()

    def _note(self, words: str) -> None:
        self.box.input.text = words
        self.changed()

    @property
    def value(self) -> dict[str, Any]:
        """Return what was given."""
        return {"measures": self.measures.chosen, "result": self.result.chosen, "note": self.box.typed}

    @property
    def missing(self) -> str:
        """Return what is missing, in a sentence; empty when complete."""
        wanted = (
            (self.measures.chosen is None, "处置力度还没打分"),
            (self.result.chosen is None, "处置效果还没打分"),
            (not self.box.typed, "评价说明还没写"),
        )
        return next((words for is_missing, words in wanted if is_missing), "")


def _named(words: tuple[str, ...], most: int) -> Callable[[int], str]:
    return lambda number: words[round(number * (len(words) - 1) / max(most, 1))]


def arrival(line: Mapping[str, Any], now: Any) -> str:
    """Return how the department came, from the records."""
    if not line.get("arrived_at"):
        return "没有到场"
    late = "迟到" if line.get("arrived_late") else "准时到场"
    how = str(line.get("method_zh") or "")
    return " · ".join(part for part in (late, moments.at(line["arrived_at"], now), how) if part)


class Close(Acting):
    """Judge every department and close the whistle ``id``."""

    icon = "flag-checkered"

    def parts(self, card: Card) -> list[Widget]:
        """Return a sheet per department."""
        lines = [one for one in card.get("check_ins") or () if one["state"]["code"] not in JUDGED]
        most, now = int(self.field.catalogue.settings.get("score_max", 5)), self.field.clock.now()
        given = {one["unit"]: one for one in self.start.get("evaluations", ())}
        self.progress = Words("", "head")
        self.sheets = [
            Judgement(line, most, now, given.get(line["unit"]["code"], {}), self._progress) for line in lines
        ]
        self._progress()
        return [self.progress, *self.sheets]

    def _progress(self) -> None:
        done = sum(not one.missing for one in self.sheets)
        self.progress.said = (
            f"已评 {done} 个，共 {len(self.sheets)} 个部门" if self.sheets else "部门都评过了，可以销哨"
        )

    def facts(self) -> dict[str, Any]:
        """Return the judgements."""
        return {"evaluations": [{"unit": one.unit["code"]} | one.value for one in self.sheets]}

    def faults(self) -> dict[str, str]:
        """Return what is missing at the first department that lacks something."""
        for one in self.sheets:
            one.named.fault("" if one.box.typed else "请写评价说明")
        lacking = next((one for one in self.sheets if one.missing), None)
        if lacking:
            self.scroll.scroll_to(lacking, padding=10, animate=False)
            return {"evaluations": f"{lacking.unit['zh']}：{lacking.missing}"}
        return {}


class Evaluate(Acting):
    """Judge the one department of the check-in ``id``."""

    icon = "star-outline"

    def parts(self, card: Card) -> list[Widget]:
        """Return its sheet."""
        most = int(self.field.catalogue.settings.get("score_max", 5))
        self.sheet = Judgement(card, most, self.field.clock.now(), self.start, lambda: None)
        return [self.sheet]

    def facts(self) -> dict[str, Any]:
        """Return the judgement."""
        return self.sheet.value

    def faults(self) -> dict[str, str]:
        """Return what is missing."""
        return {"note": self.sheet.missing} if self.sheet.missing else {}
