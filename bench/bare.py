"""The least that a request costs: ten kilobytes from the web's own server program, without application or database.

Never measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

CONTENT = bytes(10 * 1024)


def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer anything."""
    start("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(CONTENT)))])
    return (CONTENT,)
