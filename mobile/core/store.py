"""The phone's store: one SQLite file, everything a worker saved in one durable transaction.

Job: tables, connections per thread, sealing of contents by the device's key.
Never: send anything, or keep a payload in clear where the device can seal it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

TABLES = """
create table if not exists kept(name text primary key, sealed blob not null) strict;
create table if not exists sendings(
  n integer primary key autoincrement,
  id text not null unique,
  person text not null,
  item_kind text not null, act text not null, item_id text not null,
  lane integer not null,
  method text not null, path text not null,
  waits_for text,
  state text not null default 'queued' check(state in ('queued', 'done', 'conflict', 'rejected', 'dropped')),
  tries integer not null default 0,
  made_at text not null, sent_at text,
  trouble text not null default '', advice text not null default '', code text not null default '',
  sealed blob not null,
  answer blob) strict;
create index if not exists sendings_open on sendings(state, lane, n);
create index if not exists sendings_of_item on sendings(item_id, n);
create table if not exists photos(
  sha256 text not null, item_kind text not null, item_id text not null,
  n integer not null,
  kind text not null, taken_at text not null, width integer not null, height integer not null, size integer not null,
  seconds real not null default 0,
  sending text not null,
  state text not null default 'queued' check(state in ('queued', 'done', 'rejected', 'dropped')),
  sent integer not null default 0,
  done_at text, trouble text not null default '',
  primary key(item_id, sha256)) strict;
create table if not exists drafts(
  id text primary key, kind text not null, act text not null, item_id text not null, sending text,
  refused integer not null default 0, made_at text not null, changed_at text not null, sealed blob not null) strict;
create table if not exists cards(
  kind text not null, id text not null, revision integer not null, state_type text not null,
  mine integer not null default 0, due_at text, moved_at text, seen_at text not null, etag text,
  sealed blob not null, primary key(kind, id)) strict;
create table if not exists notices(
  id text primary key, created_at text not null, is_read integer not null, told integer not null default 0,
  sealed blob not null) strict;
create table if not exists pages(name text primary key, etag text, told_at text not null, sealed blob not null) strict;
create table if not exists positions(at text primary key, sealed blob not null, sending text) strict;
create table if not exists used(name text primary key, n integer not null) strict;
"""
ADDED = (("photos", "seconds", "real not null default 0"),)
"""Columns that came after the first release: table, name, what it is."""
WIPED = ("kept", "sendings", "photos", "drafts", "cards", "notices", "pages", "positions", "used")
Row = sqlite3.Row


class Store:
    """The store in ``folder`` (``field.db``, ``photos/``). ``seal`` and ``unseal`` are the device's; plain: identity.

    Connections are one per thread; readers never wait for the writer (WAL), and a commit is on disk (synchronous=FULL).
    """

    def __init__(
        self,
        folder: Path,
        seal: Callable[[bytes], bytes] = bytes,
        unseal: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self.folder = folder
        self.photos = folder / "photos"
        self.photos.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.seal, self.unseal = seal, unseal
        self._local = threading.local()
        self._opened: dict[str, tuple[bytes, Any]] = {}
        self._db().executescript(TABLES)
        self._grow()

    def _grow(self) -> None:
        """Add the columns that a store of an earlier release lacks."""
        with self.writing() as db:
            for table, name, what in ADDED:
                if name not in {row["name"] for row in db.execute(f"pragma table_info({table})")}:
                    db.execute(f"alter table {table} add column {name} {what}")

    def _db(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "db", None)
        if found is None:
            found = sqlite3.connect(self.folder / "field.db", timeout=20, isolation_level=None)
            found.row_factory = sqlite3.Row
            for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "secure_delete=on"):
                found.execute(f"pragma {pragma}")
            self._local.db = found
        return found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on disk when the block ends, or none of it. A block inside a block joins it."""
        db = self._db()
        if db.in_transaction:
            yield db
            return
        db.execute("begin immediate")
        try:
            yield db
        except BaseException:
            db.execute("rollback")
            self._local.__dict__.pop("after", None)
            raise
        db.execute("commit")
        for work in self._local.__dict__.pop("after", ()):
            work()

    def after_commit(self, work: Callable[[], Any]) -> None:
        """Do ``work`` once what is being written is on disk: at once when nothing is."""
        if self._db().in_transaction:
            self._local.__dict__.setdefault("after", []).append(work)
        else:
            work()

    def rows(self, query: str, *values: Any) -> Sequence[Row]:
        """Return the rows of a query."""
        return self._db().execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> Row | None:
        """Return the first row of a query, or None."""
        found: Row | None = self._db().execute(query, values).fetchone()
        return found

    def write(self, statement: str, *values: Any) -> int:
        """Run one statement in a transaction and return how many rows it changed."""
        with self.writing() as db:
            return db.execute(statement, values).rowcount

    def pack(self, value: Any) -> bytes:
        """Return ``value`` as sealed JSON."""
        return self.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    def unpack(self, sealed: bytes) -> Any:
        """Return what ``pack`` was given."""
        return json.loads(self.unseal(sealed))

    def keep(self, name: str, value: Any) -> None:
        """Keep a single value under ``name``; None forgets it."""
        if value is None:
            self.write("delete from kept where name = ?", name)
            return
        self.write("insert or replace into kept(name, sealed) values (?, ?)", name, self.pack(value))

    def kept(self, name: str, default: Any = None) -> Any:
        """Return the value kept under ``name``; do not change it. It is unsealed once as long as it stays the same."""
        row = self.row("select sealed from kept where name = ?", name)
        if row is None:
            return default
        known = self._opened.get(name)
        if known is None or known[0] != row["sealed"]:
            known = self._opened[name] = (row["sealed"], self.unpack(row["sealed"]))
        return known[1]

    def changes(self) -> int:
        """Return a number that is another one after any other connection or process has committed."""
        return int(self._db().execute("pragma data_version").fetchone()[0])

    def close(self) -> None:
        """Close this thread's connection."""
        db: sqlite3.Connection | None = self._local.__dict__.pop("db", None)
        if db is not None:
            db.close()

    def wipe(self) -> None:
        """Erase every row and every photo: the phone was reported lost."""
        self._opened.clear()
        with self.writing() as db:
            for table in WIPED:
                db.execute(f"delete from {table}")  # noqa: S608
        self._db().execute("pragma wal_checkpoint(truncate)")
        with suppress(sqlite3.OperationalError):  # somebody reads just now; the rows are overwritten already
            self._db().execute("vacuum")
        for path in self.photos.iterdir():
            path.unlink(missing_ok=True)
