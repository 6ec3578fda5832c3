"""``gridwhistle policy`` on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from server.policy import load
from server.policy.cli import policy

Deploy = Callable[[str, str, str], Path]


def test_check_says_that_the_shipped_files_are_sound() -> None:
    result = CliRunner().invoke(policy, ["check"])
    assert result.exit_code == 0
    assert "政策文件无误" in result.output
    assert load().version in result.output


def test_check_lists_every_finding_of_a_folder_and_fails(deploy: Deploy) -> None:
    folder = deploy("limits.csv", "REG,,15 ND roll", "REG,,20 ND roll")
    result = CliRunner().invoke(policy, ["check", str(folder)])
    assert result.exit_code == 1
    assert "limits.csv:36: REG 为 20 ND roll，不得长于法定的 15 ND" in result.output


def test_show_gives_one_thing_as_one_line_of_json() -> None:
    result = CliRunner().invoke(policy, ["show", "settings", "grids.edge_m"])
    says = {"value": 50, "zh": "网格外就近归属距离（米）", "source": "spec 14.2"}
    assert json.loads(result.output) == {"key": "grids.edge_m", "says": says}


def test_show_names_what_is_not_there() -> None:
    result = CliRunner().invoke(policy, ["show", "whistles", "SONG"])
    assert result.exit_code == 1
    assert "'whistles' has no 'SONG'" in result.output


def test_show_lists_what_waits_for_the_district() -> None:
    lines = [json.loads(line) for line in CliRunner().invoke(policy, ["show", "--undecided"]).output.splitlines()]
    assert {"table": "settings", "key": "people.lockout_tries", "source": "default"} in lines
    assert not [line for line in lines if "default" not in line["source"]]


def test_show_counts_every_table() -> None:
    lines = [json.loads(line) for line in CliRunner().invoke(policy, ["show"]).output.splitlines()]
    assert {"table": "categories", "rows": 91} in lines
    assert all(line["rows"] for line in lines)


def test_seed_calendar_writes_what_is_shipped(tmp_path: Path) -> None:
    result = CliRunner().invoke(policy, ["seed-calendar", str(tmp_path), "--from", "2024", "--to", "2027"])
    assert result.output.splitlines() == ["2024: published", "2025: published", "2026: published", "2027: provisional"]
    assert load(tmp_path).version == load().version
