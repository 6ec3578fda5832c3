"""Seal the journal: one chain over all committed lines, in the order in which they became visible.

Job: give each committed line its place ``n`` and its link, exactly once, without making writers wait for one another.
The order is the memory of everything that reads the journal afterwards (live stream, webhooks, verification): ``n`` has
no gaps, never changes, and a line with a higher ``n`` never becomes visible before one with a lower.
Never: commit.

How a line is found: ids and transaction numbers are given out before the commit, so neither "greater than the last one"
nor "everything below the oldest open transaction" will do; the first loses lines, the second makes an alarm wait for a
long import. Instead the sealer keeps the snapshot of its last turn: what was still open then, or began later, is new.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from server.db import db, now
from server.journal.chain import COLUMNS, canonical, link
from server.journal.models import Entry, Mark, Seal

AWAY = timedelta(seconds=2)
"""After so long without a seal nobody is taken to be sealing."""
LONGEST_LINE = 256
CHECKPOINT_EVERY = timedelta(minutes=1)
CHECKPOINT_FILE = "journal-checkpoints.log"
"""Its name in the folder of the installation's own files."""

GLANCE = sa.text("""
select m.n, m.hash, m.seen, m.cluster, pg_current_snapshot()::text as now, s.system_identifier as here
from journal_marks m, pg_control_system() s
""")
TURN = sa.text(GLANCE.text.replace("as here", "as here, pg_current_xact_id()::text as own") + "for update of m")
"""Take the turn. After a wait for it ``now`` may be older than ``seen``: that costs a second look and loses nothing."""

LOOK = """
with unseen as materialized ({unseen})
select exists (select from unseen) as is_behind, array(
  select id from unseen where not exists (select from journal_seals s where s.entry_id = unseen.id)
  order by id limit :limit
) as ids
"""
SINCE = sa.text(
    LOOK.format(
        unseen="select id from journal where xid = any(cast(:open as xid8[])) union all"
        " select id from journal where xid >= cast(:old as xid8) and xid < cast(:new as xid8)"
    )
)
"""Lines of transactions that were open at the last turn (``open``) or began between the two turns."""
EVER = sa.text(LOOK.format(unseen="select id from journal"))
"""All lines, when the last turn was on another server."""


class Checkpoint(NamedTuple):
    """The end of the chain as it was at one moment."""

    n: int
    hash: bytes
    at: datetime


def columns() -> list[sa.ColumnElement[Any]]:
    """Return the sealed columns in the form ``chain.canonical`` wants."""
    special = {"facts": sa.cast(Entry.facts, sa.Text).label("facts")}
    return [special.get(name, getattr(Entry, name)) for name in COLUMNS]


def seal(limit: int = 2000) -> int:
    """Seal up to ``limit`` lines committed by now and return how many; waits while another process has its turn."""
    turn = db.session.execute(TURN).one()
    look = _look(turn, limit)
    if look.ids:
        n, digest = _append(look.ids, turn.n, turn.hash)
        db.session.execute(sa.update(Mark).values(n=n, hash=digest))
    if len(look.ids) < limit and (look.is_behind or turn.cluster != turn.here):
        db.session.execute(sa.update(Mark).values(seen=before(turn.now, turn.own), cluster=turn.here))
    return len(look.ids)


def seal_what_is_left() -> int:
    """Seal where nobody else has for a while, and return how many lines.

    The live stream seals as it goes; while it does, a slower sealer that took turns with it would only make it wait.
    """
    last = db.session.scalar(sa.select(Seal.sealed_at).order_by(Seal.n.desc()).limit(1))
    return seal() if last is None or abs(now() - last) >= AWAY else 0


def _look(turn: Any, limit: int) -> Any:
    """Return the lowest ``ids`` without a seal, and whether any line ``is_behind`` the last turn's snapshot."""
    if turn.cluster != turn.here:
        return db.session.execute(EVER, {"limit": limit}).one()
    _, old, still_open = turn.seen.split(":")
    bounds = {"open": f"{{{still_open}}}", "old": old, "new": turn.now.split(":")[1]}
    return db.session.execute(SINCE, bounds | {"limit": limit}).one()


def before(snapshot: str, own: str) -> str:
    """Return ``snapshot`` (``xmin:xmax:open,…``) as if it had been taken before transaction ``own`` began.

    A snapshot does not name the transaction it was taken in; what that one may still write is not seen yet.
    """
    xmin, xmax, still_open = snapshot.split(":")
    bound = min(int(xmax), int(own))
    older = [number for number in still_open.split(",") if number and int(number) < bound]
    return f"{min(int(xmin), bound)}:{bound}:{','.join(older)}"


def is_awaited() -> bool:
    """Tell whether some committed line has no seal yet."""
    turn = db.session.execute(GLANCE).one()
    return bool(_look(turn, 1).ids)


def _append(ids: Sequence[int], n: int, digest: bytes) -> tuple[int, bytes]:
    """Seal the lines ``ids`` behind link ``n`` and return the new end of the chain."""
    moment, rows = now(), []
    wanted = sa.select(*columns()).where(Entry.id == sa.any_(sa.cast(ids, sa.ARRAY(sa.BigInteger)))).order_by(Entry.id)
    for line in db.session.execute(wanted).mappings():
        n, digest = n + 1, link(digest, canonical(line))
        rows.append({"n": n, "entry_id": line["id"], "hash": digest, "sealed_at": moment})
    db.session.execute(sa.insert(Seal), rows)
    return n, digest


def checkpoint(file: Path) -> bool:
    """Append the end of the chain to ``file``, at most once a minute; say whether a line was written.

    The file lies outside the database, so that cutting off the end of both tables is noticed. Copy it elsewhere.
    """
    last = db.session.execute(sa.select(Seal.n, Seal.hash).order_by(Seal.n.desc()).limit(1)).first()
    if last is None:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+b") as target:
        fcntl.flock(target, fcntl.LOCK_EX)
        target.seek(max(0, target.tell() - LONGEST_LINE))
        *_, before = [None, *target.read().splitlines()]
        if before and not _is_due(_read(before.decode()), last.n):
            return False
        target.write(f"{last.n} {last.hash.hex()} {now().isoformat()}\n".encode())
        target.flush()
        os.fsync(target.fileno())
    return True


def _is_due(before: Checkpoint, n: int) -> bool:
    return before.n < n and abs(now() - before.at) >= CHECKPOINT_EVERY


def checkpoints(file: Path) -> Iterator[Checkpoint]:
    """Yield each checkpoint in ``file``, oldest first; none when there is no file."""
    if file.exists():
        with file.open() as lines:
            yield from map(_read, lines)


def _read(line: str) -> Checkpoint:
    n, digest, at = line.split()
    return Checkpoint(int(n), bytes.fromhex(digest), datetime.fromisoformat(at))
