"""Who spent the processor (谁用了处理器): seconds of the web, of the database and of the phones between two moments.

Job: read what Linux has counted for the processes of each. Never: measure anything itself.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench.city import City

TICK = os.sysconf("SC_CLK_TCK")
TIMES = slice(11, 15)
"""utime, stime, cutime and cstime in what follows the name in /proc/PID/stat (proc(5))."""


class Spent(NamedTuple):
    """Seconds of processor time."""

    web: float
    database: float
    phones: float

    def since(self, before: Spent) -> Spent:
        """Return what was spent after ``before``."""
        return Spent(*(now - then for now, then in zip(self, before, strict=True)))


def spent(town: City) -> Spent:
    """Return what the programs of a town and this process have spent so far."""
    words = f":{town.config.port}".encode()
    own = resource.getrusage(resource.RUSAGE_SELF)
    return Spent(
        web=_seconds(lambda process: words in (process / "cmdline").read_bytes()),
        database=_seconds(lambda process: (process / "cwd").readlink() == town.cluster.data),
        phones=own.ru_utime + own.ru_stime,
    )


def _seconds(is_one: Callable[[Path], bool]) -> float:
    return sum(_times(is_one)) / TICK


def _times(is_one: Callable[[Path], bool]) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if is_one(process):
                yield sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[TIMES]))
        except OSError:  # it has ended meanwhile
            continue
