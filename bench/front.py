"""nginx with the file of ``deploy`` before a town at work, speaking in clear.

Never measures.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.city import City, Program, answering
from tests.front import IN_CLEAR, prepare


@contextmanager
def front(town: City) -> Iterator[tuple[str, int]]:
    """Yield where it listens."""
    with tempfile.TemporaryDirectory() as folder:
        plain, port = town.config.port + 11, town.config.port + 13
        words = prepare(Path(folder), town.config.port, town.config.stream_port, plain, port, IN_CLEAR)
        program = Program(words, os.environ)
        program.start()
        try:
            answering((town.config.host, port))
            yield town.config.host, port
        finally:
            program.kill()
