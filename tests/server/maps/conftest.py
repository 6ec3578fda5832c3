"""What maps keep in mind does not outlive a test: tests take back what they committed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.maps import memory


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    memory.forget()
    yield
    memory.forget()
