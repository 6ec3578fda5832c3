"""Two lanes in a web process (两条通道): who waits at a desk never stands behind the outboxes of a thousand phones.

Job: gunicorn's threaded worker, which looks at the first line of what came in and seats it in the lane it belongs to.
Never: know a route's work, or hold a thread for a caller who says nothing yet.

A phone's outbox is patient: it goes on by itself and nobody looks at it meanwhile. A page, a board and a person's own
act are awaited. Either lane has its threads, so neither starves the other.
"""

from __future__ import annotations

import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from select import POLLIN, poll
from selectors import EVENT_READ
from socket import MSG_DONTWAIT, MSG_PEEK
from typing import Any

from gunicorn.workers.gthread import DEFAULT_WORKER_DATA_TIMEOUT, TConn, ThreadWorker

PATIENT = (b"POST /api/v1/sync ",)
"""How a patient request begins."""
SEEN = max(map(len, PATIENT))
LINGER_MS = 1
"""For how long a thread waits for the next request of a connection, when nobody waits for the thread."""


def first_bytes(conn: TConn) -> bytes | None:
    """Return how what came in begins, without taking it; None when nothing has come yet, b"" when the caller left."""
    try:
        return bytes(conn.sock.recv(SEEN, MSG_PEEK | MSG_DONTWAIT))
    except BlockingIOError:
        return None
    except OSError:
        return b""


def follows(conn: TConn) -> bool:
    """Tell whether the next request of a connection comes at once."""
    ear = poll()
    ear.register(conn.sock, POLLIN)
    return bool(ear.poll(LINGER_MS))


class Lane(ThreadPoolExecutor):
    """The threads for requests of one sort."""

    @property
    def is_free(self) -> bool:
        """Tell whether nobody waits for a thread."""
        return self._work_queue.empty()


class Lanes(Executor):
    """The threads of a process: one lane for the awaited, one for the patient."""

    def __init__(self, threads: int) -> None:
        self.awaited, self.patient = Lane(threads, "awaited"), Lane(threads, "patient")

    def of(self, conn: TConn) -> Lane:
        """Return the lane for what came in on ``conn``."""
        return self.patient if (first_bytes(conn) or b"").startswith(PATIENT) else self.awaited

    def submit(self, handle: Any, conn: TConn) -> Future[Any]:  # type: ignore[override]
        """Have ``conn`` handled in its lane."""
        lane = self.of(conn)
        return lane.submit(handle, conn, lane)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more."""
        for lane in (self.awaited, self.patient):
            lane.shutdown(wait, cancel_futures=cancel_futures)


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's ``gthread`` with two lanes."""

    tpool: Lanes

    def get_thread_pool(self) -> Lanes:
        """Called by gunicorn once in each process."""
        return Lanes(self.cfg.threads)

    def handle(self, conn: TConn, lane: Lane) -> Any:
        """Answer a request and, while nobody waits for the thread, those that follow at once on the same connection.

        A map asks for a dozen tiles, a phone sends batch after batch: the way back to the poller and to another thread
        would cost a third of a small answer.
        """
        goes_on = super().handle(conn)
        while goes_on is True and self.alive and lane.is_free and follows(conn) and self.tpool.of(conn) is lane:
            goes_on = super().handle(conn)
        return goes_on

    def enqueue_req(self, conn: TConn) -> None:
        """Seat what has come in; who says nothing yet waits with the poller, as gunicorn lets the slow wait."""
        if conn.initialized or conn.data_ready or first_bytes(conn) is not None:
            super().enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + DEFAULT_WORKER_DATA_TIMEOUT + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))
