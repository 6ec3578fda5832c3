"""Inputs with parts (多项控件): shares of several units, lists of the same few fields.

Job: as ``inputs``: one class per means of entry.
Never: hold a list of their own.
"""

from __future__ import annotations

from typing import Any

from mobile.screens.inputs import Input, made
from mobile.widgets.boxes import Column, Row, Sheet
from mobile.widgets.buttons import Chip, IconButton, Push
from mobile.widgets.fields import TextBox
from mobile.widgets.text import Words

LEAD = "lead"


class SharesInput(Input):
    """Who takes it on, in which role, with which share: the directory's proposal, to be changed."""

    def draw(self) -> Column:
        """Return a line per unit."""
        card = self.page.card or {}
        code = (card.get("category") or {}).get("code")
        proposal = self.page.field.catalogue.dispatch(code, card.get("township_code"))
        start = self.start or [{name: one[name] for name in ("unit", "role", "share_pct")} for one in proposal]
        self.parts: list[dict[str, Any]] = [dict(one) for one in start]
        self.bases = {one["unit"]: one.get("basis") or "" for one in proposal}
        self.column = Column(gap=10)
        self._show()
        return self.column

    def _show(self) -> None:
        lines = [self._line(part) for part in self.parts]
        self.column.refill(*lines, Push("加一个单位", self._add, "account-multiple-plus-outline", "soft"))

    def _line(self, part: dict[str, Any]) -> Sheet:
        box = TextBox(str(part["share_pct"]), "1 至 100", input_type="number", input_filter="int")
        box.input.bind(text=lambda _, text: part.update(share_pct=int(text or 0)))
        box.size_hint_x = 0.4
        lead = Chip(
            "牵头" if part["role"] == LEAD else "协办",
            lambda: self._lead(part),
            "check" if part["role"] == LEAD else "",
        )
        lead.choose(part["role"] == LEAD)
        name = self.page.field.catalogue.unit_zh(part["unit"])
        gone = IconButton("close", f"去掉{name}", lambda: self._drop(part))
        basis = self.bases.get(part["unit"])
        told = [Words(f"依据：{basis}", "small", "ink2")] if basis and not basis.isascii() else []
        return Sheet(Row(Words(name, "body", bold=True), gone), *told, Row(lead, box, Words("%", fit=True), gap=8))

    def _lead(self, part: dict[str, Any]) -> None:
        for one in self.parts:
            one["role"] = LEAD if one is part else "co"
        self._show()

    def _drop(self, part: dict[str, Any]) -> None:
        self.parts.remove(part)
        self._show()

    def _add(self) -> None:
        self.page.app.go(
            "units", many=True, chosen=[one["unit"] for one in self.parts], pick=self._picked, title=self.told["title"]
        )

    def _picked(self, codes: list[str]) -> None:
        known = {one["unit"]: one for one in self.parts}
        self.parts = [known.get(code, {"unit": code, "role": "co", "share_pct": 10}) for code in codes]
        self._show()

    @property
    def value(self) -> list[dict[str, Any]] | None:
        """Return the parts; none lets the server take its directory's proposal."""
        return self.parts or None


class ListInput(Input):
    """Any number of the same few fields."""

    def draw(self) -> Column:
        """Return the entries, each in a sheet, and a button for one more."""
        self.entries: list[dict[str, Input]] = []
        self.column = Column(gap=10)
        for value in self.start or ():
            self._add(value)
        self._show()
        return self.column

    def _add(self, value: dict[str, Any] | None = None) -> None:
        items = self.told["items"]
        names = items.get("x-order", ())
        entry = {
            n: made(self.page, n, items["properties"][n], (value or {}).get(n), n in items["required"]) for n in names
        }
        self.entries.append(entry)

    def _more(self) -> None:
        self._add()
        self._show()

    def _show(self) -> None:
        sheets = []
        for entry in self.entries:
            for one in entry.values():
                if one.named.parent:
                    one.named.parent.remove_widget(one.named)
            gone = Push("去掉这一项", lambda entry=entry: self._drop(entry), "close", "plain")
            sheets.append(Sheet(*(one.named for one in entry.values()), gone, gap=14))
        self.column.refill(*sheets, Push("加一项", self._more, "plus", "soft"))

    def _drop(self, entry: dict[str, Input]) -> None:
        self.entries.remove(entry)
        self._show()

    @property
    def value(self) -> list[dict[str, Any]]:
        """Return the entries."""
        told = ({name: one.value for name, one in entry.items()} for entry in self.entries)
        return [{name: value for name, value in entry.items() if value not in (None, "")} for entry in told]
