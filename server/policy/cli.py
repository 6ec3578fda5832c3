"""``gridwhistle policy``: check the policy files, show what is in force, renew the calendar.

Never changes a policy that is in force: files are edited, checked, and read at the next start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from server.policy import Policy, PolicyError, load
from server.policy.plain import plain

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
TABLES = (
    "categories",
    "directory",
    "duty_list",
    "grid_work",
    "urgencies",
    "units",
    "roles",
    "permissions",
    "promises",
    "ladders",
    "whistles",
    "reasons",
    "calendar",
    "years",
    "sensitive_periods",
    "law",
    "escalation",
    "levels",
    "figures",
    "settings",
)
UNDECIDED = "default"


@click.group("policy")
def policy() -> None:
    """政策文件：检查、查看 · check and show the policy."""


@policy.command()
@click.argument("folder", type=FOLDER, required=False)
def check(folder: Path | None) -> None:
    """检查政策文件夹（不填则检查生效的） · check a folder of policy files, or those in force."""
    found = _load(folder)
    undecided = sum(1 for _ in _undecided(found))
    counts = f"{len(found.categories)} 个案由、{len(found.units)} 个单位、{len(found.promises)} 项时限"
    click.echo(
        f"政策文件无误：{counts}；{undecided} 处为默认值，待本区确定 · no findings; {undecided} values are defaults"
    )
    click.echo(f"版本 · version {found.version}")


@policy.command()
@click.argument("table", type=click.Choice(TABLES), required=False)
@click.argument("key", required=False)
@click.option("--folder", type=FOLDER, help="另一政策文件夹 · another folder of policy files")
@click.option("--undecided", is_flag=True, help="只列默认值 · only what waits for the district to decide")
def show(table: str | None, key: str | None, folder: Path | None, undecided: bool) -> None:
    """查看生效的政策，JSON 逐行 · show the policy in force, one JSON object per line."""
    found = _load(folder)
    lines: list[dict[str, Any]]
    if undecided:
        lines = [{"table": name, "key": code, "source": source} for name, code, source in _undecided(found)]
    elif table is None:
        lines = [{"table": name, "rows": len(_rows(found, name))} for name in TABLES]
    else:
        lines = [{"key": code, "says": says} for code, says in _rows(found, table).items() if key in (None, code)]
    if key and not lines:
        raise click.ClickException(f"“{table}”中没有“{key}” · '{table}' has no '{key}'")
    for line in lines:
        click.echo(json.dumps(line, ensure_ascii=False))


@policy.command("seed-calendar")
@click.argument("folder", type=FOLDER)
@click.option("--from", "first", type=int, required=True, help="起始年份 · first year")
@click.option("--to", "last", type=int, required=True, help="截止年份 · last year")
def seed_calendar(folder: Path, first: int, last: int) -> None:
    """按放假通知生成日历文件 · write the calendar files of these years into FOLDER."""
    from server.policy.seed_calendar import seed

    for year, status in seed(range(first, last + 1), folder).items():
        click.echo(f"{year}: {status}")


def _load(folder: Path | None) -> Policy:
    try:
        return load(folder)
    except PolicyError as error:
        raise click.ClickException(str(error)) from error


def _rows(found: Policy, table: str) -> Mapping[str, Any]:
    """A table by key, as plain data."""
    things = getattr(found, table)
    if table == "settings":
        return {
            name: {"value": value, "zh": found.labels[name], "source": found.sources[name]}
            for group, values in plain(things).items()
            for name, value in ((f"{group}.{key}", value) for key, value in values.items())
        }
    if isinstance(things, tuple):
        return {getattr(thing, "code", str(number)): plain(thing) for number, thing in enumerate(things, 1)}
    rows: Mapping[str, Any] = plain(things)
    return rows


def _undecided(found: Policy) -> Iterator[tuple[str, str, str]]:
    """Table, key and source of everything whose source says default."""
    for table in TABLES:
        for code, says in _rows(found, table).items():
            yield from ((table, code, source) for source in sorted(set(_sources(says))) if UNDECIDED in source)


def _sources(says: Any) -> Iterator[str]:
    if isinstance(says, dict):
        if isinstance(says.get("source"), str):
            yield says["source"]
        says = list(says.values())
    for part in says if isinstance(says, list) else ():
        yield from _sources(part)
