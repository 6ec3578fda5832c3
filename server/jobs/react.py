"""What follows from a line (后续动作): one job per transaction, each reaction exactly once.

Job: enqueue the lines that something follows from; run their reactions; keep what failed in sight.
Never: know a reaction: ``server.reactions`` registers them all.

A reaction may run late or be tried again, never twice with effect: its mark in ``reaction_runs`` is committed with it.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from server import access, http, journal
from server.db import db, now
from server.jobs import queue
from server.jobs.models import ReactionRun
from server.journal import Entry, Line

Reaction = Callable[[Entry], None]
Due = tuple[int, str]
"""An entry's id and the name of a reaction to it."""

FAILED = "reaction.failed"
ERROR_MAX = 2000
REMEMBER = timedelta(days=90)
"""What was done is remembered for so long; what failed, for ever."""
log = logging.getLogger(__name__)
_table: dict[str, tuple[Reaction, ...]] = {}


class ReactionsFailed(Exception):
    """Some reactions failed; the others are done. The job is tried again for those."""


def register(reactions: Mapping[str, Sequence[Reaction]]) -> None:
    """Say what follows from the actions named: action → reactions, in order."""
    _table.update({action: tuple(following) for action, following in reactions.items()})


def enqueue() -> None:
    """Enqueue one job for those lines of this transaction that something follows from; called before the commit."""
    entries = [entry_id for entry_id, action, _ in journal.drain() if action in _table]
    if entries:
        queue.enqueue(react, entries=entries)


@queue.app.task(name="react", retry=queue.BACK_OFF)
def react(entries: list[int]) -> None:
    """Run all reactions to ``entries``; raises ReactionsFailed after the last, naming those to try again."""
    failed = run(entries)
    if failed:
        raise ReactionsFailed(", ".join(f"{name}({entry_id})" for entry_id, name in failed))


def run(ids: Iterable[int]) -> list[Due]:
    """Run what is still to be done for the entries ``ids`` and return what failed.

    All in one transaction when all goes well; otherwise each in its own, so that one failure holds up nothing else.
    """
    entries = db.session.scalars(sa.select(Entry).where(Entry.id.in_(ids)).order_by(Entry.id)).all()
    works = [(entry, reaction) for entry in entries for reaction in _table.get(entry.action, ())]
    due = {(entry.id, name_of(reaction)): (entry, reaction) for entry, reaction in works}
    try:
        _together(due)
        return []
    except Exception:
        log.warning("a reaction failed; now one by one")
    return [key for key, work in due.items() if not _alone(key, *work)]


def name_of(reaction: Reaction) -> str:
    """Return the name of a reaction, such as ``events.tell_grid_people``."""
    return f"{reaction.__module__.removeprefix('server.')}.{reaction.__name__}"


def _together(due: Mapping[Due, tuple[Entry, Reaction]]) -> None:
    with http.transaction():
        claimed = _claim(due)
        for key, (entry, reaction) in due.items():
            if key in claimed:
                reaction(entry)


def _alone(key: Due, entry: Entry, reaction: Reaction) -> bool:
    try:
        _together({key: (entry, reaction)})
    except Exception:
        log.exception("reaction %s to line %s failed", key[1], key[0])
        with http.transaction():
            _note_failure(key, traceback.format_exc()[-ERROR_MAX:])
        return False
    return True


def _claim(due: Iterable[Due]) -> set[Due]:
    """Mark the reactions as done in this transaction and return those that were not; waits for another's claim."""
    rows = [{"entry_id": entry_id, "name": name, "tries": 1, "done_at": now()} for entry_id, name in sorted(due)]
    if not rows:
        return set()
    new = insert(ReactionRun)
    again = {"tries": ReactionRun.tries + 1, "done_at": new.excluded.done_at, "error": None}
    claim = new.on_conflict_do_update(
        index_elements=["entry_id", "name"], set_=again, where=ReactionRun.done_at.is_(None)
    ).returning(ReactionRun.entry_id, ReactionRun.name)
    return {(entry_id, name) for entry_id, name in db.session.execute(claim, rows)}


def _note_failure(key: Due, error: str) -> None:
    """Keep why a reaction failed; the last time write a line, so that somebody is told."""
    entry_id, name = key
    new = insert(ReactionRun).values(entry_id=entry_id, name=name, tries=1, error=error)
    failed = new.on_conflict_do_update(
        index_elements=["entry_id", "name"],
        set_={"tries": ReactionRun.tries + 1, "error": new.excluded.error},
        where=ReactionRun.done_at.is_(None),
    )
    if db.session.scalar(failed.returning(ReactionRun.tries)) == 1 + queue.RETRIES:
        journal.write(Line(FAILED, access.SYSTEM, facts={"entry": entry_id, "reaction": name}, audience=("a",)))


def tidy() -> int:
    """Forget the reactions done long ago, whose jobs are gone, and return how many; the caller commits."""
    old = sa.delete(ReactionRun).where(ReactionRun.done_at < now() - REMEMBER)
    done: Any = db.session.execute(old.execution_options(synchronize_session=False))
    return int(done.rowcount)
