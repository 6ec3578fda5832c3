"""Answers kept for reading without a network (缓存): one sealed body per name, with its ETag and when it was told.

Job: keep, give back, remember what is in memory already.
Never: fetch.
"""

from __future__ import annotations

from typing import Any

from mobile.core.clock import Clock
from mobile.core.store import Store


class Pages:
    """Named answers of the server."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._read: dict[str, tuple[str, Any]] = {}

    def body(self, name: str, default: Any = None) -> Any:
        """Return the body kept under ``name``."""
        row = self._store.row("select told_at from pages where name = ?", name)
        if row is None:
            return default
        known = self._read.get(name)
        if known is None or known[0] != row["told_at"]:
            full = self._store.row("select told_at, sealed from pages where name = ?", name)
            if full is None:
                return default
            known = self._read[name] = (full["told_at"], self._store.unpack(full["sealed"]))
        return known[1]

    def etag(self, name: str) -> str | None:
        """Return the ETag to ask with."""
        row = self._store.row("select etag from pages where name = ?", name)
        return row["etag"] if row else None

    def told_at(self, name: str) -> str | None:
        """Return when the server last told it (ISO)."""
        row = self._store.row("select told_at from pages where name = ?", name)
        return row["told_at"] if row else None

    def keep(self, name: str, body: Any, etag: str | None) -> None:
        """Keep a fresh body."""
        values = (name, etag, self._clock.iso(), self._store.pack(body))
        self._store.write("insert or replace into pages(name, etag, told_at, sealed) values (?, ?, ?, ?)", *values)

    def touch(self, name: str) -> None:
        """Note that the server says nothing has changed."""
        before, now = self.told_at(name), self._clock.iso()
        self._store.write("update pages set told_at = ? where name = ?", now, name)
        known = self._read.get(name)
        if known is not None and known[0] == before:  # else memory holds an older body than the store
            self._read[name] = (now, known[1])

    def forget(self) -> None:
        """Forget everything: another person uses the phone now."""
        self._read.clear()
        self._store.write("delete from pages")
