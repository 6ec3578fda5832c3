"""The switchboard of the live stream: each line is written once and handed to those who listen for its tags.

Job: keep the last lines for those who come back, know who listens for what, hand over.
Never: touch the database or the network, wait, or look at a client that a line does not concern: the cost of a line is
the number of its listeners. Nothing here gives way to another greenlet, so joining and missing nothing is one step.

A message of server-sent events is ``id`` (the place of the line in the chain of seals), ``event`` (the action) and
``data`` (the outline). A client that comes back with ``Last-Event-ID`` gets what it missed; one that was away too long,
or reads too slowly, gets ``reset`` instead and asks the API anew.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from server.counters import RESETS, SENT, STREAMS
from server.notices.outline import outline

KEPT = 2000
"""Lines kept for clients that come back."""
WAITING_MAX = 256
"""Messages that may wait for one client."""
RETRY = b"retry: 3000\n"
"""Milliseconds after which a client comes back by itself."""

Listens = Mapping[str, frozenset[str]]
"""Kind of item → tags."""


@dataclass(frozen=True, slots=True)
class Message:
    """A line as it is sent, and by what its listeners are found."""

    n: int
    kind: str
    action: str
    tags: tuple[str, ...]
    data: bytes

    @classmethod
    def of(cls, row: Any) -> Message:
        """Return the message about a sealed line."""
        data = orjson.dumps(outline(row))
        text = b"id: %d\nevent: %b\ndata: %b\n\n" % (row.n, row.action.encode(), data)
        return cls(row.n, row.item_kind or "", row.action, tuple(row.audience), text)


def event(n: int, name: str, data: bytes = b"{}") -> bytes:
    """Return a message of the stream about itself."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (n, name.encode(), data)


class Client:
    """One open stream: what it listens for and what waits to be sent. ``wake`` is called when there is something."""

    __slots__ = ("closing", "drawn", "listens", "owner", "stuck_since", "waiting", "wake")

    def __init__(self, owner: Any, listens: Listens, wake: Callable[[], None]) -> None:
        self.owner = owner
        self.listens = listens
        self.wake = wake
        self.waiting: deque[bytes] = deque()
        self.drawn = b""
        self.closing = False
        self.stuck_since: float | None = None

    def put(self, data: bytes) -> bool:
        """Have ``data`` sent; False when too much waits already."""
        if len(self.waiting) >= WAITING_MAX:
            return False
        self.waiting.append(data)
        self.wake()
        return True

    def show(self, data: bytes) -> None:
        """Have a drawn part sent; one that waits still is old by now."""
        self.drawn = data
        self.wake()

    @property
    def is_owed(self) -> bool:
        """Tell whether anything waits to be sent."""
        return bool(self.waiting or self.drawn)

    def take(self) -> bytes:
        """Return everything that waits, as one piece."""
        data = b"".join((*self.waiting, self.drawn))
        self.waiting.clear()
        self.drawn = b""
        self.stuck_since = None
        return data

    def end(self, last_words: bytes) -> None:
        """Have the stream closed after ``last_words``."""
        self.waiting.append(last_words)
        self.closing = True
        self.wake()


class Hub:
    """All open streams of this process."""

    def __init__(self, kept: int = KEPT) -> None:
        self.last = 0
        self.fed_at = 0.0
        self.clients: set[Client] = set()
        self.notice: Callable[[Message, set[Client]], None] = lambda *_: None
        """Told of each line and who heard it."""
        self._kept: deque[Message] = deque(maxlen=kept)
        self._listening: defaultdict[tuple[str, str], set[Client]] = defaultdict(set)

    def publish(self, row: Any) -> int:
        """Hand a sealed line to those who listen for it and return how many; ``row`` must be the next one."""
        message = Message.of(row)
        self.last = message.n
        self._kept.append(message)
        heard: set[Client] = set().union(*(self._listening.get((message.kind, tag), ()) for tag in message.tags))
        for client in heard:
            if not client.put(message.data):
                self._reset(client)
        self.notice(message, heard)
        SENT.inc(len(heard))
        return len(heard)

    def _reset(self, client: Client) -> None:
        """Drop what a slow client has not read; it must ask the API anew."""
        RESETS.inc()
        client.waiting.clear()
        client.put(event(self.last, "reset"))

    def join(self, client: Client, after: int | None) -> None:
        """Let ``client`` listen from now on, and first hear what it missed behind line ``after`` (None: nothing)."""
        client.put(RETRY + b"id: %d\n\n" % (self.last if after is None else min(after, self.last)))
        if after is not None and not self._catch_up(client, after):
            self._reset(client)
        self.clients.add(client)
        STREAMS.set(len(self.clients))
        self._listen(client, client.listens)

    def _catch_up(self, client: Client, after: int) -> bool:
        """Put the kept lines behind ``after`` that concern ``client``; False when some are gone or too many."""
        oldest = self._kept[0].n if self._kept else self.last + 1
        if not oldest - 1 <= after <= self.last:
            return False
        missed = (message for message in self._kept if message.n > after)
        return all(client.put(message.data) for message in missed if concerns(message, client.listens))

    def leave(self, client: Client) -> None:
        """Forget ``client``."""
        self.clients.discard(client)
        STREAMS.set(len(self.clients))
        self._forget(client)

    def relisten(self, client: Client, listens: Listens) -> None:
        """Let ``client`` listen for something else from now on: its rights have changed."""
        self._forget(client)
        client.listens = listens
        self._listen(client, listens)

    def _listen(self, client: Client, listens: Listens) -> None:
        for key in _keys(listens):
            self._listening[key].add(client)

    def _forget(self, client: Client) -> None:
        for key in _keys(client.listens):
            self._listening[key].discard(client)
            if not self._listening[key]:
                del self._listening[key]


def concerns(message: Message, listens: Listens) -> bool:
    """Tell whether somebody who ``listens`` hears ``message``."""
    return not listens.get(message.kind, frozenset()).isdisjoint(message.tags)


def _keys(listens: Listens) -> Iterator[tuple[str, str]]:
    return ((kind, tag) for kind, tags in listens.items() for tag in tags)
