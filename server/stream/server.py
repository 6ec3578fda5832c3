"""The process of the live stream: greenlets that feed, guard and serve.

Job: admit clients, send what waits for them, end them.
Never: decide who hears what (``hub`` and ``guard`` do).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator

import gevent
from flask import Flask
from gevent.event import Event

from server.access import Actor
from server.stream.feed import feed
from server.stream.guard import listens_for, watch
from server.stream.hub import Client, Hub

BEAT_EVERY = 15.0
"""Seconds of silence after which a beat is sent: proxies keep the line open, and the client's place moves on."""
START_WITHIN = 5.0
"""Seconds a client is kept waiting while the last lines are read at the start."""
PER_TOKEN = 8
"""Streams that one token may keep open; one more ends the oldest."""


class Listener(Client):
    """A client and the greenlet that sends to it."""

    __slots__ = ("awake", "greenlet")

    def __init__(self, owner: Actor) -> None:
        self.awake = Event()
        self.greenlet: gevent.Greenlet | None = None
        super().__init__(owner, listens_for(owner), self.awake.set)


class Server:
    """Everything that runs in the stream's process."""

    def __init__(self, app: Flask) -> None:
        self.hub = Hub()
        self.ready = Event()
        self.of_token: defaultdict[bytes | None, deque[Listener]] = defaultdict(deque)
        gevent.spawn(feed, app, self.hub, self.ready.set)
        gevent.spawn(watch, app, self.hub, cut)

    def is_ready(self) -> bool:
        """Tell whether the last lines are known; waits a moment for them."""
        return bool(self.ready.wait(START_WITHIN))

    def serve(self, client: Listener, after: int | None) -> Iterator[bytes]:
        """Yield what ``client`` is to be sent, from the first word to the last; ``after`` is the last line it knows."""
        client.greenlet = gevent.getcurrent()
        mine = self.of_token[client.owner.token_hash]
        mine.append(client)
        if len(mine) > PER_TOKEN:
            mine[0].end(b"")
        self.hub.join(client, after)
        try:
            yield from self._flow(client)
        finally:
            self.hub.leave(client)
            mine.remove(client)
            if not mine:
                del self.of_token[client.owner.token_hash]

    def _flow(self, client: Listener) -> Iterator[bytes]:
        while True:
            if client.waiting:
                yield client.take()
            elif client.closing:
                return
            else:
                client.awake.clear()
                if not client.awake.wait(BEAT_EVERY) and not client.waiting:
                    yield b": beat\nid: %d\n\n" % self.hub.last


def cut(client: Client) -> None:
    """End a stream whose client takes nothing any more."""
    if isinstance(client, Listener) and client.greenlet is not None:
        client.greenlet.kill(block=False)
