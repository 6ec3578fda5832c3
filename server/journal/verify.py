"""Verify the journal: recompute every link and name the first line or seal that is not as it was (spec 6 R4).

Job: find changed bytes, missing lines, missing seals, a cut-off end, and a sealer that stands still.
Never: repair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from server.db import db, now
from server.journal.chain import GENESIS, canonical, link
from server.journal.models import Entry, Seal
from server.journal.seal import Checkpoint, checkpoints, columns

STANDSTILL = timedelta(minutes=5)
AT_ONCE = 1000

PASSED = sa.text(
    "select j.id from journal j, journal_marks m where m.cluster = (select system_identifier from pg_control_system())"
    " and pg_visible_in_snapshot(j.xid, m.seen::pg_snapshot)"
    " and not exists (select from journal_seals s where s.entry_id = j.id) order by j.id limit 1"
)
WAITING = sa.text(
    "select id, at from journal j where not exists (select from journal_seals s where s.entry_id = j.id)"
    " order by id limit 1"
)


FINDINGS = {
    "missing_seal": ("第 {n} 号封印已被删除。", "Seal {n} is missing."),
    "missing_line": ("日志第 {entry_id} 条（封印 {n}）已被删除。", "Line {entry_id} (seal {n}) is missing."),
    "changed": (
        "日志第 {entry_id} 条与第 {n} 号封印不符：二者之一被改动。",
        "Line {entry_id} and seal {n} do not fit: one of the two was changed.",
    ),
    "rewritten": (
        "第 {n} 号封印与 {at} 的检查点不符：日志被整段替换。",
        "Seal {n} differs from the checkpoint of {at}: the journal was rewritten.",
    ),
    "cut_off": (
        "{at} 的检查点已到第 {n} 号封印，日志却没有：结尾被截去。",
        "The checkpoint of {at} knows seal {n}, the journal does not: its end is cut off.",
    ),
    "unsealed": (
        "日志第 {entry_id} 条没有封印：封印被删除，或该条是绕过系统插入的。",
        "Line {entry_id} has no seal: it was removed, or the line was put in behind the system's back.",
    ),
    "standstill": (
        "日志第 {entry_id} 条等待封印超过 5 分钟（上次封印 {at}）：后台任务没有运行。",
        "Line {entry_id} has waited for its seal for more than 5 minutes (last turn {at}): the worker does not run.",
    ),
}
"""What can be wrong: code → the sentence in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first thing that is wrong and its place: number of the seal, id of the line, moment."""

    code: str
    n: int | None = None
    entry_id: int | None = None
    at: datetime | None = None

    def sentences(self) -> tuple[str, str]:
        """Return the Chinese and the English sentence."""
        at = self.at.isoformat(timespec="seconds") if self.at else "—"
        zh, en = FINDINGS[self.code]
        words = {"n": self.n, "entry_id": self.entry_id, "at": at}
        return zh.format(**words), en.format(**words)


@dataclass(frozen=True, slots=True)
class Report:
    """How many lines were verified, and the first finding (None: all is as it was)."""

    lines: int
    finding: Finding | None = None


def verify(checkpoint_file: Path | None = None, sealed_at: datetime | None = None) -> Report:
    """Recompute the whole chain and compare it with tables and checkpoints.

    ``checkpoint_file`` is the file written by ``seal.checkpoint``; ``sealed_at`` is when the sealer last had its turn
    (None: unknown), for lines that still wait.
    """
    walk = _Walk(checkpoints(checkpoint_file) if checkpoint_file else iter(()))
    finding = walk.through(_links()) or _passed_over() or _waiting(sealed_at)
    return Report(walk.n, finding)


def _links() -> Iterator[Any]:
    """Yield each seal with its line, in the order of the chain; the line's columns are None when it is missing."""
    query = sa.select(Seal.n, Seal.hash, Seal.entry_id, *columns()).outerjoin(Entry, Entry.id == Seal.entry_id)
    last = 0
    while rows := db.session.execute(query.where(Seal.n > last).order_by(Seal.n).limit(AT_ONCE)).mappings().all():
        yield from rows
        last = rows[-1]["n"]


class _Walk:
    """One pass along the chain and the checkpoints beside it."""

    def __init__(self, known: Iterator[Checkpoint]) -> None:
        self.n, self.hash = 0, GENESIS
        self.known = known
        self.next = next(known, None)

    def through(self, links: Iterator[Any]) -> Finding | None:
        """Return the first finding on the way, None when the end is reached."""
        return next((found for found in map(self._step, links) if found), None) or self._cut_off()

    def _step(self, row: Any) -> Finding | None:
        expected = self.n + 1
        if row["n"] != expected:
            return Finding("missing_seal", expected)
        if row["id"] is None:
            return Finding("missing_line", expected, row["entry_id"])
        self.n, self.hash = expected, link(self.hash, canonical(row))
        if self.hash != row["hash"]:
            return Finding("changed", expected, row["entry_id"])
        return self._compare(row["entry_id"])

    def _compare(self, entry_id: int) -> Finding | None:
        while self.next and self.next.n == self.n:
            if self.next.hash != self.hash:
                return Finding("rewritten", self.n, entry_id, self.next.at)
            self.next = next(self.known, None)
        return None

    def _cut_off(self) -> Finding | None:
        return Finding("cut_off", self.next.n, None, self.next.at) if self.next else None


def _passed_over() -> Finding | None:
    entry_id = db.session.scalar(PASSED)
    return Finding("unsealed", None, entry_id) if entry_id else None


def _waiting(sealed_at: datetime | None) -> Finding | None:
    row = db.session.execute(WAITING).first()
    if row is None or now() - (sealed_at or row.at) < STANDSTILL:
        return None
    return Finding("standstill", None, row.id, sealed_at)
