"""The promises about the shape of the code: sizes, docstrings, who commits, what a migration may do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.config import ROOT

LONGEST_MODULE = 300
LONGEST_FUNCTION = 25
"""Lines of code and comment from the first statement after the docstring to the last."""
MAY_COMMIT = re.compile(r"server/(http|worker|stream\w*)\.py|server/(\w+/)?cli\.py|server/(embedded|demo|jobs)/.*")
NUMBERED = re.compile(r"(\d{4})_[a-z0-9_]+\.py")


def modules(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "versions" not in path.parts]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize(
    "path", modules("gis", "server", "scripts", "bench", "mobile/core", "mobile/device", "mobile/service"), ids=named
)
def test_a_module_is_short_and_says_its_job_and_its_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= LONGEST_MODULE
    assert not text.strip() or ast.get_docstring(tree)
    assert {f.name: length(f) for f in functions(tree) if length(f) > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", modules("server"), ids=named)
def test_nobody_but_the_frame_commits(path: Path) -> None:
    commits = re.findall(r"\.commit\(", path.read_text(encoding="utf-8"))
    assert not commits or MAY_COMMIT.fullmatch(named(path))


@pytest.mark.parametrize("path", modules("server"), ids=named)
def test_nobody_but_the_clock_reads_the_time_of_day(path: Path) -> None:
    """Tests and the synthetic city move ``server.db.clock``; a date read elsewhere would not move with it."""
    read = re.findall(r"datetime\.now\(|date\.today\(|time\.time\(|utcnow\(", path.read_text(encoding="utf-8"))
    assert not read or named(path) == "server/db.py" or named(path).startswith("server/embedded/")


def migrations() -> list[Path]:
    return sorted((ROOT / "migrations" / "versions").glob("*.py"))


def test_migrations_are_numbered_without_a_gap_and_each_follows_the_one_before() -> None:
    numbers = [match[1] for path in migrations() if (match := NUMBERED.fullmatch(path.name))]
    assert numbers == [f"{n:04d}" for n in range(1, len(migrations()) + 1)]
    for number, path in zip(numbers, migrations(), strict=True):
        before = f'"{int(number) - 1:04d}"' if int(number) > 1 else "None"
        text = path.read_text(encoding="utf-8")
        assert re.search(rf'^revision = "{number}"$', text, re.MULTILINE), path.name
        assert re.search(rf"^down_revision = {before}$", text, re.MULTILINE), path.name


@pytest.mark.parametrize("path", migrations(), ids=named)
def test_a_migration_goes_both_ways_and_knows_no_table_in_code(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(name.split(".")[0] in {"server", "gis"} for name in imported)
    assert {"upgrade", "downgrade"} <= {function.name for function in functions(tree)}
