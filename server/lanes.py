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
from selectors import EVENT_READ
from socket import MSG_DONTWAIT, MSG_PEEK
from typing import Any

from gunicorn.workers.gthread import DEFAULT_WORKER_DATA_TIMEOUT, TConn, ThreadWorker

PATIENT = (b"POST /api/v1/sync ",)
"""How a patient request begins."""
SEEN = max(map(len, PATIENT))


def first_bytes(conn: TConn) -> bytes | None:
    """Return how what came in begins, without taking it; None when nothing has come yet, b"" when the caller left."""
    try:
        return bytes(conn.sock.recv(SEEN, MSG_PEEK | MSG_DONTWAIT))
    except BlockingIOError:
        return None
    except OSError:
        return b""


class Lanes(Executor):
    """The threads of a process: one lane for the awaited, one for the patient."""

    def __init__(self, threads: int) -> None:
        self.awaited = ThreadPoolExecutor(threads, "awaited")
        self.patient = ThreadPoolExecutor(threads, "patient")

    def submit(self, handle: Any, conn: TConn) -> Future[Any]:  # type: ignore[override]
        """Have ``conn`` handled in its lane."""
        lane = self.patient if (first_bytes(conn) or b"").startswith(PATIENT) else self.awaited
        return lane.submit(handle, conn)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take nothing more."""
        for lane in (self.awaited, self.patient):
            lane.shutdown(wait, cancel_futures=cancel_futures)


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's ``gthread`` with two lanes."""

    def get_thread_pool(self) -> Lanes:
        """Called by gunicorn once in each process."""
        return Lanes(self.cfg.threads)

    def enqueue_req(self, conn: TConn) -> None:
        """Seat what has come in; who says nothing yet waits with the poller, as gunicorn lets the slow wait."""
        if conn.initialized or conn.data_ready or first_bytes(conn) is not None:
            super().enqueue_req(conn)
            return
        conn.timeout = time.monotonic() + DEFAULT_WORKER_DATA_TIMEOUT + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))
