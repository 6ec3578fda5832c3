"""The front door: OpenAPI, problem+json, 401 for whoever knocks without a token, and the headers that shield a reader.

Job: dress flask-smorest's Api so that every error is told the same way (RFC 9457) and OpenAPI is written when wanted.
Never: know a route or a rule.
"""

from __future__ import annotations

import threading
from typing import Any

import orjson
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, Response, request
from flask.json.provider import JSONProvider
from flask_smorest import Api, Blueprint
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, UnicodeConverter

from server import contract
from server.console import frame
from server.contract import Problem
from server.db import now
from server.errors import NotSignedIn, Refusal
from server.http import ANYONE, API, ROUTES, dump, whoever


def schema_name(shape: Any) -> str:
    """Return the name of a shape in OpenAPI: its slice and its class, such as ``events.EventIn``."""
    kind = shape if isinstance(shape, type) else type(shape)
    part = ".part" if not isinstance(shape, type) and (shape.exclude or shape.only) else ""
    return f"{kind.__module__.split('.')[1]}.{kind.__name__}{part}"


class Door(Api):
    """flask-smorest's Api whose errors are problem+json."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None
    """Every route names the answers it may give; there are no others."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._unwritten: list[Blueprint] = []
        self._writing = threading.Lock()
        super().__init__(*args, **kwargs)

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:  # type: ignore[override]
        """Open the doors of a room; its chapter of the document is written when somebody asks for the document."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp, **options)
        self._unwritten.append(blp)

    def _openapi_json(self) -> Response:
        with self._writing:
            while self._unwritten:
                room = self._unwritten.pop(0)
                room.register_views_in_doc(self, self._app, self.spec, name=room.name, parameters=None)
                self.spec.tag({"name": room.name, "description": room.description})
        return super()._openapi_json()  # type: ignore[no-any-return]

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


SHIELD = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-site",
    "Cache-Control": "no-store",
}
"""On every answer that does not say otherwise itself: nothing runs, nothing frames it, nothing on the way keeps it."""


def shielded(response: Response) -> Response:
    """Return ``response`` with our time, and with the headers of ``SHIELD`` it does not set itself."""
    response.headers["X-Server-Time"] = now().isoformat()
    for name, value in SHIELD.items():
        response.headers.setdefault(name, value)
    return response


class Text(UnicodeConverter):
    """A part of a path: one or more characters, neither a slash nor a control character."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.regex = self.regex.replace("[^/]", r"[^/\x00-\x1f\x7f]")


class Sha256(BaseConverter):
    """The SHA-256 of a file, 64 lower-case hexadecimal digits."""

    regex = "[0-9a-f]{64}"


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
    if "retry_after_s" in body:
        response.headers["Retry-After"] = str(body["retry_after_s"])
    return response


class DatabaseAway(Refusal):
    """The database cannot be reached just now. Send the same again: what was kept already is answered, not doubled.
    数据库暂时连接不上，请稍后原样重发；已保存的不会重复。
    """

    status = 503


RETRY_AFTER_S = 2
AWAY = ("08", "53", "57P")
"""PostgreSQL's classes of errors about itself: connections, resources, being shut down."""


def is_away(problem: DBAPIError) -> bool:
    """Tell whether the database was lost or could not be reached, rather than asked something wrong."""
    state = getattr(problem.orig, "sqlstate", None)
    return problem.connection_invalidated or str(state or "08").startswith(AWAY)


def database_away(problem: DBAPIError | NoConnectionFree) -> Response:
    """Answer 503 when the database is away; anything else is a fault of ours."""
    if isinstance(problem, DBAPIError) and not is_away(problem):
        raise problem
    refusal = DatabaseAway(retry_after_s=RETRY_AFTER_S)
    return frame.away(refusal) if frame.wants_page() else problem_response(refusal.problem())


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
    app.url_map.converters |= {"default": Text, "string": Text, "sha256": Sha256}
    app.after_request(shielded)
    door = Door(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=schema_name)})
    contract.register(door.spec.components)
    door.register_converter(Sha256, lambda _: {"type": "string", "pattern": f"^{Sha256.regex}$"})
    app.register_error_handler(Refusal, lambda refusal: problem_response(refusal.problem()))
    for lost in (OperationalError, InterfaceError, NoConnectionFree):
        app.register_error_handler(lost, database_away)

    @app.before_request
    def nobody_unknown() -> None:
        route = ROUTES.get((request.endpoint or "").removeprefix("api."))
        if request.path.startswith(f"{API}/") and not (route and route.may == ANYONE) and whoever() is None:
            raise NotSignedIn

    return door
