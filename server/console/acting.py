"""Acts as forms (办理): drawn from their schema, sent to their room; what was typed is kept whatever happens.

Job: show a form, send it once, add the photos; on a refusal show why, beside the fields, with everything still there.
Never: decide; or lose a word: a form whose item moved on says who did what, and can be sent again.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import Response, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage, MultiDict

from server import http, policy
from server.access import Actor
from server.console import answers, asking, case_file, suggestions
from server.console.doorway import said
from server.console.frame import forward, is_fragment, room
from server.console.offers import Offer, card_of, form, offer
from server.db import db, new_id
from server.errors import Refusal
from server.events.photos import PHOTOS
from server.flow.refusals import RevisionMoved
from server.http import SIGNED_IN
from server.photos import sending
from server.photos.partials import Span
from server.photos.subject import Subject
from server.whistles.photos import CHECK_IN_PHOTOS, WHISTLE_PHOTOS

SUBJECTS: dict[str, Subject] = {one.kind: one for one in (PHOTOS, WHISTLE_PHOTOS, CHECK_IN_PHOTOS)}
CHECK, RESULT = ("check",), ("after",)
FILES_MAX = 64 * 2**20
"""Bytes of an act with its photos: several as a camera takes them; each by itself is bounded by the policy."""
PHOTO_KINDS = {"self_handle": ("before", "after"), "verify": CHECK, "send_back": CHECK, "check_in": ("scene",)}
"""Act → which photos it asks for; every other one for those of the result."""


@dataclass(slots=True)
class Told:
    """What a form shows again after a refusal: the words, the errors by field, and who did what meanwhile."""

    typed: MultiDict[str, Any] | None = None
    words: str = ""
    errors: Mapping[str, Any] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    shown: Mapping[str, Any] = field(default_factory=dict)


@room.page("/cases/<kind>/<uuid:id>/acts/<act>", may=SIGNED_IN)
def act_form(by: Actor, kind: str, id: uuid.UUID, act: str) -> str:
    """Show the form of an act."""
    card = card_of(kind, id, by)
    return drawn(card, offer(card, act, by), by, Told())


def drawn(card: dict[str, Any], one: Offer, by: Actor, told: Told) -> str:
    """Return the form of ``one`` for the item of ``card``."""
    book = policy.current()
    seen = told.typed.get("seen") if told.typed else None
    return render_template(
        "parts/act.html" if is_fragment() else "act.html",
        card=card,
        offer=one,
        schema=form(one.form, by),
        told=told,
        first=suggestions.values(one.form, card, by),
        choices=suggestions.choices(one.form, card, by),
        photo_kinds=PHOTO_KINDS.get(one.act, RESULT),
        key=told.typed["key"] if told.typed else str(new_id()),
        seen=seen or (card["timeline"][0]["entry"] if card["timeline"] else 0),
        book=book,
        units=[unit for unit in book.units.values() if unit.takes_part],
        score_max=book.settings.whistles.score_max,
        files_mb=FILES_MAX // 2**20,
        file_mb=book.settings.events.photo_max_bytes // 1_000_000,
        action_words=case_file.action_words,
    )


@room.page("/cases/<kind>/<uuid:id>/acts/<act>", may=SIGNED_IN, methods=("POST",), name="act", body_max=FILES_MAX)
def perform(by: Actor, kind: str, id: uuid.UUID, act: str) -> Any:
    """Send the form; show the item as it is now, or the form again with the reason."""
    card = card_of(kind, id, by)
    one = offer(card, act, by)
    schema = form(one.form, by)
    given = answers.numbers_to_ids(schema, answers.body(schema, request.form), by) | one.fixed
    files = answers.photos(request.files)
    if files and "photos" in schema["properties"]:
        given["photos"] = [{"sha256": digest, "kind": sort} for digest, (sort, _file) in files.items()]
    if "revision" in schema["properties"]:
        given["revision"] = request.form.get("revision", type=int)
    key = request.form.get("key", type=uuid.UUID) or new_id()
    db.session.rollback()
    try:
        done = asking.do(one.route, by, given, path={"id": key if one.begins else id}, key=key)
    except Refusal as refusal:
        return _refused(kind, id, one, by, refusal)
    lost = _send(kind, id, files, by)
    return _done(kind, id, one, by, done.body, lost)


def _refused(kind: str, id: uuid.UUID, one: Offer, by: Actor, refusal: Refusal) -> tuple[str, int]:
    """Return the form again: typed words, errors, and what happened since it was opened."""
    card = card_of(kind, id, by)
    typed = MultiDict(request.form)
    seen = request.form.get("seen", default=0, type=int)
    told = Told(typed, said(refusal), refusal.facts.get("errors", {}), shown=refusal.facts)
    if isinstance(refusal, RevisionMoved):
        told.changes = [line for line in card["timeline"] if line["entry"] > seen]
    return drawn(card, one, by, told), refusal.status


def _send(kind: str, id: uuid.UUID, files: Mapping[str, tuple[str, FileStorage]], by: Actor) -> list[str]:
    """Store the bytes of the photos; return what went wrong, one sentence per photo: the act itself stays done."""
    lost = []
    for digest, (sort, file) in files.items():
        try:
            with http.transaction():
                sending.send(
                    SUBJECTS[kind], id, digest, file.stream.read, Span(0, None, None), how={"kind": sort}, by=by
                )
        except Refusal as refusal:
            lost.append(f"{file.filename}: {said(refusal)}")
    return lost


def _done(kind: str, id: uuid.UUID, one: Offer, by: Actor, body: Any, lost: list[str]) -> Response:
    """Show the item after the act; a script gets it in place of the old one, with a note."""
    opened = one.begins if one.begins in ("whistle", "objection") else ""
    where = f"/cases/{opened}/{body['id']}" if opened else f"/cases/{kind}/{id}"
    if not is_fragment() or opened:
        return forward(where)
    words = _("已办理：%(act)s", act=one.en if case_file.is_english() else one.zh)
    told = {"done": {"words": words, "lost": lost, "draft": f"{kind}/{id}/{one.act}", "kind": kind, "id": str(id)}}
    page = case_file.drawn(card_of(kind, id, by), by)
    heads = {"HX-Retarget": "#case", "HX-Reswap": "outerHTML", "HX-Trigger": _ascii(told)}
    return Response(page, headers=heads)


def _ascii(told: Mapping[str, Any]) -> str:
    """Return JSON that fits into a header."""
    return "".join(sign if ord(sign) < 128 else f"\\u{ord(sign):04x}" for sign in orjson.dumps(told).decode())
