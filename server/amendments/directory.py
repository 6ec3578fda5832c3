"""The dispatch directory, leaf by leaf (派单目录): who leads, who helps, with which share, by which clause.

Job: show a leaf, rewrite its lines in the text of the files, tell two versions apart.
Never: judge what is written: the policy's own checks do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from server.amendments.subjects import Files, rows, written
from server.policy import Policy

LINES = ("leaf", "unit", "role", "share_pct", "basis", "source")
DUTIES = ("leaf", "townships", "source")
UNIT = ("unit", "role", "share_pct", "basis", "source")
LOCAL = "default: decided by the district"
"""The source of a line where the editor names none."""


def leaves(book: Policy, *, q: str = "", unit: str | None = None) -> list[dict[str, Any]]:
    """Return the leaves in order, those whose code or name holds ``q`` and that ``unit`` has a share of."""
    found = [leaf(book, code) for code in book.categories]
    words = q.strip().lower()
    if words:
        found = [one for one in found if words in f"{one['code']} {one['zh']} {one['en']}".lower()]
    return [one for one in found if unit is None or any(line["unit"] == unit for line in one["units"])]


def leaf(book: Policy, code: str) -> dict[str, Any]:
    """Return what a version says of one leaf."""
    kind = book.categories[code]
    lines = [{name: getattr(entry, name) for name in UNIT} for entry in book.directory.get(code, ())]
    return {
        "code": code,
        "zh": kind.zh,
        "en": kind.en,
        "group": kind.group,
        "group_zh": kind.group_zh,
        "group_en": kind.group_en,
        "units": lines,
        "townships": sorted(book.duty_list.get(code, ())),
    }


def rewritten(files: Files, code: str, units: Iterable[Mapping[str, Any]], townships: list[str]) -> dict[str, str]:
    """Return ``files`` with the lines of one leaf replaced, in its old place; sources that stay keep their words."""
    lines = rows(files["directory.csv"])
    old = {line["unit"]: line for line in lines if line["leaf"] == code}
    fresh = [_line(code, one, old.get(one["unit"])) for one in units]
    place = next((n for n, line in enumerate(lines) if line["leaf"] >= code), len(lines))
    rest = [line for line in lines if line["leaf"] != code]
    return {
        "directory.csv": written(LINES, [*rest[:place], *fresh, *rest[place:]]),
        "duty_list.csv": written(DUTIES, _duties(rows(files["duty_list.csv"]), code, townships)),
    }


def _line(code: str, one: Mapping[str, Any], old: Mapping[str, str] | None) -> dict[str, str]:
    said = {name: str(one[name]) for name in ("unit", "role", "share_pct", "basis")}
    kept = old["source"] if old and all(old[name] == text for name, text in said.items()) else LOCAL
    return {"leaf": code, **said, "source": one.get("source") or kept}


def _duties(lines: list[dict[str, str]], code: str, townships: list[str]) -> list[dict[str, str]]:
    old = next((line for line in lines if line["leaf"] == code), None)
    rest = [line for line in lines if line["leaf"] != code]
    if not townships:
        return rest
    said = " ".join(townships)
    source = old["source"] if old and old["townships"] == said else LOCAL
    return sorted([*rest, {"leaf": code, "townships": said, "source": source}], key=lambda line: line["leaf"])


def duty_words(files: Files, code: str) -> list[str]:
    """Return the townships of a leaf as the file says it: ``all`` stays one word."""
    line = next((line for line in rows(files["duty_list.csv"]) if line["leaf"] == code), None)
    return line["townships"].split() if line else []


def differences(before: Policy, after: Policy) -> list[dict[str, Any]]:
    """Return the leaves of which two versions say something else, each with both sayings."""
    found = []
    for code in sorted(before.categories.keys() | after.categories.keys()):
        old, new = (leaf(book, code) if code in book.categories else None for book in (before, after))
        if old is None or new is None or _said(old) != _said(new):
            found.append({"leaf": (new or old or {}), "before": old, "after": new})
    return found


def _said(one: Mapping[str, Any]) -> Any:
    units = [tuple(line[name] for name in ("unit", "role", "share_pct", "basis")) for line in one["units"]]
    return units, one["townships"]
