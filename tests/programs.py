"""Programs that tests run as processes of their own: start them, kill them, wait for them.

Never: outlive the test run, however it ends.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.config import ROOT
from server.supervisor import LEASH

PATIENCE = 120.0
"""Seconds: a busy machine is slow, not wrong."""
EPHEMERAL = 32_768
"""The first port that Linux lends to an outgoing connection, by default."""


@dataclass
class Program:
    """One program in a process group of its own; what it says goes to ``log``, or where the tests' own words go."""

    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it. The leash would be cut with the thread that holds it, so only the main thread holds one."""
        leash = LEASH if threading.current_thread() is threading.main_thread() else ()
        with ExitStack() as stack:
            out = stack.enter_context(self.log.open("ab")) if self.log else None
            self.process = subprocess.Popen(
                [*leash, *self.words], cwd=ROOT, env=self.environment, stdout=out, stderr=out, start_new_session=True
            )

    def end(self, how: int = signal.SIGKILL) -> None:
        """Send ``how`` to every process of it, by default as a power cut does, and wait for the first."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)
            self.process.wait()


def settings(url: str, var: Path, **more: object) -> dict[str, str]:
    """Return the environment of a program on the database at ``url``; ``more`` are settings without their prefix."""
    given = {"DATABASE_URL": url, "VAR": var, "SECRET_KEY": "for tests", **more}
    return {**os.environ, **{f"GRIDWHISTLE_{name}": str(value) for name, value in given.items()}}


def free_port() -> int:
    """Return a port nobody uses, below those the system lends to connections: none takes it before the program does."""
    while True:
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port := secrets.randbelow(EPHEMERAL - 10_000) + 10_000))
            return port


def answers(address: str) -> bool:
    """Tell whether somebody answers 200 there."""
    with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def until(true: Callable[[], Any], what: str = "it", seconds: float = PATIENCE, every: float = 0.05) -> None:
    """Wait until ``true``; fails with ``what`` did not happen."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(every)
