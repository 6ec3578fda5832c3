"""The list part (列表): filters in the address, pages by cursor, columns by role, export, acts on many.

Job: draw any list of ``lists`` from its route.
Never: know a kind of item, or export without permission and trace.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from server import access, bounds, policy
from server.access import Actor
from server.console import acting, answers, asking, lists, offers, openable, sheets, tables
from server.console.doorway import said
from server.console.frame import forward, local, room
from server.console.lists import BY_NAME, Listing
from server.console.tables import EXPORT, EXPORT_MAX
from server.db import CN, db, new_id
from server.errors import Forbidden, Invalid, NotFound, Refusal
from server.http import SIGNED_IN

PAGE = 50
BULK_MAX = 100


class TooManyRows(Invalid):
    """Choose at most one hundred rows at once.
    一次最多选一百条。
    """


class NoSuchRow(Invalid):
    """A chosen row cannot be read; choose again from the list.
    所选的行无法识别，请回到列表重新选择。
    """


def find(name: str, by: Actor) -> Listing:
    """Return the list called ``name``; absent and forbidden look the same."""
    found = BY_NAME.get(name)
    if found is None or not access.may(by, found.may):
        raise NotFound
    return found


def query(listing: Listing, given: MultiDict[str, str], by: Actor) -> dict[str, Any]:
    """Return the filters of an address as the route takes them: days become moments, the last one included."""
    found: dict[str, Any] = {}
    for one in lists.filters(listing, by):
        values = [text.strip() for text in given.getlist(one.name) if text.strip()]
        if values:
            found[one.name] = [_day(one.name, text) for text in values] if one.entry == "day" else values
    return found


def _day(name: str, text: str) -> str:
    """Return a day as the moment it begins in Beijing, or ends when it is the last; a moment stays what it is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    if bounds.fault(day):
        return text  # the route says what is wrong with it
    moment = datetime.combine(day, time.min, CN)
    return (moment + timedelta(days=1) if name == "until" else moment).isoformat()


def shown_day(value: str) -> str:
    """Return a moment of an address as a field for days shows it."""
    return value[:10]


@room.page("/lists/<name>", may=SIGNED_IN, name="list")
def page(by: Actor, name: str) -> str:
    """Show a list, filtered as the address says."""
    listing = find(name, by)
    asked = query(listing, request.args, by)
    return shown(listing, asked, by)


def shown(listing: Listing, asked: Mapping[str, Any], by: Actor, wrong: str = "") -> str:
    """Return a list as a page, with what went ``wrong`` above it."""
    try:
        found = asking.ask(listing.route, by, **asked, cursor=request.args.get("cursor"), limit=PAGE)
    except Invalid as refusal:
        labels = {one.name: one.zh for one in listing.filters}
        found, wrong = {"items": [], "next_cursor": None}, tables.trouble(refusal, labels)
    return render_template("list.html", **given(listing, found, by), wrong=wrong, typed=request.form)


def given(listing: Listing, found: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """Return what the template of a list shows."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor" and value]
    return {
        "listing": listing,
        "rows": found["items"],
        "next": f"?{urlencode([*kept, ('cursor', found['next_cursor'])])}" if found["next_cursor"] else "",
        "first": f"?{urlencode(kept)}" if request.args.get("cursor") else "",
        "kept": kept,
        "filters": lists.filters(listing, by),
        "columns": lists.columns(listing, by),
        "chosen": request.args,
        "shown_day": shown_day,
        "bulk": bulk_acts(listing, by),
        "may_export": access.may(by, EXPORT),
        "opens": openable.among(lists.named(found["items"]), by),
    }


def bulk_acts(listing: Listing, by: Actor) -> list[Any]:
    """Return the acts ``by`` may have done to many rows of this list."""
    acts = listing.machine.acts() if listing.machine else {}
    return [acts[act][0] for act in listing.bulk if any(set(move.roles) & by.roles for move in acts[act])]


@room.page("/lists/<name>/export.<sort>", may=EXPORT)
def export(by: Actor, name: str, sort: str) -> Response:
    """Return the list as CSV or XLSX: masked, within the reader's scope, with who and when; the export is noted."""
    listing = find(name, by)
    if sort not in sheets.WRITERS:
        raise NotFound
    asked = query(listing, request.args, by)
    columns = lists.columns(listing, by)
    head = [str(one.zh) for one in columns]
    rows = [[one.text(row) for one in columns] for row in asking.all_of(listing.route, by, most=EXPORT_MAX, **asked)]
    return tables.taken(name, str(listing.zh), head, rows, asked, sort, by)


@room.page("/lists/<name>/rows/<uuid:id>", may=SIGNED_IN, methods=("POST",), name="row_act")
def act_on_row(by: Actor, name: str, id: uuid.UUID) -> Any:
    """Do to one row what its list lets do where it stands, and show the list again."""
    listing = find(name, by)
    if listing.act is None:
        raise NotFound
    given = {listing.act.field: request.form.get(f"{listing.act.field}.{id}", "").strip()}
    try:
        asking.do(listing.act.route, by, given, path={"id": id})
    except Refusal as refusal:
        return shown(listing, query(listing, request.args, by), by, said(refusal)), refusal.status
    return forward(local(request.form.get("back")))


@room.page("/lists/<name>/bulk/<act>", may=SIGNED_IN, methods=("POST",), name="bulk")
def bulk(by: Actor, name: str, act: str) -> str:
    """Ask for what an act on many needs; when that was given, do it row by row and show a result for each."""
    listing = find(name, by)
    if act not in {move.act for move in bulk_acts(listing, by)}:
        raise Forbidden
    chosen = [_chosen(text) for text in request.form.getlist("row")]
    if len(chosen) > BULK_MAX:
        raise TooManyRows
    assert listing.machine is not None  # a list without a machine has no acts on many
    kind, move = listing.machine.kind, listing.machine.acts()[act][0]
    schema = offers.form(f"{kind}.{act}", by)
    results = [_one(kind, act, schema, *one, by) for one in chosen] if "go" in request.form else []
    shown = {"listing": listing, "move": move, "chosen": chosen, "results": results, "schema": schema}
    return render_template("bulk.html", **shown, back=request.form.get("back", ""), **_blank(kind, act))


def _blank(kind: str, act: str) -> dict[str, Any]:
    """Return what the drawing of a form wants to know, for a form about no single item."""
    book = policy.current()
    return {
        "told": acting.Told(),
        "first": {},
        "choices": {},
        "photo_kinds": (),
        "key": new_id(),
        "book": book,
        "units": [unit for unit in book.units.values() if unit.takes_part],
        "score_max": book.settings.whistles.score_max,
        "offer": offers.Offer(act, "", "", "main", f"{kind}.{act}", "", {}),
        "card": {"subtasks": [], "urgency": None, "category": None},
    }


def _chosen(text: str) -> tuple[uuid.UUID, int, str]:
    """Return id, revision and number of a chosen row; raises NoSuchRow."""
    try:
        id, revision, no = text.split("|", 2)
        return uuid.UUID(id), int(revision), no
    except ValueError:
        raise NoSuchRow from None


def _one(
    kind: str, act: str, schema: Mapping[str, Any], id: uuid.UUID, revision: int, no: str, by: Actor
) -> dict[str, Any]:
    """Do ``act`` to one item; its result, good or bad, holds up no other."""
    body = answers.body(schema, request.form) | {"revision": revision}
    key = uuid.uuid5(request.form.get("key", type=uuid.UUID) or new_id(), str(id))
    try:
        asking.do(offers.route_of(f"{kind}_{act}"), by, body, path={"id": id}, key=key)
    except Refusal as refusal:
        return {"id": id, "no": no, "is_done": False, "words": said(refusal)}
    finally:
        db.session.rollback()
    return {"id": id, "no": no, "is_done": True, "words": _("已办理")}
