"""The stream's own process, as in real life, and clients that read it line by line."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from tests.programs import PATIENCE, Program, free_port, settings, until
from tests.server.town import Town, device


@dataclass
class Ear:
    """A client like a browser's EventSource: reads, remembers the last id, comes back when the line breaks."""

    port: int
    headers: dict[str, str]
    path: str = "/api/v1/stream"
    last: str | None = None
    got: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)
    connection: HTTPConnection | None = None
    opened: int = 0

    def run(self) -> None:
        while not self.closed.is_set():
            with suppress(OSError):
                self._listen()
            if self.statuses and self.statuses[-1] not in (200, 503):
                return
            self.closed.wait(0.05)

    def _listen(self) -> None:
        came_back = {"Last-Event-ID": self.last} if self.last else {}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as self.connection:
            self.connection.request("GET", self.path, headers=self.headers | came_back)
            with self.connection.getresponse() as answer:
                self.statuses.append(answer.status)
                self._read(answer)

    def _read(self, answer: HTTPResponse) -> None:
        block: dict[str, str] = {}
        while answer.status == 200 and (line := answer.readline()):
            self.opened += not block and line.startswith(b"retry")
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if line != b"\n":
                block[name] = value
                continue
            self.last = block.get("id", self.last)
            if "data" in block:
                self.got.append(block)
            block = {}

    def hang_up(self) -> None:
        """Break the line from this side, as a phone does in a tunnel."""
        assert self.connection is not None
        self.connection.sock.shutdown(socket.SHUT_RDWR)

    def actions(self) -> list[str]:
        return [block["event"] for block in self.got]

    def ids(self) -> list[int]:
        return [int(block["id"]) for block in self.got]


@dataclass
class Stream:
    """The process of the live stream on a port of its own."""

    port: int
    environment: dict[str, str]
    log: Path
    program: Program | None = None
    ears: list[tuple[Ear, threading.Thread]] = field(default_factory=list)

    def start(self) -> None:
        words = ["-m", "gunicorn", "--no-control-socket", "--graceful-timeout", "1", "-k", "gevent", "-w", "1"]
        words += ["-b", f"127.0.0.1:{self.port}", "server.stream_app:app"]
        self.program = Program([sys.executable, *words], self.environment, self.log)
        self.program.start()

    def kill(self) -> None:
        assert self.program is not None
        self.program.end()

    def listen(self, town: Town, who: str, **more: Any) -> Ear:
        headers = {"Authorization": f"Bearer {town.key(who)}", "X-Device-Id": device(who)}
        return self.hear(Ear(self.port, headers, **more))

    def hear(self, ear: Ear) -> Ear:
        thread = threading.Thread(target=ear.run, daemon=True)
        thread.start()
        self.ears.append((ear, thread))
        until(lambda: ear.opened or ear.statuses[-1:] not in ([], [503]))
        return ear


@pytest.fixture
def stream(real_town: Town, fresh_database: str, tmp_path: Path) -> Iterator[Stream]:
    """A running stream on the town's database."""
    stream = Stream(free_port(), settings(fresh_database, tmp_path), tmp_path / "stream.log")
    stream.start()
    yield stream
    for ear, _ in stream.ears:
        ear.closed.set()
    stream.kill()
    for _, thread in stream.ears:
        thread.join(PATIENCE)
    said = stream.log.read_text()
    assert "Traceback" not in said, said
