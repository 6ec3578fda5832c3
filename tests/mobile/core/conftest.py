"""Phones in the small town."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.mobile.core.phones import Phone, phone
from tests.server import town as towns


@pytest.fixture
def town(app: Flask, rolled_back: sa.Connection) -> towns.Town:
    """The small town; whatever happens in it is undone after the test."""
    return towns.build(app)


@pytest.fixture
def of(town: towns.Town, tmp_path: Path) -> Callable[..., Phone]:
    """Return the phone of a named person."""

    def make(who: str, **how: Any) -> Phone:
        return phone(town, who, tmp_path / who, **how)

    return make
