"""The life of a request: who knocks → may they → read the shape → act → one commit → answer.

Job: authentication, permission, shapes, exactly-once, the single commit, problem+json, ETag, OpenAPI.
Never: know a domain noun. A view gets plain data and the actor and returns a plain dict.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
import orjson
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response, g, request
from flask.json.provider import JSONProvider
from flask_smorest import Api, Blueprint
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from server import access, journal, replies
from server.access import Actor
from server.db import db
from server.errors import Forbidden, Invalid, NotSignedIn, Refusal

ANYONE = "anyone"
SIGNED_IN = "signed in"
JSON = "application/json"
BYTES = {"type": "string", "format": "binary"}
"""What a route ``gives`` that answers with a picture or a tile."""
API = "/api/v1"

View = Callable[..., Any]
Shape = type[ma.Schema] | dict[str, str]
before_commit: list[Callable[[], None]] = []
"""What must be done inside the transaction once the act is through (enqueue what follows); filled by ``app``."""
authenticate: list[Callable[[], Actor | None]] = []
"""How a request names its actor; filled by ``people``."""
device_time: ContextVar[str | None] = ContextVar("device_time", default=None)
"""What the device's clock showed when it sent this request."""


class Problem(ma.Schema):
    """An error as RFC 9457 tells it, with a stable code and a Chinese title."""

    type = ma.fields.String()
    status = ma.fields.Integer()
    code = ma.fields.String()
    title = ma.fields.String()
    detail = ma.fields.String()
    errors = ma.fields.Dict()


class WrongShape(Invalid):
    """Some fields are missing or malformed; see errors.
    有字段缺失或格式不对，请按 errors 中的提示修改。
    """


class MustChangePassword(Forbidden):
    """Change the initial password first (POST /api/v1/me/password).
    首次登录请先修改初始密码。
    """


@dataclass(frozen=True, slots=True)
class Route:
    """One way in: what it needs, takes and runs."""

    name: str
    view: View
    may: str
    takes: type[ma.Schema] | None = None
    asks: type[ma.Schema] | None = None
    on_item: bool = False
    once: bool = False
    status: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a performed route."""

    status: int
    body: Any


ROUTES: dict[str, Route] = {}
"""Endpoint name → route: the OpenAPI document, the batch door and the access tests read it."""
_loaded: dict[type[ma.Schema], ma.Schema] = {}


def load(shape: type[ma.Schema] | None, raw: Any) -> dict[str, Any]:
    """Return ``raw``, a body or a query whose fields may repeat, read by ``shape``; raises WrongShape."""
    if shape is None:
        return {}
    schema = _loaded.setdefault(shape, shape())
    given = MultiDictProxy(raw, schema) if isinstance(raw, MultiDict) else raw
    try:
        return schema.load(given)  # type: ignore[no-any-return]
    except ma.ValidationError as problem:
        raise WrongShape(errors=problem.normalized_messages()) from None


def check_may(route: Route, by: Actor | None) -> None:
    """Refuse who may not knock; on an item's own route the item decides, so that absent and forbidden look alike."""
    if route.may == ANYONE:
        return
    if by is None:
        raise NotSignedIn
    if by.must_change_password and not route.name.startswith("me."):
        raise MustChangePassword
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
    if not replies.claim({key: (name, print_)}, by):
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
        yield
        journal.flush()
        for step in before_commit:
            step()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        journal.forget()
        raise


def whoever() -> Actor | None:
    """Return the actor of this request, found once."""
    if "actor" not in g:
        g.actor = next((actor for find in authenticate if (actor := find())), None)
    return g.actor  # type: ignore[no-any-return]


def run(route: Route, path: dict[str, Any]) -> Response:
    """Answer one HTTP request."""
    device_time.set(request.headers.get("X-Device-Time"))
    try:
        with transaction():
            by = whoever()
            check_may(route, by)
            body = _body() if route.takes else None
            key = request.headers.get("Idempotency-Key", type=uuid.UUID)
            answer = perform(route, by, path, body, query=request.args if route.asks else None, key=key)
    except Refusal as refusal:
        if refusal.leaves:
            with transaction():
                refusal.leaves()
        raise
    return respond(answer)


def _body() -> Any:
    raw = request.get_data()
    try:
        return orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as problem:
        raise WrongShape(detail=f"the body is not JSON: {problem}") from None


def respond(answer: Answer) -> Response:
    """Turn an answer into HTTP; a GET carries an ETag and honours If-None-Match."""
    if isinstance(answer.body, Response):
        return answer.body
    if answer.status == 204:
        return Response(status=204)
    response = Response(dump(answer.body), status=answer.status, mimetype="application/json")
    if request.method == "GET":
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32], weak=True)
        response.headers["Cache-Control"] = "private, no-cache"
        return response.make_conditional(request)  # type: ignore[return-value]
    return response


def dump(body: Any) -> bytes:
    """Return JSON bytes; moments in ISO 8601 with offset."""
    return orjson.dumps(body, option=orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_NON_STR_KEYS, default=str)


class Room(Blueprint):
    """A blueprint whose every route declares its permission, its shapes and its place in OpenAPI."""

    def way(
        self, method: str, rule: str, *, gives: Shape, media: str = JSON, zh: str = "", **how: Any
    ) -> Callable[[View], View]:
        """Register ``view`` for ``method rule``; ``may`` is compulsory: a permission, ANYONE or SIGNED_IN.

        ``media`` is the type of the answer where the view returns a finished Response (``gives`` is BYTES or a schema).
        """

        def register(view: View) -> View:
            name = how.pop("name", view.__name__)
            route = Route(name=f"{self.name}.{name}", view=view, **how)
            ROUTES[route.name] = route

            def knock(**path: Any) -> Response:
                return run(route, path)

            knock.__name__ = name
            knock.__doc__ = f"{zh}\n\n{view.__doc__ or ''}" if zh else view.__doc__
            knock._apidoc = self._documented(route, gives, media)  # type: ignore[attr-defined]
            self.route(rule, methods=[method], endpoint=name)(knock)
            return view

        return register

    def _documented(self, route: Route, gives: Shape, media: str) -> Any:
        documented: Any = self.response(route.status, gives, content_type=media)(lambda: None)
        if route.asks:
            documented = self.arguments(route.asks, location="query")(documented)
        if route.takes:
            documented = self.arguments(route.takes)(documented)
        for status in (400, 401, 403, 404, 409, 422):
            documented = self.alt_response(status, schema=Problem, content_type="application/problem+json")(documented)
        if route.once and route.status == 201:
            documented = self.alt_response(200, schema=gives)(documented)
        return documented._apidoc

    def get(self, rule: str, **how: Any) -> Callable[[View], View]:
        """Register a reading."""
        return self.way("GET", rule, **how)

    def put(self, rule: str, **how: Any) -> Callable[[View], View]:
        """Register a creation by the client's id: done once, answered alike for ever."""
        return self.way("PUT", rule, **{"once": True, "status": 201} | how)

    def post(self, rule: str, **how: Any) -> Callable[[View], View]:
        """Register an act."""
        return self.way("POST", rule, **how)


def schema_name(shape: Any) -> str:
    """Return the name of a shape in OpenAPI: its slice and its class, such as ``events.EventIn``."""
    kind = shape if isinstance(shape, type) else type(shape)
    part = ".part" if not isinstance(shape, type) and (shape.exclude or shape.only) else ""
    return f"{kind.__module__.split('.')[1]}.{kind.__name__}{part}"


class Door(Api):
    """flask-smorest's Api whose errors are problem+json."""

    ERROR_SCHEMA = Problem

    def handle_http_exception(self, error: HTTPException) -> Response:  # type: ignore[override]
        """Render werkzeug's errors."""
        status = error.code or 500
        body = {"type": "about:blank", "status": status, "code": error.name.lower().replace(" ", "_")}
        body |= {"title": TITLES.get(status, error.name), "detail": error.description or error.name}
        response = problem_response(body)
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response


TITLES = {
    400: "请求无法读取，请检查格式。",
    404: "没有找到，或不在您的管辖范围内。",
    405: "此地址不支持该操作。",
    413: "文件过大。",
    415: "不支持的内容类型。",
    429: "操作过于频繁，请稍后再试。",
    500: "系统出错，已记录；您的数据没有丢失，请稍后重试。",
    503: "系统暂时不可用，请稍后重试。",
}


def problem_response(body: dict[str, Any]) -> Response:
    """Return an application/problem+json response."""
    response = Response(dump(body), status=body["status"], mimetype="application/problem+json")
    if body["status"] == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


class FastJson(JSONProvider):
    """orjson for Flask."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Return JSON text."""
        return dump(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Read JSON."""
        return orjson.loads(s)


def init_app(app: Flask) -> Door:
    """Give ``app`` the door: JSON, errors, and 401 for whoever knocks at the API without a token."""
    app.json = FastJson(app)
    door = Door(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=schema_name)})
    app.register_error_handler(Refusal, lambda refusal: problem_response(refusal.problem()))

    @app.before_request
    def nobody_unknown() -> None:
        route = ROUTES.get((request.endpoint or "").removeprefix("api."))
        if request.path.startswith(f"{API}/") and not (route and route.may == ANYONE) and whoever() is None:
            raise NotSignedIn

    return door
