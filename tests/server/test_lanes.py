"""Two lanes: however many outboxes of phones wait, who waits at a desk is served beside them."""

from __future__ import annotations

import selectors
import socket
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing
from types import SimpleNamespace
from typing import Any

import pytest

from server.lanes import Lanes, Worker

OUTBOX = b"POST /api/v1/sync HTTP/1.1\r\n"
PAGE = b"GET /township HTTP/1.1\r\n"
OWN_ACT = b"POST /api/v1/events/1/file HTTP/1.1\r\n"


class Callers:
    """Connections on which callers said something."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack

    def say(self, words: bytes) -> Any:
        """Return the server's end of a connection on which ``words`` came in."""
        near, far = socket.socketpair()
        for end in (near, far):
            self.stack.enter_context(closing(end))
        far.sendall(words)
        return SimpleNamespace(sock=near, initialized=False, data_ready=False, timeout=None, far=far)


@pytest.fixture
def callers() -> Iterator[Callers]:
    with ExitStack() as stack:
        yield Callers(stack)


def test_a_page_and_an_own_act_do_not_wait_behind_the_outboxes_of_phones(callers: Callers) -> None:
    lanes, gate = Lanes(threads=1), threading.Event()
    phones = [lanes.submit(lambda *_: gate.wait(), callers.say(OUTBOX)) for _ in range(20)]
    for words in (PAGE, OWN_ACT):
        assert lanes.submit(lambda conn, _: conn.sock.recv(100), callers.say(words)).result(60) == words
    assert not any(phone.done() for phone in phones)
    gate.set()
    assert all(phone.result(60) for phone in phones)
    lanes.shutdown()


def test_outboxes_do_not_wait_behind_pages_either(callers: Callers) -> None:
    lanes, gate = Lanes(threads=1), threading.Event()
    page = lanes.submit(lambda *_: gate.wait(), callers.say(PAGE))
    assert lanes.submit(lambda conn, _: conn.sock.recv(100), callers.say(OUTBOX)).result(60) == OUTBOX
    assert not page.done()
    gate.set()
    lanes.shutdown()


def test_who_says_nothing_yet_holds_no_thread_and_is_seated_when_it_speaks(callers: Callers) -> None:
    worker: Any = object.__new__(Worker)
    seated: list[Any] = []
    worker.cfg, worker.pending_conns, worker.poller = SimpleNamespace(keepalive=2), deque(), selectors.DefaultSelector()
    worker.method_queue = SimpleNamespace(defer=lambda *_: None)
    worker.tpool = SimpleNamespace(submit=lambda handle, conn: seated.append(conn) or Future())
    silent = callers.say(b"")
    worker.enqueue_req(silent)
    assert seated == []
    silent.far.sendall(OUTBOX)
    worker.wait_for_and_dispatch_events(60)
    assert seated == [silent]
    assert not worker.pending_conns
    worker.poller.close()
