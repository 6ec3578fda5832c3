"""A small synthetic city, performed once for all its tests: a township of 14 grids, each state, a little year."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask

from server.embedded import databases
from server.embedded.cluster import Cluster
from tests.conftest import application, numbers

SEED = 7
YEAR = 2024
TOWNSHIP = "441602001"
GRIDS = 14
EVENTS, HANDLED, WHISTLES = 40, 39, 3


@dataclass
class SmallCity:
    """The application on the small city, its world, and how much was performed."""

    app: Flask
    accounts: Path
    anchor: datetime
    performed: int


@pytest.fixture(scope="package")
def small_city(cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCity]:
    """The city with its last days and a little year; tests of this package only read it."""
    from server.db import db
    from server.people import passwords

    name = f"test_{os.getpid()}_{next(numbers)}"
    with databases.scratch(cluster.url(), name, template, "FILE_COPY") as url:
        app = application(url, tmp_path_factory.mktemp("city"))
        with app.app_context():
            careful = passwords._hasher
            passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
            try:
                city = perform(app)
            finally:
                passwords._hasher = careful
            yield city
            db.session.remove()
            db.engine.dispose()


def perform(app: Flask) -> SmallCity:
    """Load the city and perform what happened in it, in this process."""
    from server.demo import accounts, crew, gaps, loading, recent, year
    from server.demo.city import Size, demand
    from server.demo.plan import Volume
    from server.journal.seal import seal

    file = app.config["GRIDWHISTLE"].var / accounts.FILE
    assert list(loading.people_the_city(Size(GRIDS, (TOWNSHIP,)), SEED, file))
    held = demand()
    world, anchor = loading.world(held, SEED), held.imported_at
    plans = [*recent.ordinary(SEED, anchor, world, 4, 0), *recent.shown(SEED, anchor, world, copies=1)]
    done = crew.perform(crew.Show(plans, world), workers=1, says="", quiet=True)
    recent.settle()
    gaps.show(world, anchor)
    done += year.perform(YEAR, SEED, world, volume=Volume(EVENTS, HANDLED, WHISTLES), workers=1, quiet=True)
    from server.db import db

    while seal():
        db.session.commit()
    return SmallCity(app, file, anchor, done)
