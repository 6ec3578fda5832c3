"""Messages (消息) on the phone: what the person was told, page by page from a cursor, read marks sent later.

Job: keep, show, mark; say which are new and alarming.
Never: decide who is told what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mobile.core.hearers import Hearers
from mobile.core.outbox import LATER, Outbox, Request
from mobile.core.shapes import Inbox, Notice
from mobile.core.store import Row, Store

CURSOR = "inbox.cursor"
SHOWN = 200
ALARMING = timedelta(hours=2)
"""How long an unread alarm is told loudly."""
KEPT_MAX = 1000


class Messages:
    """The inbox in the store."""

    def __init__(self, store: Store, outbox: Outbox, hearers: Hearers) -> None:
        self._store, self._outbox, self._hearers = store, outbox, hearers

    @property
    def cursor(self) -> str:
        """Return the place to go on from."""
        row = self._store.row("select told_at from pages where name = ?", CURSOR)
        return row["told_at"] if row else "0"

    def keep(self, items: Sequence[Mapping[str, Any]], cursor: str) -> list[Notice]:
        """Keep a page with its cursor in one transaction; return those that are new here and unread."""
        known = {row["id"] for row in self._store.rows("select id from notices")}
        fresh = [one for one in items if one["id"] not in known]
        with self._store.writing() as db:
            db.executemany(
                "insert into notices(id, created_at, is_read, sealed) values (?, ?, ?, ?) on conflict(id) do update set"
                " is_read = max(is_read, excluded.is_read), sealed = excluded.sealed",
                [(one["id"], one["created_at"], int(bool(one["read_at"])), self._store.pack(one)) for one in items],
            )
            db.execute(
                "insert or replace into pages(name, etag, told_at, sealed) values (?, null, ?, ?)",
                (CURSOR, cursor, self._store.pack(None)),
            )
            db.execute(
                "delete from notices where id in (select id from notices order by created_at desc limit -1 offset ?)",
                (KEPT_MAX,),
            )
        if items:
            self._hearers.tell("inbox")
        return [_notice(one, read=False) for one in fresh if not one["read_at"]]

    def view(self) -> Inbox:
        """Return the messages, newest first."""
        rows = self._store.rows("select * from notices order by created_at desc limit ?", SHOWN)
        unread = self._store.row("select count(*) as n from notices where is_read = 0")
        return Inbox(tuple(self._read(row) for row in rows), unread["n"] if unread else 0)

    def alarms(self, now: datetime) -> list[Notice]:
        """Return the unread alarms that are still fresh, newest first."""
        since = now - ALARMING
        unread = [self._read(row) for row in self._store.rows("select * from notices where is_read = 0")]
        found = [one for one in unread if one.severity == "alarm" and datetime.fromisoformat(one.created_at) >= since]
        return sorted(found, key=lambda one: one.created_at, reverse=True)

    def _read(self, row: Row) -> Notice:
        return _notice(self._store.unpack(row["sealed"]), read=bool(row["is_read"]))

    def mark_read(self, ids: Sequence[str]) -> None:
        """Mark as read here, and on the server when there is a network."""
        with self._store.writing() as db:
            changed = [
                id
                for id in ids
                if db.execute("update notices set is_read = 1 where id = ? and is_read = 0", (id,)).rowcount
            ]
            if changed:
                words = "标为已读"
                self._outbox.put(
                    Request("inbox", "read", words, "inbox", "POST", "/inbox/read", {"ids": changed}, words, lane=LATER)
                )
        if changed:
            self._hearers.tell("inbox")

    def put_aside(self, id: str, reason_code: str, at: str, *, is_answered: bool) -> None:
        """Send why an alarm was put aside (``at``: the true moment); an answered one is read here at once."""
        words = "警报放一放"
        body = {"id": id, "reason_code": reason_code, "captured_at": at}
        with self._store.writing() as db:
            if is_answered:
                db.execute("update notices set is_read = 1 where id = ?", (id,))
            self._outbox.put(Request("inbox", "put_aside", words, "inbox", "POST", "/inbox/aside", body, words))
        self._hearers.tell("inbox")


def _notice(told: Mapping[str, Any], *, read: bool) -> Notice:
    item = told["item"]
    return Notice(
        id=told["id"],
        kind=told["kind"],
        severity=told["severity"],
        title=told["title"],
        body=told["body"],
        item=(item["kind"], item["id"]) if item else None,
        created_at=told["created_at"],
        read=read,
        bundle=tuple(told["bundle"]),
    )
