"""Choosing a colleague (选择同事): who of one's own unit takes over, comes, or handles it.

Job: the people the server names for forms, oneself first, searched by name.
Never: show a telephone, or anybody outside one's own units.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mobile.page import Page
from mobile.widgets.boxes import Column, Scroll
from mobile.widgets.buttons import Choices
from mobile.widgets.fields import TextBox
from mobile.widgets.text import Words

if TYPE_CHECKING:
    from mobile.core.field import Field

SHOWN = 60


def people(field: Field) -> dict[str, dict[str, Any]]:
    """Return id → name and the words of roles and units of everybody who may be named, oneself first."""
    found: dict[str, dict[str, Any]] = {}
    for one in field.colleagues():
        known = found.setdefault(one["id"], {"name": one["name"], "posts": []})
        known["posts"].append(_post(field, one))
    me = field.me.id if field.me else ""
    return dict(sorted(found.items(), key=lambda pair: pair[0] != me))


def _post(field: Field, one: Mapping[str, Any]) -> str:
    return " · ".join((field.catalogue.role_zh(one["role"]), field.catalogue.unit_zh(one["unit_code"])))


class Persons(Page):
    """The page that calls ``pick(id)``; "" means nobody in particular, offered where ``may_be_nobody``."""

    tab = "today"
    has_tabs = False

    def build(self) -> None:
        """Draw the search box and the people."""
        self.search = TextBox(hint="找姓名")
        self.search.input.bind(text=lambda *_: self._show())
        self.listed = Column(gap=8)
        self.add_widget(Scroll(Column(self.search, self.listed, gap=12, pad=(14, 12, 14, 24))))
        self._show()

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return what is chosen here."""
        return str(self.given.get("title", "选择人员"))

    def _show(self) -> None:
        word = self.search.typed
        nobody = [("", "不指定", "由单位自己安排")] if self.given.get("may_be_nobody") and not word else []
        named = [
            (id, self._name(id, one["name"]), "；".join(dict.fromkeys(one["posts"])))
            for id, one in people(self.field).items()
            if word in one["name"]
        ]
        nothing = "没有这个人" if word else "还没有取到同事名单，联网后自动取来"
        told = Choices([*nobody, *named[:SHOWN]], [self.given.get("chosen") or ""], action=self._picked)
        self.listed.refill(told if nobody or named else Words(nothing, "body", "ink2"))

    def _name(self, id: str, name: str) -> str:
        return f"{name}（本人）" if self.field.me and id == self.field.me.id else name

    def _picked(self, chosen: list[str]) -> None:
        self.app.back()
        self.given["pick"](chosen[0])
