"""A town at work for the time of a measurement: a private cluster, 701 drawn grids, people with tokens, the programs.

The cluster has the durability of every day (fsync, synchronous commit), and the programs are started with the very
words of the supervisor. Nothing of it stays, but a database that is ``kept`` by its name. Never measures.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import shapely
import sqlalchemy as sa

from gis.partition import Areas, draw_city
from server import policy, schema
from server.access import SYSTEM
from server.app import create_app
from server.config import ROOT, Config
from server.db import db, new_id, now
from server.embedded import databases
from server.embedded.cluster import SETTINGS, Cluster
from server.embedded.lease import lease
from server.embedded.places import data_place
from server.grids import acts, survey
from server.http import transaction
from server.people.models import Appointment, Person, Post, Token
from server.supervisor import LEASH, PROCESSES, as_environment
from tests.programs import free_port

READY = 180.0
"""Seconds the programs are given to answer."""


@dataclass(frozen=True)
class Carrier:
    """A member of staff with a phone, and the grid they work in (EPSG:4490)."""

    token: str
    grid: shapely.Polygon


@dataclass
class Program:
    """A program by the words of the supervisor, in a process group of its own."""

    words: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start it."""
        self.process = subprocess.Popen([*LEASH, *self.words], env=self.environment, cwd=ROOT, start_new_session=True)

    def kill(self) -> None:
        """Kill every process of it outright, as a power cut does."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def children(self) -> list[int]:
        """Return the numbers of the processes it has made and not lost."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(number) for number in told.read_text(encoding="ascii").split()]


@dataclass(frozen=True)
class City:
    """A running town: where it listens, where its rows are, who carries a phone, the programs that run."""

    config: Config
    cluster: Cluster
    carriers: Sequence[Carrier]
    programs: Mapping[str, Program] = field(default_factory=dict)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the web."""
        return self.config.host, self.config.port


@contextmanager
def city(phones: int, *programs: str, kept: str = "", where: Cluster | None = None) -> Iterator[City]:
    """A town with `phones` carriers whose `programs` (names of the supervisor's table) run.

    A database named by `kept` stays for the next measurement, which finds it as it was, without carriers. `where`: in a
    cluster of its own instead of the one that measurements share.
    """
    with ExitStack() as stack:
        cluster = stack.enter_context(lease(where or yard()))
        var = stack.enter_context(tempfile.TemporaryDirectory())
        is_known = kept in databases.names(cluster.url())
        url = databases.sibling(cluster.url(), kept) if is_known else stack.enter_context(_fresh(cluster, kept))
        schema.migrate(url)
        carriers = [] if is_known else _settle(_config(url, var), draw_city().grids, phones)
        config = _config(url, var)
        run = {name: stack.enter_context(running(PROCESSES[name], config)) for name in programs}
        if programs:
            awaited(config)
        yield City(config, cluster, carriers, run)


@contextmanager
def _fresh(cluster: Cluster, kept: str) -> Iterator[str]:
    """A database that is dropped at the end: always, or, with a name to be kept by, only when something failed."""
    name = kept or f"bench_{os.getpid()}"
    url = databases.make(cluster.url(), name)
    try:
        yield url
    except BaseException:
        databases.drop(cluster.url(), name)
        raise
    if not kept:
        databases.drop(cluster.url(), name)


def yard() -> Cluster:
    """The private cluster that measurements share."""
    return Cluster(data_place(ROOT / "var", "pg-bench"), SETTINGS)


def _config(url: str, var: str) -> Config:
    ports = {"PORT": str(free_port()), "STREAM_PORT": str(free_port())}
    settings = {"DATABASE_URL": url, "VAR": var, "SECRET_KEY": "for a measurement", **ports}
    return Config.from_environment({f"GRIDWHISTLE_{name}": value for name, value in settings.items()})


def _settle(config: Config, grids: Areas, phones: int) -> list[Carrier]:
    """Import the grids, fill the desks of the townships and give `phones` grid workers a token each."""
    app = create_app(config)
    with app.app_context(), transaction():
        drawn = survey.drawn(grids.codes, grids.polygons, name="bench", synthetic=True)
        acts.import_edition("bench", survey.examine(drawn), by=SYSTEM)
        townships = sorted({code[:9] for code in grids.codes})
        centre = policy.current().settings.district.dispatch_unit
        staff([("CEN", centre, None), *(("TWD", township, None) for township in townships)])
        homes = [i % len(grids.codes) for i in range(phones)]
        persons = staff([("GWF", grids.codes[home][:9], grids.codes[home]) for home in homes])
        raw = _tokens(persons)
    with app.app_context():
        db.engine.dispose()
    return [Carrier(token, grids.polygons[home]) for token, home in zip(raw, homes, strict=True)]


def staff(posts: Sequence[tuple[str, str, str | None]]) -> list[Any]:
    """Fill posts (role, unit, grid) with a person each and return their ids."""
    person = {"name": "测试员", "must_change_password": False, "synthetic": True}
    people = [{"id": new_id(), "username": f"bench-{new_id()}", **person} for _ in posts]
    desks = [{"id": new_id(), "role": role, "unit_code": unit, "grid_code": grid} for role, unit, grid in posts]
    db.session.execute(sa.insert(Person), people)
    db.session.execute(sa.insert(Post), desks)
    rows = [
        {"person_id": one["id"], "post_id": desk["id"], "valid_from": date(2020, 1, 1)}
        for one, desk in zip(people, desks, strict=True)
    ]
    db.session.execute(sa.insert(Appointment), rows)
    return [person["id"] for person in people]


def _tokens(persons: Sequence[Any]) -> list[str]:
    raw = [secrets.token_urlsafe(32) for _ in persons]
    rows = [
        {
            "hash": hashlib.sha256(text.encode()).digest(),
            "person_id": person,
            "device_id": f"phone-{number}",
            "created_at": now(),
            "last_seen_at": now(),
            "expires_at": now() + timedelta(days=1),
        }
        for number, (text, person) in enumerate(zip(raw, persons, strict=True))
    ]
    if rows:
        db.session.execute(sa.insert(Token), rows)
    return raw


@contextmanager
def running(command: str, config: Config) -> Iterator[Program]:
    """A program by the words of the supervisor, for as long as the block lasts."""
    words = command.format(host=config.host, port=config.port, stream_port=config.stream_port)
    environment = {**os.environ, **as_environment(config), "GRIDWHISTLE_VAR": str(config.var)}
    program = Program(shlex.split(words), environment)
    program.start()
    try:
        yield program
    finally:
        program.process.terminate()
        program.process.wait()


def awaited(config: Config) -> None:
    """Wait until the web answers."""
    answering((config.host, config.port), "/api/openapi.json")


def answering(address: tuple[str, int], path: str = "/healthz") -> None:
    """Wait until a program answers at ``address``."""
    deadline = time.monotonic() + READY
    while True:
        try:
            door = HTTPConnection(*address)
            door.request("GET", path)
            door.getresponse().read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
