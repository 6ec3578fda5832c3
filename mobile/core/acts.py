"""From what the worker pressed to what is sent (办理): bodies, true moments, signatures, photos; one transaction each.

Job: make the request at the moment of pressing; its key and its bytes never change afterwards.
Never: talk to the server, or judge: forms and addresses are the server's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mobile.core import attachments, planning, signing
from mobile.core.attachments import Photo
from mobile.core.ids import new_id
from mobile.core.outbox import PLAIN, URGENT, Request
from mobile.core.shapes import Card, Draft, Fix, Trouble

if TYPE_CHECKING:
    from mobile.core.field import Field

LANES = {"whistle": URGENT, "check_in": URGENT}
"""Kinds that go before all else."""
DECIDED_ANEW = frozenset({"revision_moved", "illegal_move", "captured_in_future", "arrival_is_proven"})
"""Refusals after which the worker looks again: a mended act is then of the moment of mending, else of its own."""
ABOUT = "about"
"""In the draft of a part: kind and id of the item it belongs to; never sent."""
ALL_SAID = frozenset({"revision", "captured_at", "photos", "voices"})
"""What is said of an act whose form is not known here."""
ID_USED = frozenset({"other_bytes", "key_taken"})
NO_PLACE = ("还没有位置", "请等待定位，或在地图上放图钉", "no_place")
POOR_FIX = ("定位误差太大，不能凭定位报到", "请到室外等待定位更准，或向吹哨人索要报到码", "poor_fix")


def report(field: Field, draft: Draft, fix: Fix | None) -> str:
    """Save a report for sending and return the event's id.

    Raises Trouble: there is no place at all, or no category.
    """
    leaf = field.catalogue.category(draft.facts.get("category"))
    if not draft.facts.get("category"):
        raise Trouble("还没有选择事项类别", "请点选一个类别", "no_category", {"category": "请选择类别"})
    known = {name: value for name, value in draft.facts.items() if value not in (None, "")}
    body = {"text": leaf.get("zh") or draft.facts["category"], "channel": "app"} | known | _where(draft, fix)
    body = {"captured_at": field.clock.iso()} | body | _clock_error(field)
    ready = replace(draft, facts=body)
    with field.store.writing():
        field.catalogue.count_use(body["category"])
        return _create(field, ready, _local_event(field, ready, leaf))


def _where(draft: Draft, fix: Fix | None) -> dict[str, Any]:
    """Return the place of a report: a moved pin with its system, else the fix; a mock position is told either way."""
    is_pin = draft.facts.get("lon") is not None and draft.facts.get("lat") is not None
    if is_pin and fix is None:
        return {"crs": draft.facts.get("crs") or "wgs84"}
    if fix is None:
        raise Trouble(*NO_PLACE)
    if is_pin:
        return {"crs": draft.facts.get("crs") or "wgs84", "is_mock": fix.is_mock, "provider": "pin"}
    told = {"lon": fix.lon, "lat": fix.lat, "crs": fix.crs, "accuracy_m": fix.accuracy_m}
    return told | {"is_mock": fix.is_mock, "provider": fix.provider}


def _clock_error(field: Field) -> dict[str, Any]:
    """Return by how much the phone's clock is wrong: moments are told in true time, the error is kept beside."""
    error = field.clock.error_s()
    return {} if error is None else {"device_clock_error_s": round(error, 3)}


def _local_event(field: Field, draft: Draft, leaf: Mapping[str, Any]) -> Card:
    facts = draft.facts
    place = field.place(None, facts["lon"], facts["lat"], facts["crs"])
    names = ("lon", "lat", "crs", "accuracy_m", "is_mock")
    return {
        "category": {"code": facts["category"], "zh": leaf.get("zh", ""), "group_zh": leaf.get("group_zh", "")},
        "text": facts["text"],
        "urgency": leaf.get("urgency", ""),
        "grid_code": facts.get("grid_choice") or place.grid_code,
        "place": {name: facts.get(name) for name in names} | {"quality": place.quality},
        "captured_at": facts["captured_at"],
    }


def create(field: Field, draft: Draft) -> str:
    """Save any filled creation form, or that of a part of an item, for sending and return the id of what it is."""
    return _part(field, draft) if field.catalogue.is_part(draft.kind) else _create(field, draft, {})


def _part(field: Field, draft: Draft) -> str:
    """Save what is set or finished of an item besides its arrows; ``draft.facts["about"]`` names the item."""
    way, (kind, id) = _way(field, draft.kind, draft.act), draft.facts[ABOUT]
    fields = field.catalogue.form(draft.kind, draft.act).get("properties", ())
    given = {name: value for name, value in (("kind", kind), ("item_id", id)) if name in fields}
    body = given | {name: value for name, value in draft.facts.items() if name != ABOUT and value is not None}
    part_id = new_id() if draft.code in ID_USED else draft.item_id
    said = next((str(body[name]) for name in ("text", "done_text") if name in body), str(way["zh"]))
    request = Request(
        draft.kind, draft.act, str(way["zh"]), part_id, way["method"], way["href"].replace("{id}", part_id), body, said,
        waits_for=_waits_for(field, {"item_id": id}), about=(kind, id),
    )  # fmt: skip
    _send(field, request, draft)
    return part_id


def _create(field: Field, draft: Draft, more: Card) -> str:
    way = _way(field, draft.kind, draft.act)
    body = {name: value for name, value in draft.facts.items() if value is not None}
    form = field.catalogue.form(draft.kind, draft.act)
    if "captured_at" in form.get("properties", ()):
        body.setdefault("captured_at", field.clock.iso())
    told = attachments.told(draft.photos)
    body |= {name: those for name, those in told.items() if those or name in form.get("properties", ())}
    item_id = new_id() if draft.code in ID_USED else draft.item_id
    card = _local_card(field, draft, item_id) | more
    request = Request(
        draft.kind, draft.act, str(way["zh"]), item_id, "PUT", way["href"].replace("{id}", item_id), body,
        card["title"] or str(way["zh"]), _lane(draft.kind, card), draft.photos, _waits_for(field, body),
    )  # fmt: skip
    with field.store.writing():
        field.cards.keep_local(card)
        _send(field, request, draft)
    return item_id


def _local_card(field: Field, draft: Draft, item_id: str) -> Card:
    kind, facts = field.catalogue.kind(draft.kind), draft.facts
    return {
        "kind": draft.kind,
        "kind_zh": kind.get("zh", ""),
        "id": item_id,
        "no": "",
        "title": str(facts.get("text") or facts.get("reason") or ""),
        "state": planning.UNSENT,
        "revision": 0,
        "urgency": "",
        "grid_code": None,
        "created_at": field.clock.iso(),
        "facts": {name: value for name, value in facts.items() if name not in ("photos", "voices")},
        **attachments.shown(draft.photos),
    } | {name: [] for name in ("clocks", "units", "subtasks", "timeline", "actions")}


def _lane(kind: str, card: Card) -> int:
    return URGENT if card.get("urgency") == "U1" else LANES.get(kind, PLAIN)


def _waits_for(field: Field, body: Mapping[str, Any]) -> str | None:
    """Return the sending that must be through first: of another item this one speaks of."""
    for name in ("event_id", "item_id", "parent_id", "recurrence_of"):
        for row in field.letters.of_item(str(body.get(name))):
            return str(row["id"])
    return None


def _way(field: Field, kind: str, act: str) -> Mapping[str, Any]:
    way = field.catalogue.way(kind, act)
    if not way:
        raise Trouble("还没有从服务器取得表单", "请先联网一次；草稿已保存", "no_catalogue")
    return way


def act(field: Field, card: Card, act: str, facts: dict[str, Any], photos: Sequence[Photo]) -> str:
    """Save an act on an item for sending, true at this moment, and return the id of the sending."""
    return _send(field, _request(field, card, act, facts, photos))


def _request(
    field: Field,
    card: Card,
    act: str,
    facts: dict[str, Any],
    photos: Sequence[Photo],
    captured_at: str | None = None,
) -> Request:
    offered = next((one for one in card["actions"] if one["act"] == act), None) or _way(field, card["kind"], act)
    fields = field.catalogue.form(card["kind"], act).get("properties", ALL_SAID)
    moment = captured_at or field.clock.iso()
    said = {"revision": card["revision"], "captured_at": moment, **attachments.told(photos)}
    body = facts | {name: value for name, value in said.items() if name in fields and (value or name == "revision")}
    return Request(
        card["kind"], act, str(offered["zh"]), card["id"], "POST", offered["href"].replace("{id}", card["id"]), body,
        str(card.get("title") or card.get("no") or offered["zh"]), LANES.get(card["kind"], PLAIN), tuple(photos),
    )  # fmt: skip


def check_in(
    field: Field,
    card: Card,
    how: str,
    fix: Fix | None,
    code: str | None,
    photos: Sequence[Photo],
    draft: Draft | None = None,
) -> str:
    """Save a report-in, signed here and now, and return the id of the sending.

    Raises Trouble: no fix, too poor a fix, no code.
    """
    facts: dict[str, Any] = {"method": how}
    if how == "position":
        facts |= _proof(field, fix)
    elif not code:
        raise Trouble("还没有填写报到码", "请向吹哨人索要报到码，或扫描其二维码", "no_code", {"code": "请填写报到码"})
    else:
        facts["code"] = "".join(sign for sign in code if sign.isalnum())
    moment = field.clock.iso()
    if card.get("nonce"):
        facts |= signing.signed(field.device, card["id"], card["nonce"], moment, facts)
    return _send(field, _request(field, card, "check_in", facts, photos, moment), draft)


def _proof(field: Field, fix: Fix | None) -> dict[str, Any]:
    most = field.catalogue.settings.get("check_in_accuracy_max_m", 100)
    if fix is None or fix.accuracy_m is None or fix.accuracy_m > most:
        raise Trouble(*POOR_FIX)
    return {name: getattr(fix, name) for name in ("lon", "lat", "crs", "accuracy_m", "is_mock")}


def mend(field: Field, draft: Draft) -> str:
    """Send a refused draft again with its present content; returns the item's id.

    Raises Trouble: what it needs is no longer known here.
    """
    sending = field.papers.sending_of(draft)
    row = field.letters.row(sending) if sending else None
    if row is None or row["method"] == "PUT" or field.catalogue.is_part(draft.kind):
        return report(field, draft, None) if draft.act == "report" else create(field, draft)
    card = field.card(draft.kind, draft.item_id)
    if card is None:
        raise Trouble("本机已没有该事项", "请联网后在列表中打开它再操作", "no_card")
    if draft.act == "check_in":
        _mend_check_in(field, card, draft)
        return draft.item_id
    moment = None if draft.code in DECIDED_ANEW else field.letters.contents(row)["body"].get("captured_at")
    _send(field, _request(field, card, draft.act, dict(draft.facts), draft.photos, moment), draft)
    return draft.item_id


def _mend_check_in(field: Field, card: Card, draft: Draft) -> None:
    facts = draft.facts
    fix = None
    if facts.get("lon") is not None and facts.get("lat") is not None:
        told: dict[str, Any] = {name: facts.get(name) for name in ("lon", "lat", "accuracy_m")}
        fix = Fix(**told, at=field.clock.now(), is_mock=bool(facts.get("is_mock")), crs=facts.get("crs") or "wgs84")
    check_in(field, card, facts["method"], fix, facts.get("code"), draft.photos, draft)


def _send(field: Field, request: Request, draft: Draft | None = None) -> str:
    """Put a request into the outbox, or in place of the refused one ``draft`` came of; wake the courier afterwards."""
    sending = field.papers.sending_of(draft) if draft else None
    with field.store.writing():
        if sending and draft and draft.code not in ID_USED:
            field.letters.again(sending, request)
        else:
            if sending:
                field.letters.dismiss(sending)
            sending = field.letters.put(request)
        if draft:
            field.papers.forget(draft)
    field.store.after_commit(field.courier.wake)
    return sending
