"""A phone for each test: the real app on the real core, against a town in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mobile.screens.driver import Driver  # before anything of Kivy
from tests.mobile.screens.phone import Phone, phone_of
from tests.mobile.screens.town import Town

from kivy.metrics import Metrics  # isort: skip


@pytest.fixture(autouse=True)
def letters() -> Iterator[None]:
    """Every test begins with the system's letters, whatever size the one before chose."""
    Metrics.fontscale = 1.0
    yield
    Metrics.fontscale = 1.0


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Callable[..., Phone]]:
    """Make a phone: ``phone(town)`` opens the app, enrolled for the town's person unless told otherwise."""
    opened: list[Phone] = []

    def make(town: Town, **how: Any) -> Phone:
        one = phone_of(town, tmp_path / f"phone{len(opened)}", **how)
        opened.append(one)
        return one

    yield make
    for one in opened:
        one.close()


__all__ = ["Driver", "phone"]
