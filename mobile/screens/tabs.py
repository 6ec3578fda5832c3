"""Which tabs a person sees (标签页): by what the server says one may do, at most five.

Job: one table of tabs and of the permission that opens each.
Never: hide something that is due: everything mine stands on the first page.
"""

from __future__ import annotations

from mobile.core.shapes import Me

TABS = (
    ("today", "home", "今天", (), ""),
    ("map", "map-outline", "地图", (), ""),
    ("report", "camera", "上报", ("event.create",), "whistle.release_evaluate"),
    ("whistles", "whistle-outline", "吹哨", ("whistle.respond", "whistle.release_evaluate"), ""),
    ("messages", "bell-outline", "消息", (), ""),
    ("me", "account-circle-outline", "我的", (), ""),
)
"""Name of the page, picture, word, the permissions one of which it needs (none: for everybody), and the one whose
holders find it on the first page instead: a township follows whistles oftener than it reports."""


def tabs_of(me: Me | None) -> list[tuple[str, str, str]]:
    """Return (name, picture, word) of the tabs a person sees."""
    held = me.permissions if me else {}
    return [
        (name, icon, word)
        for name, icon, word, may, elsewhere in TABS
        if elsewhere not in held and (not may or any(one in held for one in may))
    ]


def home(me: Me | None) -> str:
    """Return the page one starts on."""
    return "today"
