"""The life of a request: who knocks → may they → read the shape → act → one commit → answer.

Job: authentication, permission, shapes, exactly-once, the single commit, problem+json, ETag, OpenAPI.
Never: know a domain noun. A view gets plain data and the actor and returns a plain dict.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma
import orjson
from flask import Response, g, request
from flask_smorest import Blueprint
from sqlalchemy.exc import OperationalError

from server import access, contract, journal, reading, replies
from server.access import Actor
from server.collisions import told
from server.contract import ANYONE, BYTES, JSON, SIGNED_IN, Shape
from server.db import db
from server.errors import Forbidden, NotSignedIn, Refusal
from server.reading import load
from server.replies import Claim

__all__ = ["ANYONE", "API", "BYTES", "JSON", "ROUTES", "SIGNED_IN", "Answer", "Room", "Route", "load"]
API = "/api/v1"
TRIES = 3
IN_EACH_OTHERS_WAY = frozenset({"40P01", "40001"})
"""PostgreSQL's deadlock_detected and serialization_failure: nothing is wrong with the request."""

View = Callable[..., Any]
before_commit: list[Callable[[], None]] = []
"""What must be done inside the transaction once the act is through (enqueue what follows); filled by ``app``."""
authenticate: list[Callable[[], Actor | None]] = []
"""How a request names its actor; filled by ``people``."""
device_time: ContextVar[str | None] = ContextVar("device_time", default=None)
"""What the device's clock showed when it sent this request."""


class MustChangePassword(Forbidden):
    """Change the initial password first (POST /api/v1/me/password).
    首次登录请先修改初始密码。
    """


class MustBindFactor(Forbidden):
    """Bind a second factor first (POST /api/v1/me/second-factor).
    您的岗位须先绑定动态口令。
    """


@dataclass(frozen=True, slots=True)
class Asked:
    """A creation as it is asked for: by which route, for which path, with what in which bytes, by whom."""

    name: str
    path: dict[str, Any]
    data: dict[str, Any]
    print_: bytes
    by: Actor


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a performed route."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Route:
    """One way in: what it needs, takes and runs. ``streams``: the view reads the raw body itself."""

    name: str
    view: View
    may: str
    takes: type[ma.Schema] | None = None
    asks: type[ma.Schema] | None = None
    on_item: bool = False
    once: bool = False
    streams: bool = False
    alone: bool = False
    """Never in a batch: it commits by itself, or is made of headers or raw bytes."""
    together: Callable[[Asked], Answer | None] | None = None
    """Performs and commits several requests at once; None from it: this one goes alone."""
    body_max: int = 256 * 1024
    """Bytes of JSON it reads."""
    status: int = 200
    also: tuple[int, ...] = ()
    """Refusals it may answer besides those that every route may."""
    or_gives: Mapping[int, Shape | None] = field(default_factory=dict)
    """Status → shape of its other good answers."""
    roles: tuple[str, ...] = ()
    """Who walks it, where arrows say so; else whoever holds ``may``."""
    reads: tuple[str, ...] = ()
    """Headers it reads besides those that every route does, as ``contract.HEADERS`` names them."""


ROUTES: dict[str, Route] = {}
"""Endpoint name → route: the OpenAPI document, the batch door and the access tests read it."""


def check_may(route: Route, by: Actor | None) -> None:
    """Refuse who may not knock; on an item's own route the item decides, so that absent and forbidden look alike."""
    if route.may == ANYONE:
        return
    if by is None:
        raise NotSignedIn
    if by.must_change_password and not route.name.startswith("me."):
        raise MustChangePassword
    if by.must_bind_factor and not route.name.startswith("me."):
        raise MustBindFactor
    if route.may != SIGNED_IN and not route.on_item and not access.may(by, route.may):
        raise Forbidden


def perform(
    route: Route, by: Actor | None, path: dict[str, Any], body: Any, *, query: Any = None, key: uuid.UUID | None = None
) -> Answer:
    """Run ``route`` inside the present transaction: shape, exactly-once, view. Commits nothing."""
    check_may(route, by)
    data = load(route.asks, query or {}) | load(route.takes, body)
    if not route.once:
        return _answer(route, route.view(by=by, **path, **({"data": data} if route.takes or route.asks else {})))
    assert by is not None
    print_ = replies.fingerprint(body)
    name = f"{route.name}:{path.get('id')}"
    key = path["id"] if route.status == 201 else key or replies.key_of(by, name, body)
    if not replies.claim([Claim(key, name, print_, by)]):
        return Answer(200, replies.stored(key, name, print_, by))
    answer = _answer(route, route.view(by=by, data=data, **path))
    replies.keep({key: (answer.status, answer.body)})
    return answer


def _answer(route: Route, given: Any) -> Answer:
    if isinstance(given, Answer):
        return given
    return Answer(route.status, given)


@contextmanager
def transaction() -> Iterator[None]:
    """One act, one commit: flush the journal, enqueue what follows, commit; on any exception roll back."""
    try:
        with told():
            yield
            journal.flush()
            for step in before_commit:
                step()
            db.session.commit()
    except BaseException:
        db.session.rollback()
        journal.forget()
        raise


def step_aside() -> None:
    """Give the database connection back while a view reads bytes or works without it; nothing may be changed before."""
    db.session.commit()


def whoever() -> Actor | None:
    """Return the actor of this request, found once."""
    if "actor" not in g:
        g.actor = next((actor for find in authenticate if (actor := find())), None)
    return g.actor  # type: ignore[no-any-return]


def run(route: Route, path: dict[str, Any]) -> Response:
    """Answer one HTTP request."""
    device_time.set(request.headers.get("X-Device-Time"))
    try:
        answer = _together(route, path) if route.together else None
        answer = answer or _committed(route, path, 1 if route.streams else TRIES)
    except Refusal as refusal:
        if refusal.leaves:
            with transaction():
                refusal.leaves()
        raise
    return respond(answer)


def _together(route: Route, path: dict[str, Any]) -> Answer | None:
    """Perform with others what may be performed with others; gives the connection back before it waits for them."""
    by = whoever()
    check_may(route, by)
    assert route.together is not None
    assert by is not None
    body = reading.body(route.body_max)
    data, print_ = load(route.takes, body), replies.fingerprint(body) if route.once else b""
    step_aside()
    return route.together(Asked(route.name, path, data, print_, by))


def _committed(route: Route, path: dict[str, Any], tries: int) -> Answer:
    """Perform and commit; the one whom the database chose to end a deadlock has changed nothing and tries again."""
    try:
        with transaction():
            by = whoever()
            check_may(route, by)
            body = reading.body(route.body_max) if route.takes else None
            return perform(route, by, path, body, query=request.args if route.asks else None, key=reading.key())
    except OperationalError as problem:
        if tries == 1 or getattr(problem.orig, "sqlstate", None) not in IN_EACH_OTHERS_WAY:
            raise
    return _committed(route, path, tries - 1)


def respond(answer: Answer) -> Response:
    """Turn an answer into HTTP; a GET carries an ETag and honours If-None-Match."""
    if isinstance(answer.body, Response):
        return answer.body
    if answer.status == 204:
        return Response(status=204)
    response = Response(dump(answer.body), status=answer.status, mimetype="application/json")
    if request.method == "GET":
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32], weak=True)
        return response.make_conditional(request)  # type: ignore[return-value]
    return response


def dump(body: Any) -> bytes:
    """Return JSON bytes; moments in ISO 8601 with offset."""
    return orjson.dumps(body, option=orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_NON_STR_KEYS, default=str)


class Room(Blueprint):
    """A blueprint whose every route declares its permission, its shapes and its place in OpenAPI."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._complete)

    def way(
        self, method: str, rule: str, *, gives: Shape, media: str = JSON, zh: str = "", **how: Any
    ) -> Callable[[View], View]:
        """Register ``view`` for ``method rule``; ``may`` is compulsory: a permission, ANYONE or SIGNED_IN.

        ``media`` is the type of the answer where the view returns a finished Response (``gives`` is BYTES or a schema).
        """

        def register(view: View) -> View:
            name = how.pop("name", view.__name__)
            if how.get("once") and how.get("status") == 201:
                how["or_gives"] = {200: gives}
            route = Route(name=f"{self.name}.{name}", view=view, **how)
            ROUTES[route.name] = route

            def knock(**path: Any) -> Response:
                return run(route, path)

            knock.__name__ = name
            knock.__doc__ = f"{zh or name}\n\n{view.__doc__ or ''}\n\n{contract.sentence(route)}"
            knock._apidoc = self._documented(route, method, gives, media)  # type: ignore[attr-defined]
            self.route(rule, methods=[method], endpoint=name)(knock)
            return view

        return register

    def _documented(self, route: Route, method: str, gives: Shape, media: str) -> Any:
        documented: Any = lambda: None  # noqa: E731
        if route.asks:
            documented = self.arguments(route.asks, location="query")(documented)
        if route.takes:
            documented = self.arguments(route.takes)(documented)
        if route.streams:
            documented = self.doc(requestBody={"required": True, "content": {"*/*": {"schema": BYTES}}})(documented)
        answers: dict[int, list[Any]] = {}
        for status, shape, kind in contract.answers(route, method, gives, media):
            # each on a function of its own: decorators one upon the other copy all that the earlier ones noted
            one = self.alt_response(status, schema=shape, content_type=kind)(lambda: None)
            answers.setdefault(status, []).extend(one._apidoc["response"]["responses"][status])
        noted = getattr(documented, "_apidoc", {})
        return noted | {"response": {"responses": answers}, "route": route}

    def _complete(self, doc: dict[str, Any], doc_info: dict[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
        return contract.complete(doc, doc_info["route"], method.upper())

    def get(self, rule: str, **how: Any) -> Callable[[View], View]:
        """Register a reading."""
        return self.way("GET", rule, **how)

    def put(self, rule: str, **how: Any) -> Callable[[View], View]:
        """Register a creation by the client's id: done once, answered alike for ever."""
        return self.way("PUT", rule, **{"once": True, "status": 201} | how)

    def post(self, rule: str, **how: Any) -> Callable[[View], View]:
        """Register an act."""
        return self.way("POST", rule, **how)
