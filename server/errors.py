"""Refusals: four families, one way to say them.

Job: every refusal carries a stable ``code``, an HTTP status and two sentences, English and Chinese, taken from the
docstring of its class (first line English, second line the Chinese sentence an officer reads).
Never: know HTTP requests, a table or a kind of item.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


class Refusal(Exception):
    """The request was refused.
    请求被拒绝。
    """

    status = 400

    leaves: Callable[[], None] | None = None
    """What stays although everything else is undone, such as a counted try; run in a transaction of its own."""

    def __init__(self, detail: str = "", **facts: Any) -> None:
        self.detail = detail
        self.facts = facts
        super().__init__(detail or self.sentence())

    @property
    def code(self) -> str:
        """Return the stable name of this refusal, such as ``move_not_allowed``."""
        return snake(type(self).__name__)

    @classmethod
    def sentence(cls) -> str:
        """Return the English sentence."""
        return spoken(cls.__doc__)[0]

    @property
    def title(self) -> str:
        """Return the sentence the officer reads, Chinese."""
        return spoken(type(self).__doc__)[1]

    def problem(self) -> dict[str, Any]:
        """Return the members of an ``application/problem+json`` body (RFC 9457)."""
        body: dict[str, Any] = {"type": "about:blank", "status": self.status, "code": self.code, "title": self.title}
        body["detail"] = self.detail or self.sentence()
        return body | self.facts


class NotFound(Refusal):
    """There is no such thing, or it lies outside your scope.
    没有找到，或不在您的管辖范围内。
    """

    status = 404


class Forbidden(Refusal):
    """Your post does not allow this.
    您的岗位没有这项权限。
    """

    status = 403


class NotSignedIn(Refusal):
    """Sign in first: send a valid token.
    请先登录（令牌缺失、过期或已注销）。
    """

    status = 401


class Conflict(Refusal):
    """This does not fit the present state of the item.
    与事项当前状态不符。
    """

    status = 409


class Invalid(Refusal):
    """What was sent is not valid.
    提交的内容有误，请按提示修改后重试。
    """

    status = 422


def snake(name: str) -> str:
    """Return ``name`` in snake case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def spoken(doc: str | None) -> tuple[str, str]:
    """Split a docstring into its English first line and its Chinese second line (or the first again)."""
    lines = [line.strip() for line in (doc or "").strip().splitlines() if line.strip()]
    english = lines[0] if lines else ""
    return english, lines[1] if len(lines) > 1 else english
