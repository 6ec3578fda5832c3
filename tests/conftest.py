"""What every test can ask for: a database of its own, the application on it, a clock to move, a count of statements.

One private cluster serves the whole run and all its workers; it keeps its files between runs (``var/pg-test``). Each
worker copies one migrated template. Most tests use ``rolled_back`` (directly or through ``client``): everything they
do, commits included, is undone. Tests about commits, locks, NOTIFY or several connections take ``fresh_app``.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import itertools
import os
import re
import sys
from collections.abc import Iterator
from contextvars import Context
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from server import schema
from server.config import ROOT, Config
from server.embedded import databases
from server.embedded.cluster import SETTINGS, Cluster
from server.embedded.keeper import lock_file
from server.embedded.lease import lease
from server.embedded.places import data_place

hypothesis.settings.register_profile("steady", deadline=None)
hypothesis.settings.load_profile("steady")
"""A busy machine is slow, not wrong: laws are tested here, speed is measured in bench/."""

FORGETFUL = {
    **SETTINGS,
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
}
"""Nothing of a test run needs to survive a power cut."""
OF_A_PROCESS = re.compile(r"test_(\d+)(_\d+)?")
numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long: begun last, it keeps one worker busy while the others have nothing left."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Let the collector pass over what stays to the end; a walk through all of it costs more than most tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


class Phone(FlaskClient):
    """A client whose requests begin in an empty context, as on a server, and whose effects the test then sees."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send one request; what the test's own session holds of before is read anew afterwards."""
        from server.db import db

        db.session.flush()
        try:
            return Context().run(super().open, *args, **kwargs)
        finally:
            db.session.expire_all()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The private cluster of the tests; the last worker to leave stops it."""
    with lease(Cluster(data_place(ROOT / "var", "pg-test"), FORGETFUL)) as running:
        spread(running.data / "base")
        yield running


GETFLAGS, SETFLAGS, TOPDIR = 0x80086601, 0x40086602, 0x00020000
"""<linux/fs.h>, and EXT4_TOPDIR_FL."""


def spread(folder: Path) -> None:
    """Have ext4 lay what is made in ``folder`` apart, as below the root; elsewhere this does nothing.

    A database is 650 files. ext4 gives no file the number of one deleted within the last minutes, and looks for another
    one by one: beside the databases that the tests before have dropped, a copy takes half a second, apart a twentieth.
    """
    place = os.open(folder, os.O_RDONLY)
    try:
        flags = bytearray(8)
        fcntl.ioctl(place, GETFLAGS, flags)
        fcntl.ioctl(place, SETFLAGS, (int.from_bytes(flags, sys.byteorder) | TOPDIR).to_bytes(8, sys.byteorder))
    except OSError:
        pass
    finally:
        os.close(place)


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """The name of a migrated, empty database; made by the first worker that needs it and kept for later runs."""
    versions = sorted(schema.FOLDER.rglob("*.py"))
    name = f"template_{hashlib.sha256(b''.join(path.read_bytes() for path in versions)).hexdigest()[:12]}"
    lock = lock_file(cluster.data, "template")
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        known = databases.names(cluster.url())
        sweep(cluster, known)
        if name not in known:
            databases.drop(cluster.url(), "template_draft")
            schema.migrate(databases.make(cluster.url(), "template_draft"))
            databases.rename(cluster.url(), "template_draft", name)
    finally:
        os.close(lock)
    return name


def sweep(cluster: Cluster, known: list[str]) -> None:
    """Drop the databases of test processes that are no more."""
    for name in known:
        process = OF_A_PROCESS.fullmatch(name)
        if process and not Path(f"/proc/{process[1]}").exists():
            databases.drop(cluster.url(), name)


@pytest.fixture(scope="session")
def database(cluster: Cluster, template: str) -> Iterator[str]:
    """The address of this worker's database."""
    with databases.scratch(cluster.url(), f"test_{os.getpid()}", template, "FILE_COPY") as url:
        yield url


@pytest.fixture
def fresh_database(cluster: Cluster, template: str) -> Iterator[str]:
    """The address of a database of this test alone, for real commits and several connections."""
    with databases.scratch(cluster.url(), f"test_{os.getpid()}_{next(numbers)}", template, "FILE_COPY") as url:
        yield url


@pytest.fixture(scope="session")
def app(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on this worker's database."""
    from server.db import db

    app = application(database, tmp_path_factory.mktemp("var"))
    with app.app_context():
        db.session.configure(join_transaction_mode="create_savepoint")
        db.session.remove()
        yield app
        db.engine.dispose()


@pytest.fixture
def fresh_app(fresh_database: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of this test alone; whatever it commits stays for the test to see."""
    from server.db import db

    app = application(fresh_database, tmp_path)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def application(url: str, var: Path) -> Flask:
    """Return the application on the database at ``url`` with its files in ``var``."""
    from server.amendments import force
    from server.app import create_app

    force.forget()
    settings = {"GRIDWHISTLE_VAR": str(var), "GRIDWHISTLE_DATABASE_URL": url, "GRIDWHISTLE_SECRET_KEY": "for tests"}
    app = create_app(Config.from_environment(settings))
    app.testing = True
    app.test_client_class = Phone
    return app


@pytest.fixture
def rolled_back(app: Flask) -> Iterator[sa.Connection]:
    """One outer transaction around the test: a commit inside is a savepoint, and nothing is left behind."""
    from server.db import db

    with app.app_context():
        engine = db.engine
        with engine.connect() as connection, connection.begin() as outer:
            db.engines[None] = connection  # type: ignore[assignment]
            try:
                yield connection
            finally:
                db.session.remove()
                db.engines[None] = engine
                outer.rollback()


@pytest.fixture
def client(app: Flask, rolled_back: sa.Connection) -> FlaskClient:
    """A client whose requests share the test's transaction."""
    return app.test_client()


@pytest.fixture
def clock() -> Iterator[Any]:
    """The clock of the server, to be set or advanced; it runs by itself again afterwards."""
    from server.db import clock

    yield clock
    clock.reset()


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL statements sent since the test began; ``clear()`` it to count one act."""
    from server.db import db

    sent: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(" ".join(statement.split()))

    engine = db.engine.engine
    sa.event.listen(engine, "before_cursor_execute", hear)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", hear)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; tests that read it are skipped where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no real data beside this checkout")
    return folder
