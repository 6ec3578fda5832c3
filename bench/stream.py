"""From an act to the phones: how long until everybody who may hear of a line has it, with 5,000 streams open.

A line like that of a whistle is written and committed; the clock starts before its transaction and stops when the bytes
are read from each socket, in another process on the same machine. Beside it the floor: a bare NOTIFY that one waiting
connection hears. `make bench-stream`, or `python -m bench.stream --clients 1000`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import sqlalchemy as sa
from tqdm import tqdm

from bench import page
from bench.city import City, city
from bench.lines import allow_files
from server import http, journal
from server.access import SYSTEM
from server.app import create_app
from server.config import Config
from server.db import db, new_id
from server.embedded.databases import plain
from server.journal import Line
from server.people.models import Appointment, Post, Token

PORTS_PER_ADDRESS = 20_000
"""Connections from one local address: fewer than the system has ports for it."""
CONNECTING = 200
"""Connections that wait for their greeting side by side."""
GREETING = b"retry: "
NUMBER = re.compile(rb'"no":"N(\d+)"')
QUIET = 3.0
"""Seconds without a message after which a run is over."""
GOAL_MS = 200.0

Heard = tuple[int, int, float]
"""A client, the number of a line and when the client had it (CLOCK_MONOTONIC, the same for all processes)."""


@dataclass(frozen=True)
class Run:
    """One kind of line: to whom, how many lines, how far apart."""

    name: str
    tags: Sequence[Sequence[str]]
    pause: float


@dataclass(frozen=True)
class Timing:
    """What came of a run: seconds from act to client, sorted; how many were due; whether each came exactly once."""

    run: Run
    seconds: Sequence[float]
    expected: int
    exact: bool

    def at(self, share: float) -> float:
        """Milliseconds within which `share` of the clients had the line."""
        return 1000 * self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def listen(address: tuple[str, int], tokens: Sequence[str], parent: Connection) -> None:
    """Be the phones: open all streams, say so, then report everything heard whenever the parent asks; end on None."""
    poll = select.epoll()
    sockets: dict[int, socket.socket] = {}
    waiting: set[int] = set()
    for start in range(0, len(tokens), CONNECTING):
        for number, token in enumerate(tokens[start : start + CONNECTING], start):
            one = _open(address, token, f"127.0.0.{2 + number // PORTS_PER_ADDRESS}")
            sockets[one.fileno()] = one
            poll.register(one, select.EPOLLIN)
            waiting.add(one.fileno())
        _await_greetings(poll, sockets, waiting)
        parent.send(len(sockets))
    heard: list[Heard] = []
    poll.register(parent, select.EPOLLIN)
    while True:
        for file, _ in poll.poll():
            if file == parent.fileno():
                if parent.recv() is None:
                    return
                parent.send(heard)
                heard = []
            else:
                data = sockets[file].recv(65536)
                moment = time.monotonic()
                heard += [(file, int(found), moment) for found in NUMBER.findall(data)]


def _open(address: tuple[str, int], token: str, source: str) -> socket.socket:
    one = socket.create_connection(address, source_address=(source, 0))
    one.sendall(
        b"GET /api/v1/stream HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n"
        b"Authorization: Bearer %b\r\n\r\n" % token.encode()
    )
    one.setblocking(False)
    return one


def _await_greetings(poll: select.epoll, sockets: dict[int, socket.socket], waiting: set[int]) -> None:
    """Read until every client of `waiting` was greeted; those greeted before may hear a beat meanwhile."""
    while waiting:
        for file, _ in poll.poll():
            data = sockets[file].recv(65536)
            if not data or (data.startswith(b"HTTP/1.1") and not data.startswith(b"HTTP/1.1 200")):
                raise ConnectionError(data.decode(errors="replace") or "closed")
            if GREETING in data:
                waiting.discard(file)


@contextmanager
def phones(town: City) -> Iterator[Connection]:
    """A process with one open stream per carrier; yields the line to it."""
    here, there = multiprocessing.Pipe()
    address = town.config.host, town.config.stream_port
    tokens = [carrier.token for carrier in town.carriers]
    process = multiprocessing.get_context("spawn").Process(target=listen, args=(address, tokens, there), daemon=True)
    process.start()
    there.close()
    with tqdm(total=len(tokens), desc="streams", leave=False) as bar:
        while bar.n < len(tokens):
            bar.update(here.recv() - bar.n)
    yield here
    here.send(None)
    process.join()


def whistle(tags: Sequence[str], number: int) -> float:
    """Write and commit one line like that of a whistle; return when that began."""
    began = time.monotonic()
    with http.transaction():
        item = _Item(new_id(), f"N{number}")
        journal.write(Line("whistle.blow", SYSTEM, item=item, kind="whistle", move="WH-01", audience=tags))
    return began


@dataclass(frozen=True)
class _Item:
    id: Any
    no: str
    revision: int = 1
    state: str = "blown"


def measure(run: Run, listeners: dict[str, int], here: Connection) -> Timing:
    """Write the lines of `run` one after another and collect when each client had each."""
    began = []
    for number, tags in enumerate(tqdm(run.tags, desc=run.name, leave=False)):
        began.append(whistle(tags, number))
        time.sleep(run.pause)
    expected = sum(listeners[tag] for tags in run.tags for tag in tags)
    heard: list[Heard] = []
    deadline = time.monotonic() + QUIET
    while len(heard) < expected and time.monotonic() < deadline:
        here.send(True)
        if found := here.recv():
            heard += found
            deadline = time.monotonic() + QUIET
        time.sleep(0.2)
    exact = len(heard) == expected == len({(client, number) for client, number, _ in heard})
    return Timing(run, sorted(moment - began[number] for _, number, moment in heard), expected, exact)


def floor(url: str, rounds: int = 200) -> float:
    """Milliseconds (median) from a bare NOTIFY to one connection that waits for it."""
    seconds: list[float] = []
    with psycopg.connect(plain(url), autocommit=True) as ear, psycopg.connect(plain(url), autocommit=True) as mouth:
        ear.execute("listen floor")

        def hear() -> None:
            seconds.extend(time.monotonic() - began for _ in ear.notifies(stop_after=1))

        for _ in range(rounds):
            thread = threading.Thread(target=hear)
            thread.start()
            time.sleep(0.002)
            began = time.monotonic()
            mouth.execute("notify floor")
            thread.join()
    return 1000 * median(seconds)


def resident(port: int) -> int:
    """Bytes of memory of the processes that were told to serve `port`: the stream's gunicorn and its worker."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f":{port}\0" in (process / "cmdline").read_text():
                rss = re.search(r"VmRSS:\s+(\d+)", (process / "status").read_text())
                found += 1024 * int(rss[1]) if rss else 0
    return found


def story(timings: Sequence[Timing], lowest: float, clients: int, kib: float) -> str:
    """The section of the page."""
    rows = [
        (
            timing.run.name,
            f"{len(timing.run.tags):,}",
            f"{timing.expected // len(timing.run.tags):,}",
            f"{timing.at(0.5):.1f}",
            f"{timing.at(0.99):.1f}",
            f"{1000 * timing.seconds[-1]:.1f}",
            f"{timing.at(0.5) / lowest:.0f}",
            "yes" if timing.exact else f"**{len(timing.seconds)} of {timing.expected}**",
        )
        for timing in timings
    ]
    head = ("line", "lines", "hear each", "p50 ms", "p99 ms", "max ms", "p50 × floor", "each exactly once")
    return f"""
{clients:,} streams open, one per phone; one stream process (gunicorn, gevent), memory per stream {kib:.0f} KiB. From
the beginning of the transaction that writes the line to the bytes in the client's hand; committed to disk, sealed and
sent to whom it concerns in between. Server, clients and writer share the machine.

{page.table(head, rows)}

The floor is {lowest:.2f} ms: a bare NOTIFY until one waiting connection hears it. Goal: p99 < {GOAL_MS:.0f} ms.
"""


def main() -> int:
    """Measure, compare, publish; 1 when a line was lost or doubled, or the goal was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=5000, help="open streams")
    clients = parser.parse_args().clients
    allow_files(clients)
    with city(clients, "web", "stream") as town:
        empty = resident(town.config.stream_port)
        with phones(town) as here:
            kib = (resident(town.config.stream_port) - empty) / clients / 1024
            timings = run_all(town.config, here)
        lowest = floor(town.config.database_url)
    page.publish("python -m bench.stream", "Act to live stream", story(timings, lowest, clients, kib))
    return 0 if all(timing.exact and timing.at(0.99) < GOAL_MS for timing in timings) else 1


def run_all(config: Config, here: Connection) -> list[Timing]:
    """Measure a line for the people of one grid, a line for everybody, and a steady stream of lines."""
    app = create_app(config)
    with app.app_context():
        listeners = _listeners()
        grids = sorted(listeners)
        whistle(["a"], 0)
        runs = (
            Run("for the people of one grid", [[grids[i % len(grids)]] for i in range(100)], 0.05),
            Run("for everybody", [grids] * 10, 1.5),
            Run("50 lines a second", [[grids[i % len(grids)]] for i in range(500)], 0.02),
        )
        timings = [measure(run, listeners, here) for run in runs]
        db.session.remove()
        db.engine.dispose()
    return timings


def _listeners() -> dict[str, int]:
    """Return how many phones listen for each grid's tag."""
    query = (
        sa.select(Post.grid_code, sa.func.count())
        .join(Appointment, Appointment.post_id == Post.id)
        .join(Token, Token.person_id == Appointment.person_id)
        .group_by(Post.grid_code)
    )
    return {f"g:{grid}": count for grid, count in db.session.execute(query) if grid}


if __name__ == "__main__":
    sys.exit(main())
