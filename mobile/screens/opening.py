"""Which page shows an item, and which does an act (打开): special pages where the work differs, else the general ones.

Job: two tables. A kind or act that is not in them is drawn from what the server sends.
Never: decide what may be done: that stands on the card.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mobile.core.shapes import Card, Draft, Row, Trouble

if TYPE_CHECKING:
    from mobile.app import FieldApp

PAGE_OF_KIND: Final = MappingProxyType({"whistle": "whistle", "check_in": "check_in"})
"""Kind → the page that shows it, where that is not "card"."""

PAGE_OF_ACT: Final = MappingProxyType(
    {
        ("event", "verify"): "verify",
        ("event", "send_back"): "verify",
        ("event", "self_handle"): "self_handle",
        ("whistle", "blow"): "blow",
        ("whistle", "confirm"): "confirm",
        ("whistle", "start"): "begin",
        ("whistle", "add"): "call_more",
        ("whistle", "close"): "close",
        ("check_in", "respond"): "respond",
        ("check_in", "check_in"): "arrive",
        ("check_in", "evaluate"): "evaluate",
        ("objection", "file"): "objection",
    }
)
"""(Kind, act) → the page that does it, where that is not "form"."""

MENDED_IN_A_FORM: Final = frozenset({"verify", "self_handle", "respond", "objection"})
"""Pages that cannot take a refused draft up again: those are mended in the general form."""


def open_item(app: FieldApp, kind: str, id: str) -> None:
    """Open the page of an item."""
    app.go(PAGE_OF_KIND.get(kind, "card"), kind=kind, id=id)


def open_row(app: FieldApp, row: Row) -> None:
    """Open what a row of a list stands for: the item, or the item of which it is a part."""
    open_item(app, *(row.about or (row.kind, row.id)))


def open_draft(app: FieldApp, draft: Draft) -> None:
    """Open the page on which a draft goes on or a refused one is mended."""
    page = PAGE_OF_ACT.get((draft.kind, draft.act), "form")
    is_report = (draft.kind, draft.act) == ("event", "report")
    app.go("report" if is_report else "form" if page in MENDED_IN_A_FORM else page, draft=draft)


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


def begin(app: FieldApp, card: Card, kind: str, act: str) -> None:
    """Open the page of a further act on an item, or of what begins from it (``kind`` is then another one)."""
    page = PAGE_OF_ACT.get((kind, act), "form")
    if app.field.catalogue.is_part(kind):
        app.go(page, kind=kind, act=act, facts={"about": [card["kind"], card["id"]]})
    elif kind == card["kind"]:
        app.go(page, kind=kind, id=card["id"], act=act)
    elif page == "form":
        app.go(page, kind=kind, act=act, facts={"kind": card["kind"], "item_id": card["id"]})
    else:
        app.go(page, kind=card["kind"], id=card["id"])


def open_part(app: FieldApp, card: Card, told: dict[str, Any], id: str, **facts: Any) -> None:
    """Open the form of an act that the card offers on a part of it, such as a sub-task that is done."""
    kind, _, act = told["form"].partition(".")
    app.go("form", kind=kind, act=act, part_id=id, facts={"about": [card["kind"], card["id"]]} | facts)


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
