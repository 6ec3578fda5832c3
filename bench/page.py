"""How a measurement is told: on the screen, and as one section of docs/benchmarks.md with machine and date.

Never measures anything but time, and never keeps an older run: the page holds the last one.
"""

from __future__ import annotations

import math
import os
import platform
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tqdm import tqdm

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

The last run of each measurement, written by the command that its section names. Other programs may share the machine
while one runs; the ratios within one section come from one run.
"""


class Timed(NamedTuple):
    """The shortest of several runs in seconds, and the answer of the last one."""

    seconds: float
    answer: Any


def best_of(rounds: int, *functions: Callable[[], Any]) -> list[Timed]:
    """Calls the functions in turn, round after round: what disturbs the machine disturbs them alike, never helps."""
    best = [Timed(math.inf, None)] * len(functions)
    for _ in tqdm(range(rounds), desc="rounds", leave=False, disable=len(functions) == 1):
        for i, function in enumerate(functions):
            start = time.perf_counter()
            answer = function()
            best[i] = Timed(min(best[i].seconds, time.perf_counter() - start), answer)
    return best


def machine() -> str:
    """The processor, its cores, the memory, the system and Python, in one line."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = model[1] if model else platform.machine()
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def section(command: str, title: str, body: str) -> str:
    """The section with its command, date and machine."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    return f"## {title}\n\n`{command}` · {today} · {machine()}\n\n{body.strip()}\n"


def show(command: str, title: str, body: str) -> None:
    """Prints the section."""
    print(section(command, title, body))


def publish(command: str, title: str, body: str) -> None:
    """Prints the section and writes it into docs/benchmarks.md in place of the last one of the same title."""
    made = section(command, title, body)
    print(made)
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    parts = [part for part in re.split(r"^(?=## )", page, flags=re.MULTILINE) if part.strip()]
    head, others = parts[0], [part for part in parts[1:] if not part.startswith(f"## {title}\n")]
    PAGE.write_text("\n".join(part.strip() + "\n" for part in [head, *sorted([*others, made])]), encoding="utf-8")
