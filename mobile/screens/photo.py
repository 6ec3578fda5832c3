"""One photo, as large as the screen allows."""

from __future__ import annotations

from typing import Any

from mobile.page import Page
from mobile.widgets.boxes import Column, Press, Scroll
from mobile.widgets.buttons import IconButton
from mobile.widgets.photos import Shown
from mobile.widgets.text import Words


class PhotoPage(Page):
    """The photo ``sha256``, of ``card`` when it is the server's; ``drop`` offers to take it out of a draft."""

    title = "照片"
    topics = frozenset({"cards"})

    def build(self) -> None:
        """Draw the photo."""
        self.column = Column(gap=10, pad=12)
        self.add_widget(Scroll(self.column))
        self._drawn: Any = ""
        self.refresh()

    def refresh(self) -> None:
        """Draw it when it has come."""
        content = self.field.photo(self.given["sha256"], self.given.get("card"), "view")
        if content != self._drawn:
            self._drawn = content
            words = [] if content else [Words("照片还没有下载，联网后自动取来。", "body", "ink2")]
            self.column.refill(Shown(content), *words)

    def right(self) -> list[Press]:
        """Offer to take it away."""
        return [IconButton("delete-outline", "删除照片", self._drop, "on_bar")] if "drop" in self.given else []

    def _drop(self) -> None:
        self.app.back()
        self.given["drop"]()
