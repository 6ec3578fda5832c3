"""Policy (政策参数): every number officials may argue about, read from files, checked once, frozen.

Never edited by code and never a constant elsewhere. Read it with ``policy.current()``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from server.policy.findings import PolicyError
from server.policy.limit import Given, Limit, LimitUnit
from server.policy.load import load
from server.policy.model import TOWN, Policy

__all__ = ["TOWN", "Given", "Limit", "LimitUnit", "Policy", "PolicyError", "current", "load", "use"]

_trial: list[Policy] = []


@cache
def _in_force() -> Policy:
    return load()


def current() -> Policy:
    """The policy in force: the shipped files, replaced file by file by those in GRIDWHISTLE_POLICY_DIR."""
    return _trial[-1] if _trial else _in_force()


@contextmanager
def use(policy: Policy) -> Iterator[Policy]:
    """Puts `policy` in force for the block, in the whole process: for tests and trial runs, never while serving."""
    _trial.append(policy)
    try:
        yield policy
    finally:
        _trial.pop()
