"""Requests that arrive while others are being written are written with those that wait (合批写入): one commit for all.

Job: seat callers, let the first of those who wait write for all of them, tell each its answer.
Never: know what is written. Whoever cannot be served with the others is told so, and goes alone.

Nobody waits for company: who finds nobody writing begins at once. Under load the groups grow by themselves, as the
groups of a database's log do (group commit).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

Asked = TypeVar("Asked")
Told = TypeVar("Told")


@dataclass(slots=True)
class Seat(Generic[Asked, Told]):
    """One who waits: what it asks, what it is told; ``leads`` when it is its turn to write."""

    asked: Asked
    told: Told | None = None
    leads: bool = False
    ready: threading.Event = field(default_factory=threading.Event)


class Gathering(Generic[Asked, Told]):
    """Callers of one kind; ``write`` serves any number of them and returns an answer, or None, for each.

    Groups form within one application: ``place`` says which that is.
    """

    def __init__(
        self, write: Callable[[Sequence[Asked]], Sequence[Told | None]], *, place: Callable[[], Any], most: int
    ) -> None:
        self._write, self._place, self._most = write, place, most
        self._turn = threading.Lock()
        self._waiting: WeakKeyDictionary[Any, deque[Seat[Asked, Told]]] = WeakKeyDictionary()

    def join(self, asked: Asked) -> Told | None:
        """Return the answer to ``asked``; None when it could not be served with the others."""
        seat: Seat[Asked, Told] = Seat(asked)
        place = self._place()
        with self._turn:
            waiting = self._waiting.get(place)
            if waiting is None:
                self._waiting[place] = deque()
                seat.leads = True
            else:
                waiting.append(seat)
        if not seat.leads:
            seat.ready.wait()
        if seat.leads:
            self._lead(place, seat)
        return seat.told

    def _lead(self, place: Any, seat: Seat[Asked, Told]) -> None:
        with self._turn:
            waiting = self._waiting[place]
            group = [seat, *(waiting.popleft() for _ in range(min(len(waiting), self._most - 1)))]
        try:
            for one, told in zip(group, self._write([one.asked for one in group]), strict=True):
                one.told = told
        finally:
            self._hand_over(place)
            for one in group[1:]:
                one.ready.set()

    def _hand_over(self, place: Any) -> None:
        """Let the first who came meanwhile write next."""
        with self._turn:
            waiting = self._waiting[place]
            if waiting:
                waiting[0].leads = True
                waiting.popleft().ready.set()
            else:
                del self._waiting[place]
