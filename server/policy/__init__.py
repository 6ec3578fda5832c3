"""Policy (政策参数): every number officials may argue about, read from files, checked once, frozen.

Never edited by code and never a constant elsewhere. Read it with ``policy.current()``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache

from server.policy.findings import PolicyError
from server.policy.limit import Given, Limit, LimitUnit
from server.policy.load import load, texts
from server.policy.model import TOWN, Policy
from server.policy.version import Version

__all__ = [
    "TOWN", "Given", "Limit", "LimitUnit", "Policy", "PolicyError", "Version", "at", "books", "current", "load",
    "schedule", "texts", "use",
]  # fmt: skip

_trial: list[Policy] = []
_versions: list[Version] = []
_clock: list[Callable[[], datetime]] = []


@cache
def _in_force() -> Policy:
    return load()


def current() -> Policy:
    """The policy in force: the shipped files, those in GRIDWHISTLE_POLICY_DIR over them, adopted versions over both."""
    if _trial or not _versions:
        return _trial[-1] if _trial else _in_force()
    return at(_clock[-1]())


def at(moment: datetime) -> Policy:
    """The policy that was, or will be, in force at `moment`: an item keeps the one it was made under."""
    if _trial:
        return _trial[-1]
    begun = [version for version in _versions if version.since <= moment]
    return begun[-1].policy if begun else _in_force()


def books() -> list[Policy]:
    """Every policy that is, was or will be in force, the first one first."""
    return [_trial[-1] if _trial else _in_force(), *(version.policy for version in _versions)]


def schedule(versions: Sequence[Version], clock: Callable[[], datetime]) -> None:
    """Let these versions, in order of their beginnings, come into force here, each at its moment by `clock`."""
    _versions[:], _clock[:] = versions, [clock]


@contextmanager
def use(policy: Policy) -> Iterator[Policy]:
    """Puts `policy` in force for the block, in the whole process: for tests and trial runs, never while serving."""
    _trial.append(policy)
    try:
        yield policy
    finally:
        _trial.pop()
