"""Reads the policy files, has them checked, and hands out a `Policy` or one `PolicyError` with everything wrong.

A deployment lays a folder over the shipped files: a file there replaces the shipped one of the same name. Never fills
in what a file leaves out, and never lets a deployment replace the law.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from server.policy import checks
from server.policy.findings import Findings, Place, Places, PolicyError
from server.policy.model import CLOSED, Policy, Role, Unit, Urgency
from server.policy.reading import rules, values, what, when, who
from server.policy.reading.sheet import Sheets

SHIPPED = Path(__file__).parent / "data"
FOLDER_VARIABLE = "GRIDWHISTLE_POLICY_DIR"
THE_LAW = "law.csv"
SUFFIXES = frozenset({".csv", ".toml"})

# Names the program calls by: a deployment may change what stands behind them and add others, but not leave one out.
RELIED_ON = {
    "promises.csv": "code",
    "permissions.csv": "action",
    "roles.csv": "code",
    "whistles.csv": "code",
    "urgencies.csv": "code",
    "reasons.csv": "list",
    "figures.csv": "code",
}


def load(folder: Path | None = None, over: Mapping[str, str] | None = None) -> Policy:
    """The shipped policy, or the one of `folder` (default: the variable GRIDWHISTLE_POLICY_DIR) laid over it.

    `over` are the texts of files that replace both. Raises PolicyError with all findings when the files are not fit
    for use.
    """
    chosen = folder or _named_folder()
    replaced = {name: text.encode() for name, text in (over or {}).items()}
    sheets = Sheets(_files(chosen, findings := Findings()) | replaced, findings)
    read = values.read(sheets.text(values.FILE), findings)
    parts = _read(sheets, read)
    if chosen is not None:
        _refuse_gaps(sheets)
    if parts is None:
        raise PolicyError(findings.found)
    policy = Policy(version=_digest(sheets), **parts)
    checks.run(policy, Places(sheets.places, read.places), findings)
    if findings.found:
        raise PolicyError(findings.found)
    return policy


def texts(names: Iterable[str]) -> dict[str, str]:
    """The texts of these files as they are before any adopted version: shipped, or of the deployment's folder."""
    files = _files(_named_folder(), Findings())
    return {name: files[name].decode("utf-8-sig") for name in names}


def _named_folder() -> Path | None:
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else None


def _files(folder: Path | None, findings: Findings) -> dict[str, bytes]:
    """The shipped files with those of `folder` in their place."""
    found = {path.name: path.read_bytes() for path in sorted(SHIPPED.iterdir()) if path.suffix in SUFFIXES}
    if folder is None:
        return found
    if not folder.is_dir():
        findings.add(Place(str(folder), 0), "政策文件夹不存在", f"no such folder: see {FOLDER_VARIABLE}")
        return found
    for path in sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES):
        if path.name == THE_LAW:
            en = "the law is not a setting: delete this file, a change of law comes with a release"
            findings.add(Place(path.name, 1), "法定期限不能由部署替换，请删除本文件", en)
        elif path.name in found:
            found[path.name] = path.read_bytes()
        else:
            findings.unknown(Place(path.name, 1), "policy file", path.name, found)
    return found


def _read(sheets: Sheets, read: values.Values) -> dict[str, Any] | None:
    """Every table as an argument of `Policy`; None when the settings cannot be used."""
    bodies = _bodies(sheets)
    work = _work(sheets, bodies["units"])
    parts = bodies | work | _time_and_rules(sheets, bodies["roles"], work["urgencies"])
    leaves = parts.pop("leaves")
    around = what.Around(work["groups"], work["urgencies"], work["directory"], work["duty_list"])
    if read.settings is None:
        return None
    parts |= {"categories": what.categories(leaves, around, read.settings.events)}
    parts |= {"sources": read.sources, "labels": read.labels, "settings": read.settings}
    return {name: MappingProxyType(part) if isinstance(part, dict) else part for name, part in parts.items()}


def _bodies(sheets: Sheets) -> dict[str, Any]:
    """Who there is."""
    roles = who.roles(sheets)
    return {"roles": roles, "units": who.units(sheets), "permissions": who.permissions(sheets, roles)}


def _work(sheets: Sheets, units: Mapping[str, Unit]) -> dict[str, Any]:
    """What is reported and who answers for it; the leaves are still rows, to be joined with the settings."""
    leaves = what.leaves(sheets)
    return {
        "groups": what.groups(sheets),
        "urgencies": what.urgencies(sheets),
        "leaves": leaves,
        "directory": what.directory(sheets, leaves, units),
        "duty_list": what.duty_list(sheets, leaves, units),
        "grid_work": what.grid_work(sheets),
        "reasons": what.reasons(sheets),
        "figures": what.figures(sheets),
    }


def _time_and_rules(sheets: Sheets, roles: Mapping[str, Role], urgencies: Mapping[str, Urgency]) -> dict[str, Any]:
    """Promises, ladders, calendar and law; whistles and escalation."""
    ladders, years = when.ladders(sheets, roles), when.years(sheets)
    whistles, levels = rules.whistles(sheets, roles), rules.levels(sheets, roles)
    return {
        "ladders": ladders,
        "promises": when.promises(sheets, {**CLOSED, "urgency": urgencies, "whistle": whistles}, ladders),
        "years": years,
        "calendar": when.calendar(sheets, years),
        "sensitive_periods": when.sensitive_periods(sheets),
        "law": when.law(sheets),
        "whistles": whistles,
        "levels": levels,
        "escalation": rules.escalation_rules(sheets, levels),
    }


def _refuse_gaps(sheets: Sheets) -> None:
    """Note each name the program relies on that a replaced file leaves out."""
    for name, column in RELIED_ON.items():
        shipped = (SHIPPED / name).read_bytes()
        if sheets.files[name] == shipped:
            continue
        there = _names(sheets.text(name), column)
        for word in _names(shipped.decode(), column) - there:
            en = f"'{word}' is missing: the program relies on it, copy its line from the shipped {name}"
            sheets.findings.add(Place(name, 1), f"缺少“{word}”，请从自带的 {name} 补上该行", en)


def _names(text: str, column: str) -> set[str]:
    return {row.get(column, "") for row in csv.DictReader(io.StringIO(text, newline=""))}


def _digest(sheets: Sheets) -> str:
    """SHA-256 over names and contents: two policies with the same digest say the same."""
    digest = hashlib.sha256()
    for name, content in sorted(sheets.files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
