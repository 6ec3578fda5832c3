"""Cheap lines to a server: many keep-alive connections in one process, each asking, reading and asking again.

Job: say HTTP/1.1 with as little work as can be, so that the measurement measures the server.
Never: interpret an answer, or wait between two questions unless told to.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Answered:
    """Status and body of one answer, and the seconds it took."""

    status: int
    body: bytes
    seconds: float


class Line(asyncio.Protocol):
    """One connection; one question at a time."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._heard = bytearray()
        self._awaited: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: Any) -> None:
        """Keep the way out."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Collect; a whole answer wakes whoever asked."""
        self._heard += data
        head = self._heard.find(END_OF_HEAD)
        if head < 0:
            return
        start = self._heard.lower().find(LENGTH, 0, head) + len(LENGTH)
        end = head + len(END_OF_HEAD) + int(self._heard[start : self._heard.find(b"\r\n", start)])
        if len(self._heard) >= end and self._awaited and not self._awaited.done():
            self._awaited.set_result((int(self._heard[9:12]), bytes(self._heard[head + len(END_OF_HEAD) : end])))
            del self._heard[:end]

    def connection_lost(self, problem: Exception | None) -> None:
        """Tell whoever asked."""
        if self._awaited and not self._awaited.done():
            self._awaited.set_exception(ConnectionResetError(str(problem or "closed")))

    async def ask(self, request: bytes) -> Answered:
        """Send one request and return its answer; raises ConnectionResetError when there is none."""
        if self._transport.is_closing():
            raise ConnectionResetError("closed")
        self._awaited = asyncio.get_running_loop().create_future()
        start = time.perf_counter()
        self._transport.write(request)
        status, body = await self._awaited
        return Answered(status, body, time.perf_counter() - start)

    def say(self, request: bytes) -> None:
        """Send one request and care for no answer."""
        self._transport.write(request)

    def hang_up(self) -> None:
        """Close."""
        self._transport.close()


def allow_files(count: int) -> None:
    """Let this process and its children hold `count` connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 1000
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))


async def dial(address: Address) -> Line:
    """Return an open connection."""
    _, line = await asyncio.get_running_loop().create_connection(Line, *address)
    return line


def request(method: str, path: str, token: str, body: Any) -> bytes:
    """Return the bytes of one request with a JSON body."""
    content = orjson.dumps(body)
    head = (
        f"{method} /api/v1{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@dataclass(slots=True)
class Tally:
    """What came of a drive: every answer, and how long it took altogether."""

    seconds: float = 0.0
    answers: list[Answered] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Return the answer time that `share` of the answers did not exceed, in milliseconds."""
        times = sorted(answer.seconds for answer in self.answers)
        return 1000 * times[min(len(times) - 1, int(share * len(times)))]


def drive(address: Address, requests: Iterable[bytes], lines: int) -> Tally:
    """Send `requests` over `lines` connections, each sending the next as soon as it has its answer."""
    return asyncio.run(_drive(address, requests, lines))


async def _drive(address: Address, requests: Iterable[bytes], lines: int) -> Tally:
    left, tally = iter(requests), Tally()

    async def talk(line: Line) -> None:
        for one in left:
            tally.answers.append(await line.ask(one))
        line.hang_up()

    open_lines: Sequence[Line] = [await dial(address) for _ in range(lines)]
    start = time.perf_counter()
    await asyncio.gather(*map(talk, open_lines))
    tally.seconds = time.perf_counter() - start
    return tally
