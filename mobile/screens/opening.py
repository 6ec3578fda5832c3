"""Which page shows an item, and which does an act (打开): special pages where the work differs, else the general ones.

Job: two tables. A kind or act that is not in them is drawn from what the server sends.
Never: decide what may be done: that stands on the card.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mobile.core.shapes import Card, Trouble

if TYPE_CHECKING:
    from mobile.app import FieldApp

PAGE_OF_KIND: Final[dict[str, str]] = {}
"""Kind → the page that shows it, where that is not "card"."""

PAGE_OF_ACT: Final = MappingProxyType(
    {
        ("event", "verify"): "verify",
        ("event", "send_back"): "verify",
        ("event", "self_handle"): "self_handle",
    }
)
"""(Kind, act) → the page that does it, where that is not "form"."""


def open_item(app: FieldApp, kind: str, id: str) -> None:
    """Open the page of an item."""
    app.go(PAGE_OF_KIND.get(kind, "card"), kind=kind, id=id)


def open_act(app: FieldApp, card: Card, act: str) -> None:
    """Open the page of an act; an act that asks for nothing is done after one question."""
    page = PAGE_OF_ACT.get((card["kind"], act))
    form = app.field.catalogue.form(card["kind"], act)
    if page or form.get("x-order"):
        app.go(page or "form", kind=card["kind"], id=card["id"], act=act)
        return
    label = next((one["zh"] for one in card["actions"] if one["act"] == act), act)
    app.confirm(
        f"{label}？", str(card.get("title") or card.get("no") or ""), label, lambda: do(app, card, act), look="main"
    )


def do(app: FieldApp, card: Card, act: str, facts: dict[str, Any] | None = None, photos: Any = ()) -> bool:
    """Save an act for sending and say so; tell whether it was saved."""
    try:
        app.field.act(card, act, facts or {}, photos)
    except Trouble as trouble:
        app.trouble(trouble)
        return False
    app.device.vibrate()
    app.tell(saved_words(app), "green")
    return True


def saved_words(app: FieldApp) -> str:
    """Return what is said when something was saved: true also without a network."""
    online = app.field.outbox.link == "online"
    return "已保存，正在发送" if online else "已保存在手机，有网络时自动发送"
