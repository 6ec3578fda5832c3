"""The policy as a book (政策全文): which files are in force, since when, from where, and what differs from the shipped.

Job: tell each file's origin and its changed lines, each setting with its source.
Never: change anything.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from server import policy
from server.amendments.models import Amendment
from server.amendments.subjects import SUBJECTS
from server.db import db, now
from server.policy.load import SHIPPED, SUFFIXES
from server.policy.plain import plain
from server.policy.settings import AWAITED

CHANGED_MAX = 400


def files() -> list[dict[str, Any]]:
    """Return every policy file: origin, since when, how many lines differ from the shipped one."""
    holding = _holding()
    return [_file(path.name, holding) for path in sorted(SHIPPED.iterdir()) if path.suffix in SUFFIXES]


def _holding() -> dict[str, Amendment]:
    """Return file → the amendment whose text of it holds now."""
    query = sa.select(Amendment).where(Amendment.begins_at <= now(), Amendment.withdrawn_at.is_(None))
    found = db.session.scalars(query.order_by(Amendment.begins_at)).all()
    return {name: one for one in found for name in SUBJECTS[one.subject].files}


def _file(name: str, holding: dict[str, Amendment]) -> dict[str, Any]:
    amendment = holding.get(name)
    changed = differences(name, amendment)
    laid_over = policy.texts((name,))[name] != shipped(name)
    origin = "amendment" if amendment else "folder" if laid_over else "shipped"
    return {
        "name": name,
        "origin": origin,
        "since": amendment.begins_at if amendment else None,
        "no": amendment.no if amendment else None,
        "subject": amendment.subject if amendment else None,
        "added": sum(sign == "+" for sign, _ in changed),
        "removed": sum(sign == "-" for sign, _ in changed),
    }


def shipped(name: str) -> str:
    """Return the text of a file as it was shipped."""
    return (SHIPPED / name).read_text(encoding="utf-8-sig")


def in_force(name: str, amendment: Amendment | None) -> str:
    """Return the text of a file as it holds now."""
    return str(amendment.files[name]) if amendment else policy.texts((name,))[name]


def differences(name: str, amendment: Amendment | None) -> list[tuple[str, str]]:
    """Return the lines by which the file in force differs from the shipped one, each with its sign."""
    return list(_lines(shipped(name), in_force(name, amendment)))[:CHANGED_MAX]


def _lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    if before == after:
        return
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if line[0] in "+-":
            yield line[0], line[2:]


def one_file(name: str) -> dict[str, Any] | None:
    """Return one file with its text and its changed lines, None when there is no such file."""
    path = SHIPPED / name
    if path.suffix not in SUFFIXES or not path.is_file() or path.parent != SHIPPED:
        return None
    holding = _holding()
    changed = [{"sign": sign, "text": text} for sign, text in differences(name, holding.get(name))]
    return _file(name, holding) | {"text": in_force(name, holding.get(name)), "changed": changed}


def settings() -> list[dict[str, Any]]:
    """Return every single value with its name and source, in the file's order; nothing acts on those ``awaited``."""
    book = policy.current()
    return [
        {"key": name, "zh": book.labels[name], "value": value, "source": book.sources[name], "awaited": name in AWAITED}
        for group, values in plain(book.settings).items()
        for name, value in ((f"{group}.{key}", value) for key, value in values.items())
    ]
