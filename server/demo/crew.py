"""Perform many stories with few hands (演出队): in worker processes, several stories per commit, resumable.

Job: leave out what is there already, perform the rest, show progress; a story is committed whole or not at all.
Never: let reactions follow, or leave a process behind when this one is killed.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from tqdm import tqdm

from server import journal
from server.db import clock, db
from server.demo.plan import Plan
from server.demo.stage import Stage, known
from server.demo.story import World
from server.demo.telling import tell

PER_COMMIT = 8
PR_SET_PDEATHSIG = 1

_stage: list[tuple[Sequence[Plan], World]] = []
"""What the workers inherit: they are forks of this process."""


def perform(plans: Sequence[Plan], world: World, *, workers: int, says: str, quiet: bool = False) -> int:
    """Perform the stories that are not in the database yet, with a progress bar; return how many those were."""
    parts = [slice(start, start + PER_COMMIT) for start in range(0, len(plans), PER_COMMIT)]
    done = 0
    with tqdm(total=len(plans), desc=says, unit="件", disable=quiet) as bar:
        for performed, count in _all(plans, world, parts, workers):
            done += performed
            bar.update(count)
    return done


def _all(plans: Sequence[Plan], world: World, parts: Sequence[slice], workers: int) -> Iterator[tuple[int, int]]:
    """Yield (performed, stories) of each part as it is committed."""
    _stage.append((plans, world))
    try:
        if workers == 1:
            yield from map(_part, parts)
            return
        db.session.remove()
        forks = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(workers, mp_context=forks, initializer=_join) as pool:
            yield from _results(pool, parts)
    finally:
        _stage.pop()
        clock.reset()


def _results(pool: ProcessPoolExecutor, parts: Iterable[slice]) -> Iterator[tuple[int, int]]:
    try:
        for finished in as_completed([pool.submit(_part, part) for part in parts]):
            yield finished.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


def _join() -> None:
    """Begin as a worker: die with the parent, and leave its connections alone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    db.engine.dispose(close=False)


def _part(part: slice) -> tuple[int, int]:
    """Perform those stories of a part that are not there yet and commit them together."""
    plans, world = _stage[-1]
    wanted = plans[part]
    there = known(wanted)
    new = [plan for plan in wanted if plan.id not in there]
    if new:
        _commit_together(new, world)
    return len(new), len(wanted)


def _commit_together(plans: Sequence[Plan], world: World) -> None:
    """Perform ``plans`` one after another and commit once; no reaction follows from anything they write."""
    try:
        for plan in plans:
            Stage(plan).perform(tell(plan, world))
        world.album.receive([plan.id for plan in plans])
        journal.drain()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        journal.forget()
        raise
    finally:
        clock.reset()
        db.session.expunge_all()
