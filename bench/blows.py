"""What strikes a town while it is measured (打击): programs and processes killed outright, and brought back.

Job: deal blows at random moments; bring back what nobody else does, as a site's service manager would.
Never: wait for anything to end in order, or choose a moment by what happens.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress

from bench.city import City

OUTAGE_S = (0.2, 4.0)
"""Seconds until a killed program is started again."""
QUIET = (0.06, 0.94)
"""No blow in the first and the last part of the time."""


class Blows:
    """``how_many`` blows of each kind on ``town`` within ``seconds``, each at a moment of its own.

    Kinds: the name of a program (all its processes at once), ``process`` (one of the two web processes, which gunicorn
    replaces), ``database`` (the main process of the cluster, which its keeper starts again). They are dealt in the main
    thread: a program ends with the thread that has started it.
    """

    def __init__(self, town: City, seconds: float, how_many: Mapping[str, int], rng: random.Random) -> None:
        self.town, self.rng, self.dealt = town, rng, Counter[str]()
        self.plan = _plan(seconds, how_many, rng)

    def strike(self, kind: str) -> None:
        """Deal one."""
        self.dealt[kind] += 1
        if kind == "database":
            os.kill(int((self.town.cluster.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        elif kind == "process":
            with suppress(ProcessLookupError, IndexError):
                os.kill(self.rng.choice(self.town.programs["web"].children()), signal.SIGKILL)
        else:
            self.town.programs[kind].kill()
            time.sleep(self.rng.uniform(*OUTAGE_S))
            self.town.programs[kind].start()


def _plan(seconds: float, how_many: Mapping[str, int], rng: random.Random) -> Sequence[tuple[float, str]]:
    first, last = (share * seconds for share in QUIET)
    return sorted((rng.uniform(first, last), kind) for kind, count in how_many.items() for _ in range(count))
