"""One answer for all who ask the same at the same time (同问同答): fifty boards do not cost fifty times.

Job: let one reader's thread work out an answer while the others wait for it; whoever asks gets an answer begun after
they asked, never an older one.
Never: keep an answer, or share one between readers who may see different things.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

PATIENCE_S = 10.0
"""How long one waits for another's answer before working it out alone."""


@dataclass(slots=True)
class _Turn:
    done: threading.Event = field(default_factory=threading.Event)
    answer: str | None = None


class Together:
    """Turns of answers by key: one is being worked out, one more may wait to begin with everybody who asked since."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Hashable, _Turn] = {}
        self._next: dict[Hashable, _Turn] = {}

    def answer(self, key: Hashable, make: Callable[[], str], *, aside: Callable[[], None]) -> str:
        """Return what ``make`` gives, worked out once for all who ask for ``key`` meanwhile.

        ``aside`` is called before waiting, to give back what one holds. What ``make`` raises, its own asker gets; the
        others work it out alone.
        """
        turn, before, is_mine = self._join(key)
        aside()
        if not is_mine:
            turn.done.wait(PATIENCE_S)
            return make() if turn.answer is None else turn.answer
        if before:
            before.done.wait(PATIENCE_S)
        with self._lock:
            self._running[key] = self._next.pop(key)
        try:
            turn.answer = make()
        finally:
            with self._lock:
                if self._running.get(key) is turn:
                    del self._running[key]
            turn.done.set()
        return turn.answer

    def _join(self, key: Hashable) -> tuple[_Turn, _Turn | None, bool]:
        """Return the turn that begins next, the one that must end before, and whether the asker works it out."""
        with self._lock:
            waiting = self._next.get(key)
            if waiting:
                return waiting, None, False
            self._next[key] = turn = _Turn()
            return turn, self._running.get(key), True
