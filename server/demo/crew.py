"""Perform many stories with few hands (演出队): in worker processes, several stories per commit, resumable.

Job: leave out what is there already, perform the rest, show progress; a story is committed whole or not at all.
Never: let reactions follow, or leave a process behind when this one is killed.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass, replace

from tqdm import tqdm

from server import journal
from server.db import clock, db
from server.demo.plan import Plan
from server.demo.refusals import StoryRefused
from server.demo.stage import Stage, known
from server.demo.story import World
from server.demo.telling import tell
from server.errors import Refusal
from server.people import desks

PER_COMMIT = 8
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Show:
    """The stories to perform. What ``is_news`` may be heard of in the live stream; a year long past may not."""

    plans: Sequence[Plan]
    world: World
    is_news: bool = True


_on: list[Show] = []
"""What the workers inherit: they are forks of this process."""


def perform(show: Show, *, workers: int, says: str, quiet: bool = False) -> int:
    """Perform the stories that are not in the database yet, with a progress bar; return how many those were.

    A story that leads into another one waits until all others are committed: its parent may be in any hands.
    """
    alone, led = ([plan for plan in show.plans if (plan.parent is None) == is_alone] for is_alone in (True, False))
    done = 0
    _on.append(replace(show, plans=[*alone, *led]))
    try:
        with desks.unchanged(), tqdm(total=len(show.plans), desc=says, unit="件", disable=quiet) as bar:
            for parts in (_parts(0, len(alone)), _parts(len(alone), len(show.plans))):
                for performed, count in map(_part, parts) if workers == 1 else _by_forks(parts, workers):
                    done += performed
                    bar.update(count)
    finally:
        _on.pop()
    return done


def _parts(start: int, end: int) -> list[slice]:
    """Return what is committed together of the plans from ``start`` on."""
    return [slice(at, min(at + PER_COMMIT, end)) for at in range(start, end, PER_COMMIT)]


def _by_forks(parts: Sequence[slice], workers: int) -> Iterator[tuple[int, int]]:
    """Yield (performed, stories) of each part as some worker has committed it."""
    db.session.remove()
    forks = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=forks, initializer=_join) as pool:
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
    """Perform those stories of a part that are not there yet and commit them together; return (performed, stories)."""
    show = _on[-1]
    wanted = show.plans[part]
    there = known(wanted)
    new = [plan for plan in wanted if plan.id not in there]
    if new:
        _commit_together(new, show)
    return len(new), len(wanted)


def _perform(plan: Plan, world: World) -> None:
    try:
        Stage(plan).perform(tell(plan, world))
    except Refusal as refusal:
        raise StoryRefused(f"{plan.key} ({plan.fate}): {refusal.code} {refusal.facts}") from refusal


def _commit_together(plans: Sequence[Plan], show: Show) -> None:
    """Perform ``plans`` one after another and commit once; no reaction follows from anything they write."""
    try:
        with nullcontext() if show.is_news else journal.unheard():
            for plan in plans:
                _perform(plan, show.world)
        show.world.album.receive([plan.id for plan in plans])
        journal.drain()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        journal.forget()
        raise
    finally:
        clock.reset()
        db.session.expunge_all()
