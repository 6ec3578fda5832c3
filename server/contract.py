"""What the OpenAPI document says of a route (接口文档): who may, what it reads, and every answer it may give.

Job: turn what a route declares into its documentation, complete enough to generate a client from.
Never: decide anything at run time, or describe by hand what a route declares already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import marshmallow as ma

from server import access, policy

if TYPE_CHECKING:
    from server.http import Route

JSON = "application/json"
PROBLEM = "application/problem+json"
ANYONE = "anyone"
SIGNED_IN = "signed in"
SAFE = frozenset({"GET", "HEAD"})
BYTES = {"type": "string", "format": "binary"}
"""What a route ``gives`` that answers with a picture or a tile."""
Shape = type[ma.Schema] | dict[str, str]


class Problem(ma.Schema):
    """An error as RFC 9457 tells it, with a stable code and a Chinese title; further members depend on the code."""

    class Meta:
        unknown = ma.INCLUDE

    type = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True, metadata={"description": "稳定的错误代码，供程序判断"})
    title = ma.fields.String(required=True, metadata={"description": "给使用者看的中文说明"})
    detail = ma.fields.String(required=True)
    errors = ma.fields.Dict(metadata={"description": "字段 → 问题（仅 422）"})


def _header(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "description": description, "schema": {"type": "string"} | schema}


HEADERS = {
    "DeviceId": _header("X-Device-Id", "设备编号：与令牌不符的请求按未登录处理 · must be the device of the token"),
    "DeviceTime": _header(
        "X-Device-Time",
        "设备时钟此刻的时间（ISO 8601），用于估计时钟误差 · what the device's clock shows, ignored if no time",
    ),
    "IdempotencyKey": _header(
        "Idempotency-Key", "同一键的重复请求得到首次答复 · the same key gets the first answer again", format="uuid"
    ),
    "IfMatch": _header("If-Match", '所见卡片的版本号，如 "3"；与 body 的 revision 二选一 · the revision acted on'),
    "IfNoneMatch": _header("If-None-Match", "已有内容的 ETag：未变则 304 · answers 304 when nothing has changed"),
    "ContentRange": _header("Content-Range", "断点续传：bytes first-last/total · which bytes of the whole these are"),
    "Range": _header("Range", "只取其中一段：bytes=first-last · only these bytes of the whole, answered by 206"),
    "LastEventId": _header("Last-Event-ID", "从此编号之后继续 · resumes after this line"),
}
"""Headers the API reads: name of the component → parameter."""
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "手机与程序：POST /api/v1/tokens 所得令牌"},
    "session": {"type": "apiKey", "in": "cookie", "name": "gridwhistle_session", "description": "网页会话"},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "网页会话的写操作须同时携带"},
}
OPTIONS = {
    "info": {
        "description": "网格哨：街道吹哨、部门报到。错误一律为 application/problem+json（RFC 9457），title 为中文。"
        "超出管辖范围的编号与不存在的编号答复完全相同（404）。Whoever is out of scope gets 404, exactly as if absent.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "servers": [{"url": "/", "description": "本机"}],
    "components": {"securitySchemes": SCHEMES},
    "security": [{"bearer": []}],
}
"""The head of the document."""


def sentence(route: Route) -> str:
    """Return who may walk through ``route``, as its description says it, such as 权限 event.file_dispatch …"""
    if route.may == ANYONE:
        return "无需登录 · public."
    if route.may == SIGNED_IN:
        return "登录即可 · any signed-in person, about what is theirs."
    zh = policy.current().permissions[route.may].zh
    return f"权限 · permission: {route.may}（{zh}）。岗位 · roles: {', '.join(roles(route))}."


def roles(route: Route) -> list[str]:
    """Return the roles that may: those of its arrows, else whoever holds its permission; none where all may."""
    return sorted(route.roles or access.holders(route.may))


def answers(route: Route, method: str, gives: Shape, media: str) -> Iterator[tuple[int, Shape | None, str | None]]:
    """Yield (status, shape, media type) of every answer ``route`` may give."""
    nothing = (None, None)
    yield (route.status, *(nothing if route.status == 204 else (gives, media)))
    for status, shape in route.or_gives.items():
        yield status, shape, media if shape else None
    if method in SAFE and media != "text/event-stream":
        yield 304, None, None
    for status in sorted({*refusals(route, method), *route.also}):
        yield status, Problem, PROBLEM


def refusals(route: Route, method: str) -> Iterator[int]:
    """Yield the statuses with which a route of this form may refuse."""
    yield from (400, 401, 403, 404, 422, 503)
    if method not in SAFE:
        yield 409
    if route.takes or route.streams:
        yield from (413, 415)


def headers(route: Route, method: str) -> list[str]:
    """Return the names in ``HEADERS`` of what ``route`` reads."""
    applies = {
        "DeviceId": route.may != ANYONE,
        "DeviceTime": method not in SAFE and route.may != ANYONE,
        "IdempotencyKey": route.once and route.status != 201,
        "IfNoneMatch": method in SAFE,
    }
    return [name for name, holds in applies.items() if holds] + list(route.reads)


def security(route: Route, method: str) -> list[dict[str, list[str]]]:
    """Return the ways to prove who knocks, any one of them; none for a public route."""
    if route.may == ANYONE:
        return []
    page = ("session",) if method in SAFE else ("session", "csrf")
    return [{"bearer": []}, {scheme: [] for scheme in page}]


def complete(doc: dict[str, Any], route: Route, method: str) -> dict[str, Any]:
    """Return ``doc``, an operation that knows its shapes and answers, with all the rest."""
    doc["operationId"] = route.name.replace(".", "_")
    doc["security"] = security(route, method)
    doc["parameters"] = [*doc.get("parameters", []), *headers(route, method)]
    doc["x-permission"], doc["x-roles"] = route.may, roles(route)
    return doc


def register(parameters: Any, used: Iterable[str] = HEADERS) -> None:
    """Add the headers to the components of a document."""
    for name in used:
        parameters.parameter(name, "header", {**HEADERS[name], "required": False})
