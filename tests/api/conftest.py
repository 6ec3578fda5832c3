"""The town, for those who knock at the API from outside."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.server import town as towns


@pytest.fixture
def town(app: Flask, rolled_back: sa.Connection) -> towns.Town:
    """The small town; whatever happens in it is undone after the test."""
    return towns.build(app)


@pytest.fixture
def real_town(fresh_app: Flask) -> towns.Town:
    """The small town in a database of its own, with real commits."""
    return towns.build(fresh_app)
