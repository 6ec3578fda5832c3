"""One open duty board, as a browser holds it: shown its part by the live stream, asking when nothing is shown in time.

Job: hold the stream of one reader and note every count it shows, with the moment (``static/live.js``).
Never: measure.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field

from bench import lines
from bench.city import City
from bench.lines import Address, Line

GATHER_S, REST_TIMES, REST_MAX_S, SHOWN_S = 0.12, 3, 5.0, 3.0
"""As ``static/live.js`` has them."""
COUNT = re.compile(r"<b>([\d+]+)</b><span>今日上报".encode())
EVENT, SHOWN, ALONE = b"event: event.report", b"event: shown", b"event: alone"
LINE_MAX = 2**20
STREAM = "/api/v1/stream?show=board&language=zh"


@dataclass(slots=True)
class Board:
    """Whose it is, its cookie, and every count it showed with the moment (seconds, wall clock)."""

    township: str | None
    cookie: str
    shown: list[tuple[float, int]] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    """Seconds of each answer it had to ask for."""
    line: Line | None = None
    is_shown: bool = False
    is_busy: bool = False
    is_dirty: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    overdue: asyncio.TimerHandle | None = None

    async def follow(self, town: City, opened: asyncio.Semaphore) -> None:
        """Hold the live stream for ever, and note what it shows."""
        reader, writer = await asyncio.open_connection(town.config.host, town.config.stream_port, limit=LINE_MAX)
        writer.write(self.head(STREAM, "Accept: text/event-stream"))
        try:
            while text := await reader.readline():
                if text.startswith(b"retry:"):
                    opened.release()
                if text.startswith(SHOWN):
                    self._see(await reader.readline())
                if text.startswith(ALONE):
                    self._alone(town.address)
                if text.startswith(EVENT):
                    self._changed(town.address)
        finally:
            writer.close()

    def _see(self, part: bytes) -> None:
        self.is_shown = True
        self._wait_no_more()
        self.note(part)

    def _changed(self, address: Address) -> None:
        if not self.is_shown:
            self.refresh(address, GATHER_S)
        elif self.overdue is None:
            self.overdue = asyncio.get_running_loop().call_later(SHOWN_S, self._alone, address)

    def _alone(self, address: Address) -> None:
        self.is_shown = False
        self._wait_no_more()
        self.refresh(address, 0.0)

    def _wait_no_more(self) -> None:
        if self.overdue is not None:
            self.overdue.cancel()
        self.overdue = None

    def refresh(self, address: Address, after: float) -> None:
        """Ask after a moment; what comes meanwhile waits for the answer, and for a rest after it."""
        if self.is_busy:
            self.is_dirty = True
        elif not self.tasks:
            task = asyncio.get_running_loop().create_task(self._drawn(address, after))
            self.tasks.add(task)

    async def _drawn(self, address: Address, after: float) -> None:
        await asyncio.sleep(after)
        self.is_busy, self.is_dirty = True, False
        try:
            took = await self.draw(address)
        finally:
            self.is_busy = False
            self.tasks.clear()
        if self.is_dirty:
            self.refresh(address, min(REST_TIMES * took, REST_MAX_S))

    async def draw(self, address: Address, path: str = "/board/now") -> float:
        """Ask for the live part and note what it counts; return the seconds it took."""
        answer = await self.ask(address, self.head(path, "HX-Request: true"))
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}: {answer.body[:400].decode(errors='replace')}")
        self.note(answer.body)
        self.took.append(answer.seconds)
        return answer.seconds

    def note(self, part: bytes) -> None:
        """Note what a drawn part counts."""
        found = COUNT.search(part)
        if found is None:
            raise SystemExit(f"a board that counts nothing: {part[:400].decode(errors='replace')}")
        self.shown.append((time.time(), int(found[1])))

    async def ask(self, address: Address, request: bytes) -> lines.Answered:
        """Ask on the kept connection, or on a fresh one when the server closed it meanwhile."""
        if self.line is not None:
            with suppress(ConnectionResetError):
                return await self.line.ask(request)
        self.line = await lines.dial(address)
        return await self.line.ask(request)

    def head(self, path: str, more: str) -> bytes:
        """Return the bytes of a request of this reader."""
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self.cookie}\r\n{more}\r\n\r\n".encode()
