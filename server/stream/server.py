"""The process of the live stream: greenlets that feed, guard and serve.

Job: admit clients, send what waits for them, end them.
Never: decide who hears what (``hub`` and ``guard`` do) or sees what (``shown``).
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import Any

import gevent
from flask import Flask
from gevent.event import Event

from server.access import Actor
from server.stream.feed import feed
from server.stream.guard import listens_for, watch
from server.stream.hub import Client, Hub
from server.stream.shown import Part, Shown

BEAT_EVERY = 15.0
"""Seconds of silence after which a beat is sent: proxies keep the line open, and the client's place moves on."""
START_WITHIN = 5.0
"""Seconds a client is kept waiting while the last lines are read at the start."""
FED_WITHIN = 15.0
"""Seconds without a look at the journal after which the process no longer counts as ready."""
PER_TOKEN = 8
"""Streams that one token may keep open; one more ends the oldest."""


class Listener(Client):
    """A client and the greenlet that sends to it.

    While the greenlet waits and nothing is on the way, a message goes straight into the socket's buffer, without waking
    anybody: that makes a line for thousands several times faster. What the buffer does not take is the greenlet's work.
    ``socket`` is the connection where the server of the process lends it (gunicorn), ``chunked`` how bytes are framed.
    """

    __slots__ = ("awake", "chunked", "greenlet", "idle", "rest", "socket")

    def __init__(self, owner: Actor, socket: Any = None, *, chunked: bool = True) -> None:
        self.awake = Event()
        self.greenlet: gevent.Greenlet | None = None
        self.socket, self.chunked = socket, chunked
        self.idle = False
        self.rest = b""
        super().__init__(owner, listens_for(owner), self.awake.set)

    def put(self, data: bytes) -> bool:
        """Send ``data`` at once if that is possible without waiting, else have it sent; False when too much waits."""
        if not self.idle:
            return super().put(data)
        framed = b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data
        try:
            sent = self.socket.send(framed, 0, 0.0)
        except OSError:
            sent = 0
        if sent < len(framed):
            self.rest, self.idle = framed[sent:], False
            self.awake.set()
        return True

    def wait(self, seconds: float) -> None:
        """Wait until something has to be sent by the greenlet, at most ``seconds``."""
        self.awake.clear()
        self.idle = self.socket is not None
        try:
            self.awake.wait(seconds)
        finally:
            self.idle = False
        if self.rest:
            rest, self.rest = self.rest, b""
            self.socket.sendall(rest)


class Server:
    """Everything that runs in the stream's process."""

    def __init__(self, app: Flask, parts: Mapping[str, Part]) -> None:
        self.hub = Hub()
        self.shown = Shown(app, self.hub, parts)
        self.ready = Event()
        self.of_token: defaultdict[bytes | None, deque[Listener]] = defaultdict(deque)
        gevent.spawn(feed, app, self.hub, self.ready.set)
        gevent.spawn(watch, app, self.hub, cut)
        gevent.spawn(self.shown.run)

    def is_ready(self) -> bool:
        """Tell whether the last lines are known; waits a moment for them."""
        return bool(self.ready.wait(START_WITHIN))

    def is_fed(self) -> bool:
        """Tell whether the journal was read a moment ago."""
        return self.ready.is_set() and time.monotonic() - self.hub.fed_at < FED_WITHIN

    def serve(
        self, client: Listener, after: int | None, part: str | None = None, language: str = ""
    ) -> Iterator[bytes]:
        """Yield what ``client`` is to be sent, from the first word to the last; ``after`` is the last line it knows.

        ``part``: what it looks at, shown whenever it has changed.
        """
        client.greenlet = gevent.getcurrent()
        mine = self.of_token[client.owner.token_hash]
        mine.append(client)
        if len(mine) > PER_TOKEN:
            mine[0].end(b"")
        self.hub.join(client, after)
        if part:
            self.shown.join(client, part, language)
        try:
            yield from self._flow(client)
        finally:
            self.shown.leave(client)
            self.hub.leave(client)
            mine.remove(client)
            if not mine:
                del self.of_token[client.owner.token_hash]

    def _flow(self, client: Listener) -> Iterator[bytes]:
        while True:
            if client.is_owed:
                yield client.take()
            elif client.closing:
                return
            else:
                client.wait(BEAT_EVERY)
                if not client.is_owed and not client.awake.is_set():
                    yield b": beat\nid: %d\n\n" % self.hub.last


def cut(client: Client) -> None:
    """End a stream whose client takes nothing any more."""
    if isinstance(client, Listener) and client.greenlet is not None:
        client.greenlet.kill(block=False)
