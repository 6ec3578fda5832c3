"""The live stream (实时推送) while the app is seen: what happened is told at once, what it says is fetched.

Job: hold one connection open, resume after the last line, turn each line into wants of the courier.
Never: run in the back without a shift; believe a line's content: it has none.
"""

from __future__ import annotations

import contextlib
import json
import random
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mobile.core.field import Field

PATH = "/api/v1/stream"
LAST = "Last-Event-ID"
TIMEOUT = (6.0, 40.0)
"""Seconds to connect, and of silence: the server beats every 15 s."""
RETRY_S = (3.0, 60.0)
GATHER_S = 0.3
"""Seconds in which further lines gather before they are fetched."""


class Stream:
    """The stream's own thread."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._answer: Any = None
        self._last = ""
        self.is_live = False

    def start(self) -> None:
        """Follow the stream from now on."""
        if self._thread is None or self._stop.is_set() or not self._thread.is_alive():
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._stop,), daemon=True, name="stream")
            self._thread.start()

    def stop(self) -> None:
        """Let the connection go."""
        self._stop.set()
        answer, self._answer = self._answer, None
        if answer is not None:
            # closing would wait for the reader, and that for the next beat: end the connection under it
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                answer.raw.shutdown()

    def _run(self, stop: threading.Event) -> None:
        import requests

        pause = RETRY_S[0]
        while not stop.is_set():
            try:
                if self._field.account.token and self._follow(requests.Session(), stop):
                    pause = RETRY_S[0]
            except (requests.RequestException, OSError, AttributeError, ValueError):
                pass  # a connection that ends is the ordinary end of a stream; closed from outside it ends oddly
            if stop is self._stop:
                self.is_live = False
            stop.wait(pause * random.uniform(0.5, 1.0))
            pause = min(RETRY_S[1], pause * 2)
        self._field.store.close()
        self._field.device.leave_thread()

    def _follow(self, session: Any, stop: threading.Event) -> bool:
        """Read lines until the connection ends; tell whether there was one."""
        client = self._field.client
        how: dict[str, Any] = {"stream": True, "timeout": TIMEOUT, "allow_redirects": False, "verify": client.verify}
        resume = {LAST: self._last} if self._last else {}
        answer = session.get(client.base + PATH, headers=client.headers() | resume, **how)
        if answer.status_code == 307:
            answer = session.get(answer.headers["Location"], headers=resume, **how)  # a ticket, never the token
        if answer.status_code != 200 or "event-stream" not in answer.headers.get("Content-Type", ""):
            answer.close()
            return False
        self._answer, self.is_live = answer, True
        self._field.courier.want("refresh")
        with answer:
            if stop.is_set():
                return False
            self._read(answer.iter_lines(chunk_size=1, decode_unicode=True), stop)
        return True

    def _read(self, lines: Iterable[Any], stop: threading.Event) -> None:
        event: dict[str, str] = {}
        for line in lines:
            if stop.is_set():
                return
            if line:
                name, _, value = str(line).partition(": ")
                event[name] = value
            else:
                self._heard(event)
                event = {}

    def _heard(self, event: dict[str, str]) -> None:
        self._last = event.get("id") or self._last
        courier, name = self._field.courier, event.get("event")
        if name is None:
            return
        if name in ("reset", "end"):
            courier.want("refresh")
            return
        told = json.loads(event.get("data") or "{}")
        if told.get("kind") and told.get("id") and self._field.cards.known(told["kind"], told["id"])[0] >= 0:
            courier.want(f"card:{told['kind']}:{told['id']}")
        self._stop.wait(GATHER_S)
        courier.want("inbox")
        courier.want("worklist")
