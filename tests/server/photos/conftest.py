"""A phone that sends photos."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.server.photos.camera import sha
from tests.server.town import Town, device, report

Send = Callable[..., Any]


@pytest.fixture
def send(town: Town) -> Send:
    """``send(who, card, content)``: put bytes under their name, or another one, and return the answer."""

    def put(who: str, card: dict[str, Any], content: bytes, *, name: str = "", query: str = "", **headers: str) -> Any:
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        sent |= {"Authorization": f"Bearer {town.key(who)}", "X-Device-Id": device(who)}
        path = f"/api/v1/events/{card['id']}/photos/{name or sha(content)}{query}"
        return town.app.test_client().put(path, data=content, headers=sent)

    return put


@pytest.fixture
def declared(town: Town) -> Callable[..., dict[str, Any]]:
    """``declared(content, ...)``: an event whose report declares these photos."""

    def make(*contents: bytes, who: str = "mei", kind: str = "before", **changes: Any) -> dict[str, Any]:
        photos = [{"sha256": sha(content), "kind": kind} for content in contents]
        return town.report(who, **report(photos=photos, **changes))

    return make
