"""What is counted (计数器): requests, rounds of the loops, open streams.

Job: hold the counters that slices raise where things happen. All processes of an installation write into one folder
(``PROMETHEUS_MULTIPROC_DIR``), so that any of them can tell the sum; without it each tells its own.
Never: name an item or a person.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
OF_A_PROCESS = re.compile(r".*_(\d+)\.db")


def tidy(folder: Path) -> None:
    """Make ``folder`` and forget what processes that are no more have counted."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        process = OF_A_PROCESS.fullmatch(file.name)
        if process and not Path(f"/proc/{process[1]}").exists():
            file.unlink(missing_ok=True)


if FOLDER in os.environ:
    tidy(Path(os.environ[FOLDER]))

from prometheus_client import Counter, Gauge, Histogram  # noqa: E402 - looks for the folder when it is imported

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
REQUESTS = Counter("gridwhistle_requests", "Requests answered", ("method", "route", "status"))
SECONDS = Histogram("gridwhistle_request_seconds", "Seconds until the answer", ("method", "route"), buckets=BUCKETS)
ROUNDS = Counter("gridwhistle_loop_rounds", "Rounds of a loop of the worker, by outcome", ("loop", "outcome"))
FOUND = Counter("gridwhistle_loop_found", "What a loop found to do: clocks to ring, lines to seal …", ("loop",))
STREAMS = Gauge("gridwhistle_stream_clients", "Open streams", multiprocess_mode="livesum")
SENT = Counter("gridwhistle_stream_messages", "Messages handed to open streams")
RESETS = Counter("gridwhistle_stream_resets", "Clients that read too slowly or were away too long")
