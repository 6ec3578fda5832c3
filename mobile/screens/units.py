"""Choosing units (选择单位): by name, departments first.

Job: show the units of the server's list, search, one or several.
Never: judge who may be called.
"""

from __future__ import annotations

from mobile.page import Page
from mobile.widgets.boxes import Column, Scroll
from mobile.widgets.buttons import Choices, Push
from mobile.widgets.fields import TextBox
from mobile.widgets.text import Words

SHOWN = 60


class Units(Page):
    """The page that calls ``pick(codes)``; ``only(unit)`` says which units are shown."""

    tab = "today"
    has_tabs = False

    def build(self) -> None:
        """Draw the search box and the units."""
        self.chosen: list[str] = list(self.given.get("chosen", ()))
        self.search = TextBox(hint="找单位")
        self.search.input.bind(text=lambda *_: self._show())
        self.listed = Column(gap=8)
        self.add_widget(Scroll(Column(self.search, self.listed, gap=12, pad=(14, 12, 14, 24))))
        if self.given.get("many"):
            self.add_widget(Column(Push("选好了", self._done, "check"), pad=(14, 8, 14, 10)))
        self._show()

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return what is chosen here."""
        return str(self.given.get("title", "选择单位"))

    def _show(self) -> None:
        word = self.search.typed
        may = self.given.get("only") or (lambda one: one.get("takes_part"))
        units = [one for one in self.field.catalogue.units if may(one) and word in one["zh"]]
        units.sort(key=lambda one: (one["code"] not in self.chosen, one["kind"] != "department"))
        options = [(one["code"], one["zh"]) for one in units[:SHOWN]]
        many = bool(self.given.get("many"))
        shown = Choices(options, self.chosen, many=many, action=self._changed)
        self.listed.refill(shown if options else Words("没有这个单位", "body", "ink2"))
        self._options = [code for code, _ in options]

    def _changed(self, codes: list[str]) -> None:
        others = [code for code in self.chosen if code not in self._options]
        self.chosen = others + codes
        if not self.given.get("many"):
            self._done()

    def _done(self) -> None:
        self.app.back()
        self.given["pick"](self.chosen)
