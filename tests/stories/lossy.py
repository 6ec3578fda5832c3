"""A bad network between phones and the server: it can be down, lose questions, and lose answers after the deed."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DROPPED = frozenset({"connection", "transfer-encoding", "keep-alive"})


@dataclass
class Network:
    """What the network does at the moment. ``answered`` counts good answers to writing requests that came through."""

    server: tuple[str, int]
    loss: float = 0.0
    lost_questions: float = 0.0
    down: bool = False
    rng: random.Random = field(default_factory=lambda: random.Random(11))
    lock: threading.Lock = field(default_factory=threading.Lock)
    carried: int = 0
    lost: int = 0
    answered: int = 0
    port: int = 0

    def fate(self) -> str:
        with self.lock:
            self.carried += 1
            if self.down or self.rng.random() < self.lost_questions:
                return "question"
            if self.rng.random() < self.loss:
                self.lost += 1
                return "answer"
            return ""


def handler(network: Network) -> type[BaseHTTPRequestHandler]:
    class Carrier(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            return

        def carry(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fate = network.fate()
            if fate == "question":
                self.hang_up()
                return
            status, headers, content = self.ask(body)
            if fate == "answer":
                self.hang_up()
                return
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in DROPPED | {"content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            if self.command != "GET" and status < 300:
                with network.lock:
                    network.answered += 1

        def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            line = HTTPConnection(*network.server, timeout=60)
            try:
                headers = {name: value for name, value in self.headers.items() if name.lower() not in DROPPED}
                line.request(self.command, self.path, body, headers)
                answer = line.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            finally:
                line.close()

        def hang_up(self) -> None:
            self.close_connection = True
            self.connection.close()

        do_GET = do_PUT = do_POST = carry  # noqa: N815

    return Carrier


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        return


@contextmanager
def network(server: tuple[str, int]) -> Iterator[Network]:
    """A network in front of ``server``; phones speak to its ``port``."""
    one = Network(server)
    house = Quiet(("127.0.0.1", 0), handler(one))
    one.port = house.server_port
    thread = threading.Thread(target=house.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield one
    finally:
        house.shutdown()
        house.server_close()
