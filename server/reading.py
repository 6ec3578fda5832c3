"""Read a request (读取请求): JSON or a query into the plain values its shape promises.

Job: refuse what is not JSON, not of the shape, or beyond what can be kept, and say which field.
Never: know a route, a person or the database.
"""

from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
import orjson
from flask import request
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from server import bounds
from server.errors import Invalid


class WrongShape(Invalid):
    """Some fields are missing or malformed; see errors.
    有字段缺失或格式不对，请按 errors 中的提示修改。
    """


class NotJson(Invalid):
    """Send JSON: Content-Type application/json.
    请以 JSON 格式提交（Content-Type: application/json）。
    """

    status = 415


class TooMuch(Invalid):
    """The body has more bytes than this request may have; see most.
    提交的内容过多，请分次提交。
    """

    status = 413


class WrongKey(Invalid):
    """The header Idempotency-Key must be a UUID.
    请求头 Idempotency-Key 须为 UUID。
    """


class Whole(ma.validate.Regexp):
    """The whole text is of this pattern; the documents show it anchored at both ends, as JSON Schema wants it."""

    def __init__(self, pattern: str, *, error: str | None = None) -> None:
        super().__init__(f"^(?:{pattern})$", error=error)

    def __call__(self, value: Any) -> Any:
        """Return ``value``; raises ValidationError when anything of it, a last line break too, does not fit."""
        if self.regex.fullmatch(value) is None:
            raise ma.ValidationError(self._format_error(value))
        return value


_loaded: dict[type[ma.Schema], ma.Schema] = {}


def load(shape: type[ma.Schema] | None, raw: Any) -> dict[str, Any]:
    """Return ``raw``, a body or a query whose fields may repeat, read by ``shape``; raises WrongShape."""
    if shape is None:
        return {}
    schema = _loaded.get(shape) or _loaded.setdefault(shape, shape())
    given = MultiDictProxy(raw, schema) if isinstance(raw, MultiDict) else raw
    try:
        data: dict[str, Any] = schema.load(given)
    except ma.ValidationError as problem:
        raise WrongShape(errors=problem.normalized_messages()) from None
    if errors := bounds.faults(data):
        raise WrongShape(errors=errors)
    return data


def key() -> uuid.UUID | None:
    """Return the client's own key of this request, if it sent one; raises WrongKey."""
    text = request.headers.get("Idempotency-Key")
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise WrongKey from None


def body(most: int) -> Any:
    """Return the JSON of the request, at most ``most`` bytes, an empty object when there is none.

    Raises:
        NotJson, TooMuch, WrongShape.
    """
    if request.mimetype and not request.is_json:
        raise NotJson
    request.max_content_length = most
    try:
        raw = request.get_data()
    except RequestEntityTooLarge:
        raise TooMuch(most=most) from None
    try:
        return orjson.loads(raw) if raw else {}
    except orjson.JSONDecodeError as problem:
        raise WrongShape(detail=f"the body is not JSON: {problem}") from None
