"""The door for a phone's outbox: each item is a request of its own, answered on its own.

Job: find the route each item names, perform it in its own savepoint, take neighbouring reports together.
Never: let one bad item block another, or do what the single request would not.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma
from flask import current_app
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from server import http, journal, replies
from server.access import Actor
from server.collisions import told
from server.errors import NotFound, Refusal
from server.events import intake
from server.http import API, ROUTES, SIGNED_IN, Answer, Asked, Room, Route, load, perform
from server.reading import WrongShape

room = Room("sync", __name__, url_prefix=API, description="离线同步")
MOST = 500
MANY_BYTES = 16 * 2**20
REPORT = "events.report_event"
FEW = 50
"""A phone that sends more reports than this fills a commit of its own."""


class SyncItem(ma.Schema):
    """One saved request: method, path below /api/v1, body."""

    method = ma.fields.String(required=True, validate=ma.validate.OneOf(("PUT", "POST")))
    path = ma.fields.String(required=True, validate=ma.validate.Length(1, 200))
    body = ma.fields.Dict(load_default=dict)
    key = ma.fields.UUID(load_default=None, allow_none=True)


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved request; ``wrong`` says why it cannot be read."""

    method: str = "PUT"
    path: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    key: uuid.UUID | None = None
    wrong: Refusal | None = None


Found = tuple[Route, dict[str, Any]] | None
"""What an item names: a route and the values in its path."""
Results = list[Answer | None]
Wanted = dict[uuid.UUID, tuple[int, intake.Sent]]


class ReadAlone(ma.fields.Nested):
    """One item among many: what is wrong with it is its own answer, not everybody's."""

    def deserialize(self, *args: Any, **kwargs: Any) -> Saved:  # type: ignore[override]
        """Return the item as it was read, or with what is wrong."""
        try:
            return Saved(**super().deserialize(*args, **kwargs))
        except ma.ValidationError as problem:
            return Saved(wrong=WrongShape(errors=problem.normalized_messages()))


class Broken(Refusal):
    """This one could not be performed through a fault of the server; it is noted, send it again later.
    系统处理此条时出错，已记录；请稍后重新同步。
    """

    status = 500


class SyncIn(ma.Schema):
    """What a phone saved, in order; ``sent_at`` is what its clock shows now."""

    items = ma.fields.List(ReadAlone(SyncItem), required=True, validate=ma.validate.Length(1, MOST))
    sent_at = ma.fields.AwareDateTime(load_default=None, allow_none=True)


class SyncOut(ma.Schema):
    """A result per item, in order."""

    results = ma.fields.List(ma.fields.Dict(), required=True)


def together(asked: Asked) -> Answer | None:
    """Answer a phone that sends a few reports and nothing else, written with what other phones send; None: alone."""
    items = asked.data["items"]
    found = _found(asked.data)
    if len(items) > FEW or not all(one and one[0].name == REPORT for one in found):
        return None
    wanted = _reports(items, found, range(len(items)), asked.by)
    answers = intake.gather(REPORT, [sent for _, sent in wanted.values()])
    results = _placed(answers, wanted, [None] * len(items))
    if None in results:
        with http.transaction():
            left = [sent for place, sent in wanted.values() if results[place] is None]
            _placed(intake.again(REPORT, left), wanted, results)
            _one_by_one(items, found, range(len(items)), results, asked.by)
    return Answer(200, _told(results))


@room.post(
    "/sync",
    may=SIGNED_IN,
    takes=SyncIn,
    gives=SyncOut,
    alone=True,
    together=together,
    body_max=MANY_BYTES,
    zh="批量同步",
)
def sync(data: dict[str, Any], by: Actor) -> dict[str, Any]:
    """Perform many saved requests; each answers ``{status, body}`` exactly as it would alone."""
    found = _found(data)
    results: Results = [None] * len(found)
    for span in _runs(found):
        if len(span) > 1:
            _report_together(data["items"], found, span, results, by)
        _one_by_one(data["items"], found, span, results, by)
    return _told(results)


def _found(data: dict[str, Any]) -> list[Found]:
    """Return what each item names, and note what the phone's clock shows."""
    if data["sent_at"]:
        http.device_time.set(data["sent_at"].isoformat())
    return [_find(item) for item in data["items"]]


def _told(results: Results) -> dict[str, Any]:
    return {"results": [{"status": one.status, "body": one.body} for one in results if one is not None]}


def _one_by_one(items: list[Saved], found: list[Found], span: range, results: Results, by: Actor) -> None:
    """Perform what has no result yet."""
    for place in span:
        if results[place] is None:
            results[place] = _alone(items[place], found[place], by)


def _find(item: Saved) -> Found:
    """Return the route an item names with the values in its path, or None."""
    path = item.path if item.path.startswith(API) else f"{API}/{item.path.lstrip('/')}"
    try:
        endpoint, values = current_app.url_map.bind("").match(path, method=item.method)
    except HTTPException:
        return None
    route = ROUTES.get(endpoint)
    return (route, dict(values)) if route and not route.alone else None


def _runs(found: list[Found]) -> list[range]:
    """Return the spans of neighbouring reports, and every other item as a span of one."""
    spans: list[range] = []
    for place, one in enumerate(found):
        is_report = one is not None and one[0].name == REPORT
        if spans and is_report and (before := found[place - 1]) and before[0].name == REPORT:
            spans[-1] = range(spans[-1].start, place + 1)
        else:
            spans.append(range(place, place + 1))
    return spans


def _alone(item: Saved, found: Found, by: Actor) -> Answer:
    """Perform one item in a savepoint; a refusal is its answer, and so is a fault of ours: the others go on."""
    try:
        with told(), journal.savepoint():
            if found is None:
                raise item.wrong or NotFound
            return perform(found[0], by, found[1], item.body, key=item.key)
    except OperationalError:
        raise
    except Exception as problem:
        refusal = problem if isinstance(problem, Refusal) else _noted(item)
        if refusal.leaves:
            refusal.leaves()
        return Answer(refusal.status, refusal.problem())


def _noted(item: Saved) -> Refusal:
    current_app.logger.exception("%s %s in a batch", item.method, item.path)
    return Broken()


def _report_together(items: list[Saved], found: list[Found], span: range, results: Results, by: Actor) -> None:
    """Report a span of good, new reports in one go; whatever does not fit is left for its own turn."""
    wanted = _reports(items, found, span, by)
    try:
        with told(), journal.savepoint():
            answers = intake.take(REPORT, [sent for _, sent in wanted.values()])
    except OperationalError:
        raise
    except Exception:
        return
    _placed(answers, wanted, results)


def _reports(items: list[Saved], found: list[Found], span: range, by: Actor) -> Wanted:
    """Return the well-formed reports of a span by id, each with its place; of two with one id the first."""
    wanted: Wanted = {}
    for place in span:
        one = found[place]
        assert one is not None
        route, id, body = one[0], one[1]["id"], items[place].body
        try:
            http.check_may(route, by)
            if id not in wanted:
                wanted[id] = (place, intake.sent(id, load(route.takes, body), replies.fingerprint(body), by))
        except Refusal:
            continue
    return wanted


def _placed(answers: dict[uuid.UUID, Answer], wanted: Wanted, results: Results) -> Results:
    for id, answer in answers.items():
        results[wanted[id][0]] = answer
    return results
