"""The report: a line per row and fault, for whoever kept the table.

Job: row, account, result, what is wrong, what to do, in Chinese; the one-time codes in a file of their owner alone.
Never: contain a password.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from server.db import CN
from server.people.roster.plan import REFUSED, Someone, Step
from server.people.roster.reading import Fault
from server.people.roster.sheet import Row

HEAD = ("行号", "账号", "姓名", "结果", "列", "问题", "处理建议")
CODES_HEAD = ("账号", "姓名", "一次性码", "有效期至")


def refused(row: Row, faults: Iterable[Fault]) -> Step:
    """Return the step of a row that could not be read."""
    return Step(row.number, row.cells.get("username", ""), row.cells.get("name", ""), REFUSED, tuple(faults))


def counts(steps: Iterable[Step]) -> dict[str, int]:
    """Return how many rows had which result, the most frequent first."""
    return dict(Counter(step.result for step in steps).most_common())


def write(file: Path, steps: Iterable[Step]) -> None:
    """Write the report as CSV that a spreadsheet opens without questions."""
    with file.open("w", newline="", encoding="utf-8-sig") as out:
        table = csv.writer(out)
        table.writerow(HEAD)
        for step in sorted(steps, key=lambda one: one.number):
            for fault in step.faults or (Fault("", "", ""),):
                table.writerow((step.number, _safe(step.username), _safe(step.name), step.result, *map(_safe, fault)))


def write_codes(file: Path, people: Iterable[Someone], codes: Iterable[str], expires_at: datetime) -> None:
    """Write the one-time codes of new persons into a new file that only its owner reads.

    Raises:
        FileExistsError: the file is there; codes are never written over others.
    """
    until = expires_at.astimezone(CN).strftime("%Y-%m-%d %H:%M")
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="", encoding="utf-8-sig"
    ) as out:
        table = csv.writer(out)
        table.writerow(CODES_HEAD)
        table.writerows(
            (_safe(one.username), _safe(one.name), code, until) for one, code in zip(people, codes, strict=True)
        )


def _safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text
