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
