"""What ``make run`` says once the server answers: the address and the accounts to try.

Job: wait for the web process, then print.
Never: print the accounts of a real installation (only the synthetic city writes the file).
"""

from __future__ import annotations

import csv
import time
import unicodedata
import urllib.error
import urllib.request
from pathlib import Path

import click

from server.config import Config

PATIENCE = 60.0
"""Seconds to wait for the first answer."""


def welcome(config: Config) -> None:
    """Wait until the web process answers, then print where it is and who may sign in."""
    address = f"http://{config.host}:{config.port}"
    if answers(f"{address}/healthz"):
        lines = [f"网格哨已就绪 · Gridwhistle is ready: {address}", *account_table(config.var / "demo-accounts.csv")]
        click.echo("\n" + "\n".join(f"  {line}" for line in lines) + "\n\n  Ctrl-C 停止 · stops everything\n")


def answers(address: str) -> bool:
    """Say whether ``address`` answers within a minute."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own http address
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def account_table(file: Path) -> list[str]:
    """Return the accounts of the synthetic city as aligned lines; nothing when there is no such file."""
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return ["", *("  ".join(padded(cell, wide) for cell, wide in zip(row, widths, strict=True)) for row in rows)]


def width(text: str) -> int:
    """Return how many columns ``text`` takes on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def padded(text: str, wide: int) -> str:
    """Return ``text`` filled up with blanks to ``wide`` columns."""
    return text + " " * (wide - width(text))
