"""The right to use a private cluster for a while.

Job: whoever holds a lease finds the server running; the last to leave stops it.
Never: stop a server somebody else uses, or leave one behind: the lease is a shared kernel lock, lost with its process.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from server.config import ROOT, Config
from server.embedded.cluster import START_SECONDS, Cluster
from server.embedded.keeper import lock_file, take
from server.embedded.places import EmbeddedError, data_place


@contextmanager
def ensure(config: Config) -> Iterator[str]:
    """Yield the address of a running database: the one in ``config``, else that of the private cluster.

    The private cluster is used as it runs, or started for the duration; raises EmbeddedError when it cannot be.
    """
    if config.database_url:
        from server.embedded.databases import demand_answer

        demand_answer(config.database_url)
        yield config.database_url
        return
    with lease(Cluster(data_place(config.var))) as cluster:
        yield cluster.url()


@contextmanager
def lease(cluster: Cluster) -> Iterator[Cluster]:
    """Yield ``cluster`` while it certainly runs; several processes may hold leases on the same one."""
    users = lock_file(cluster.data, "users")
    try:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a server of before is being stopped
        _start(cluster)
        yield cluster
    finally:
        if take(users, fcntl.LOCK_EX):
            cluster.stop()
        os.close(users)


def _start(cluster: Cluster) -> None:
    """Have a keeper start the server where it does not run; another user's keeper is as good."""
    words = [sys.executable, "-m", "server.embedded.keeper", str(cluster.data)]
    words += [f"{name}={value}" for name, value in cluster.settings.items()]
    deadline = time.monotonic() + START_SECONDS
    while not cluster.is_running():
        keeper = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if keeper.returncode or time.monotonic() > deadline:
            raise EmbeddedError(keeper.stderr.strip() or "The private cluster did not start.")
        time.sleep(0.02)
