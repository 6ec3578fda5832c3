"""The case file (案卷): one page for any kind of item, drawn from its card.

Job: state, clocks, people, place, photos, timeline, links, acts; rows of facts per kind; sealed data for a purpose.
Never: know a rule of a kind; what a kind shows besides what all cards have are rows of a table.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, render_template, request
from flask_babel import lazy_gettext as _

from server import access, http, policy
from server.access import Actor
from server.console import language, offers, openable, suggestions
from server.console.asking import ask, do
from server.console.case_facts import Card, facts, place, words
from server.console.frame import forward, is_fragment, room
from server.console.timeline import action_words, timeline
from server.db import new_id
from server.errors import Refusal
from server.flow.moves import MACHINES
from server.http import SIGNED_IN


def links(card: Card, by: Actor) -> list[dict[str, Any]]:
    """Return what belongs to the item: ``{words, kind, id, no, state}``."""
    found = [_link(words, kind, id, by) for words, kind, id in _named(card) if id]
    if card["kind"] == "event" and access.may(by, "whistle.view"):
        blown = ask("whistles.list_whistles", by, event_id=card["id"], limit=20)["items"]
        found += [{"words": _("吹哨")} | one for one in blown]
    return [one for one in found if one]


def _named(card: Card) -> list[tuple[Any, str, Any]]:
    item = card.get("item") or {}
    return [
        (_("主事件"), "event", card.get("parent_id")),
        (_("复发自"), "event", card.get("recurrence_of")),
        (_("关联事件"), "event", card.get("event_id")),
        (_("所属哨单"), "whistle", (card.get("whistle") or {}).get("id")),
        (_("异议事项"), item.get("kind", "event"), item.get("id")),
    ]


def _link(words: Any, kind: str, id: str, by: Actor) -> dict[str, Any] | None:
    try:
        card = offers.card_of(kind, uuid.UUID(id), by)
    except Refusal:
        return None
    return {"words": words, "kind": kind, "id": card["id"], "no": card["no"], "state": card["state"]}


def is_english() -> bool:
    """Tell whether the page is English."""
    return language.code() == "en"


def drawn(card: Card, by: Actor) -> str:
    """Return the case file as a part of a page."""
    return render_template("parts/case.html", **given(card, by))


def given(card: Card, by: Actor) -> dict[str, Any]:
    """Return what the template of a case file shows."""
    kind = card["kind"]
    return {
        "card": card,
        "words": words(card),
        "facts": facts(card),
        "place": place(card),
        "links": links(card, by),
        "offers": offers.offers(card, by),
        "timeline": timeline(card),
        "action_words": action_words,
        "machine": MACHINES[kind],
        "opens": openable.among((("check_in", one["id"]) for one in card.get("check_ins", ())), by),
        "roles": policy.current().roles,
        "purposes": policy.current().reasons.get("sealed.open", {}),
        "shows_code": card.get("shows_code", False),
        "may_trace": access.may(by, "stats.unit"),
        "officers": suggestions.handlers(card, by) if _names(card) else (),
    }


def _names(card: Card) -> bool:
    """Tell whether the reader may name somebody for a sub-task of the item."""
    return any(act["act"] == "name" for task in card.get("subtasks", ()) for act in task["actions"])


@room.page("/cases/<kind>/<uuid:id>", may=SIGNED_IN)
def case(by: Actor, kind: str, id: uuid.UUID) -> str:
    """Show the case file of an item."""
    card = offers.card_of(kind, id, by)
    return drawn(card, by) if is_fragment() else render_template("case.html", **given(card, by))


@room.page("/cases/<kind>/<uuid:id>/subtasks/<uuid:task>", may=SIGNED_IN, methods=("POST",))
def finish_subtask(by: Actor, kind: str, id: uuid.UUID, task: uuid.UUID) -> Any:
    """Note that a sub-task of the own unit is done."""
    do("subtasks.finish_subtask", by, {"done_text": request.form.get("done_text", "")}, path={"id": task})
    return drawn(offers.card_of(kind, id, by), by) if is_fragment() else forward(f"/cases/{kind}/{id}")


@room.page("/cases/<kind>/<uuid:id>/subtasks/<uuid:task>/name", may=SIGNED_IN, methods=("POST",), name="name_officer")
def name_officer(by: Actor, kind: str, id: uuid.UUID, task: uuid.UUID) -> Any:
    """Name who of the own unit does a sub-task."""
    who = {"person_id": request.form.get("person_id", "")}
    do("subtasks.name_officer", by, who, path={"id": task}, key=new_id())
    return drawn(offers.card_of(kind, id, by), by) if is_fragment() else forward(f"/cases/{kind}/{id}")


@room.page("/cases/whistle/<uuid:id>/code", may=SIGNED_IN)
def whistle_code(by: Actor, id: uuid.UUID) -> str:
    """Show the code that proves presence at the caller's side."""
    return render_template("parts/code.html", told=ask("whistles.show_code", by, {"id": id}))


@room.page("/cases/<kind>/<uuid:id>/trace", may="stats.unit")
def trace(by: Actor, kind: str, id: uuid.UUID) -> str:
    """Show who answered for an item at each instant, and which breach falls on whom."""
    card = offers.card_of(kind, id, by)
    told = ask("trace.trace", by, {"kind": kind, "id": id})
    return render_template("trace.html", card=card, told=told, action_words=action_words, roles=policy.current().roles)


@room.page("/cases/<kind>/<uuid:id>/photos/<sha256:sha256>/open", may=SIGNED_IN, methods=("POST",), name="open_photo")
def open_photo(by: Actor, kind: str, id: uuid.UUID, sha256: str) -> Response:
    """Open the sealed original of a photo for a purpose; the opening is written down."""
    return _opened(by, kind, id, sha256, "photo")


@room.page("/cases/<kind>/<uuid:id>/voices/<sha256:sha256>/open", may=SIGNED_IN, methods=("POST",), name="open_voice")
def open_voice(by: Actor, kind: str, id: uuid.UUID, sha256: str) -> Response:
    """Open the sealed original of a voice note, as it was sent, for a purpose; the opening is written down."""
    return _opened(by, kind, id, sha256, "voice")


@room.page("/cases/<kind>/<uuid:id>/voices/<uuid:voice>/words", may=SIGNED_IN, methods=("POST",))
def voice_words(by: Actor, kind: str, id: uuid.UUID, voice: uuid.UUID) -> Any:
    """Write down what a voice note says; the same words twice are written once."""
    do("photos.write_down", by, {"text": request.form.get("text", "").strip()}, path={"id": voice}, key=new_id())
    return drawn(offers.card_of(kind, id, by), by) if is_fragment() else forward(f"/cases/{kind}/{id}")


def _opened(by: Actor, kind: str, id: uuid.UUID, sha256: str, medium: str) -> Response:
    path, asked = {"id": id, "sha256": sha256}, {"size": "original", "purpose": request.form.get("purpose", "")}
    with http.transaction():
        response: Response = ask(offers.route_of(f"{kind}_{medium}"), by, path, **asked)
    response.headers["Content-Disposition"] = f'inline; filename="{sha256[:12]}"'
    return response


@room.page("/cases/<kind>/<uuid:id>/photos/<sha256:sha256>/facts", may=SIGNED_IN, methods=("POST",), name="photo_facts")
def photo_facts(by: Actor, kind: str, id: uuid.UUID, sha256: str) -> str:
    """Open what a photo's file says of time and place, for a purpose."""
    path, purpose = {"id": id, "sha256": sha256}, request.form.get("purpose", "")
    with http.transaction():
        told = ask(offers.route_of(f"{kind}_photo_facts"), by, path, purpose=purpose)
    return render_template("parts/photo_facts.html", told=told)
