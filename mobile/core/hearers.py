"""Who wants to hear of changes (变更通知): screens register a function; whatever thread changed something calls it.

Job: hand topics to everybody registered once what changed is on disk; one that fails keeps the news from no other.
Never: know what a topic means.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)
Hearer = Callable[[frozenset[str]], Any]


class Hearers:
    """The functions registered."""

    def __init__(self, when: Callable[[Callable[[], Any]], None] = lambda work: work()) -> None:
        self._when = when
        self._lock = threading.Lock()
        self._all: list[Hearer] = []

    def add(self, fn: Hearer) -> Callable[[], None]:
        """Register ``fn``; the returned function takes it out again."""
        with self._lock:
            self._all.append(fn)
        return lambda: self._remove(fn)

    def _remove(self, fn: Hearer) -> None:
        with self._lock:
            if fn in self._all:
                self._all.remove(fn)

    def tell(self, *topics: str) -> None:
        """Call everybody with these topics: at once, or when the present transaction is on disk."""
        self._when(lambda: self._tell(topics))

    def _tell(self, topics: tuple[str, ...]) -> None:
        with self._lock:
            hearers = list(self._all)
        for fn in hearers:
            try:
                fn(frozenset(topics))
            except Exception:
                log.exception("a hearer failed")
