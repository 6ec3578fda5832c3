"""A site that runs: its own cluster that keeps what it commits, web and worker as processes, a town, phones that call.

The programs are started with the words of the supervisor, and again when they were killed, as the supervisor of a real
site does. Phones are plain HTTP/1.1 connections.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from flask import Flask

from server import schema
from server.app import create_app
from server.config import Config
from server.db import db
from server.embedded import places
from server.embedded.cluster import SETTINGS, Cluster
from server.embedded.lease import lease
from server.supervisor import PROCESSES, as_environment
from tests.programs import Program, free_port
from tests.server import town as towns
from tests.server.town import Town, device

READY = 180.0
"""Seconds a program is given to answer on a busy machine."""
SMALL = {**SETTINGS, "shared_buffers": "64MB", "max_connections": "60"}
"""As durable as any."""
LOST = (OSError, HTTPException)
"""What a phone meets when the other end dies."""


@dataclass
class Site:
    """Where it listens, how to kill it, who lives there."""

    app: Flask
    cluster: Cluster
    config: Config
    town: Town
    programs: dict[str, Program] = field(default_factory=dict)

    def kill(self, name: str) -> None:
        """Kill a program outright, every process of it, and start it again."""
        self.programs[name].end()
        self.programs[name].start()

    def kill_database(self) -> None:
        """Kill the server's main process outright; whoever keeps it starts it again."""
        os.kill(int((self.cluster.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def await_answer(self) -> None:
        """Wait until the web answers with a database behind it."""
        deadline = time.monotonic() + READY
        phone = Phone(self, "mei")
        while phone.call("GET", "/me")[0] != 200:
            assert time.monotonic() < deadline, "the site does not answer"
            time.sleep(0.1)
        phone.hang_up()


class Phone:
    """One connection of somebody; redialled when it is lost."""

    def __init__(self, site: Site, who: str) -> None:
        self.site = site
        self.headers = {
            "Authorization": f"Bearer {site.town.keys[who]}",
            "X-Device-Id": device(who),
            "Content-Type": "application/json",
        }
        self.line: HTTPConnection | None = None

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and body; status 0 when the line was lost before the answer was whole."""
        try:
            self.line = self.line or HTTPConnection(self.site.config.host, self.site.config.port, timeout=30)
            self.line.request(method, f"/api/v1{path}", json.dumps(body) if body is not None else None, self.headers)
            answer = self.line.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except LOST:
            self.hang_up()
            return 0, None

    def insist(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send the same until there is an answer from behind a working database; other faults are returned."""
        deadline = time.monotonic() + READY
        while True:
            status, answer = self.call(method, path, body)
            if status not in (0, 503):
                return status, answer
            assert time.monotonic() < deadline, "nobody answers any more"
            time.sleep(0.05)

    def hang_up(self) -> None:
        """Close the line."""
        if self.line is not None:
            self.line.close()
        self.line = None


@contextmanager
def running(*names: str) -> Iterator[Site]:
    """A site whose programs ``names`` run; nothing of it stays."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="gridwhistle-races."))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        cluster = stack.enter_context(lease(Cluster(folder / "pg", SMALL)))
        stack.callback(shutil.rmtree, places.socket_place(cluster.data, cluster.owner), ignore_errors=True)
        schema.migrate(cluster.url())
        config = _config(cluster.url(), folder / "var")
        app = create_app(config)
        stack.enter_context(app.app_context())
        stack.callback(lambda: (db.session.remove(), db.engine.dispose()))
        site = Site(app, cluster, config, towns.build(app))
        for who in towns.PEOPLE:
            site.town.key(who)
        db.session.remove()
        for name in names:
            site.programs[name] = _program(name, config)
            stack.callback(site.programs[name].end)
            site.programs[name].start()
        site.await_answer()
        yield site


def _config(url: str, var: Path) -> Config:
    ports = {"PORT": str(free_port()), "STREAM_PORT": str(free_port())}
    settings = {"DATABASE_URL": url, "VAR": str(var), "SECRET_KEY": "for tests", **ports}
    return Config.from_environment({f"GRIDWHISTLE_{name}": value for name, value in settings.items()})


def _program(name: str, config: Config) -> Program:
    words = PROCESSES[name].format(host=config.host, port=config.port, stream_port=config.stream_port)
    known = {"GRIDWHISTLE_VAR": str(config.var), "GRIDWHISTLE_SECRET_KEY": config.secret_key}
    alone = [word for word in shlex.split(words) if word != "--behind"]  # other tests are nobody to give way to
    return Program(alone, {**os.environ, **as_environment(config), **known})
