"""Who wants to hear of changes (变更通知): screens register a function; whatever thread changed something calls it.

Job: hand topics to everybody registered; one that fails does not keep the news from the others.
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

    def __init__(self) -> None:
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
        """Call everybody with these topics."""
        with self._lock:
            hearers = list(self._all)
        for fn in hearers:
            try:
                fn(frozenset(topics))
            except Exception:
                log.exception("a hearer failed")
