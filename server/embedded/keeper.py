"""The process that holds a private cluster for as long as anybody uses it.

Job: be the parent of one server; end it when the last user is gone, however that user went.
Never: outlive its users or be started twice over the same data (both by kernel locks, which a killed process loses).

Run as ``python -m server.embedded.keeper DATA [NAME=VALUE …]``: returns once the server answers, or says why not.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from server.embedded.cluster import Cluster
from server.embedded.places import EmbeddedError, socket_place

LOOK_EVERY = 1.0
"""Seconds between two looks whether anybody still uses the cluster; a user that leaves in order stops it itself."""


STOPPED = 0
"""How a server ends that was told to."""


def lock_file(data: Path, name: str) -> int:
    """Open the lock ``name`` beside ``data``; the caller closes it."""
    data.parent.mkdir(parents=True, exist_ok=True)
    return os.open(data.with_name(f"{data.name}.{name}.lock"), os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


def take(lock: int, how: int) -> bool:
    """Take ``lock`` if it can be had at once; say whether it was."""
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def keep(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    """Wait until nobody uses the cluster any more, then stop it; a server that was killed is started again."""
    users = lock_file(cluster.data, "users")
    with suppress(EmbeddedError):
        while server.returncode != STOPPED:
            try:
                if server.wait(LOOK_EVERY) != STOPPED:
                    server = cluster.start()
            except subprocess.TimeoutExpired:
                if take(users, fcntl.LOCK_EX):
                    cluster.stop()
    with suppress(OSError):
        socket_place(cluster.data, cluster.owner).rmdir()


def main(data: Path, settings: dict[str, str]) -> None:
    """Become the keeper in the background; the foreground exits with 0 when the server answers, else 1 and why."""
    hear, tell = os.pipe()
    if os.fork():
        os.close(tell)
        with open(hear) as words:
            sys.exit(words.read() or None)
    os.setsid()
    os.close(hear)
    if not take(lock_file(data, "keeper"), fcntl.LOCK_EX):
        return
    try:
        cluster = Cluster(data, settings)
        cluster.init()
        server = cluster.start()
    except (EmbeddedError, OSError) as refusal:
        os.write(tell, str(refusal).encode())
        return
    _close_everything_inherited(tell)
    keep(cluster, server)


def _close_everything_inherited(tell: int) -> None:
    """Let go of the caller's output, so that nobody waits for the keeper to close it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(tell)


if __name__ == "__main__":
    main(Path(sys.argv[1]), dict(word.split("=", 1) for word in sys.argv[2:]))
