"""The settings of one installation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from server.config import ROOT, Config, ConfigError

ASK = "from server.config import Config; print(Config.from_environment().secret_key)"


def test_the_secret_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    first = Config.from_environment({"GRIDWHISTLE_VAR": str(tmp_path / "var")})
    again = Config.from_environment({"GRIDWHISTLE_VAR": str(tmp_path / "var")})
    assert first.secret_key == again.secret_key
    assert len(first.secret_key) >= 48
    assert (tmp_path / "var" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    words, environment = [sys.executable, "-c", ASK], {"GRIDWHISTLE_VAR": str(tmp_path)}
    started = [subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate()[0] for process in started}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_the_stream_takes_the_port_after_the_web_unless_told_otherwise(tmp_path: Path) -> None:
    base = {"GRIDWHISTLE_VAR": str(tmp_path), "GRIDWHISTLE_PORT": "9000"}
    assert Config.from_environment(base).stream_port == 9001
    assert Config.from_environment({**base, "GRIDWHISTLE_STREAM_PORT": "7"}).stream_port == 7


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRIDWHISTLE_PORT", "http"),
        ("GRIDWHISTLE_DEMO", "perhaps"),
        ("GRIDWHISTLE_WEBHOOK_NETWORKS", "10.0.0.0/8,10.0.0.1/8"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Config.from_environment({"GRIDWHISTLE_VAR": str(tmp_path), name: value})
