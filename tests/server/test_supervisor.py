"""Everything on one machine: it starts, it stops, and nothing is left however it ends."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.config import ROOT
from server.embedded.cluster import Cluster
from server.embedded.places import data_place, socket_place
from server.welcome import account_table
from tests.programs import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
PATIENCE = 180.0
"""Seconds; an idle machine needs five to start and two to end, one whose disk is busy many times that."""


@pytest.fixture
def var() -> Iterator[Path]:
    """An installation's folder, which the account of the database can enter."""
    folder = Path(tempfile.mkdtemp(prefix="gridwhistle-run."))
    folder.chmod(0o755)
    yield folder
    for pid in processes(folder):
        os.kill(pid, signal.SIGKILL)
    data = data_place(folder)
    shutil.rmtree(socket_place(data, Cluster(data).owner), ignore_errors=True)
    shutil.rmtree(folder)


def processes(var: Path) -> list[int]:
    """Every living process that was started for the installation in ``var``."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            mine = entry.name.isdigit() and f"{var}".encode() in (entry / "environ").read_bytes()
            mine = mine or (entry.name.isdigit() and f"{var}".encode() in (entry / "cmdline").read_bytes())
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        if mine and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def left_after(seconds: float, var: Path) -> list[str]:
    """Give the processes in ``var`` time to end; return the commands of those that did not."""
    wait(lambda: not processes(var), seconds)
    return [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in processes(var)]


def start(var: Path, port: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "GRIDWHISTLE_VAR": str(var), "GRIDWHISTLE_DEMO": "no"}
    words = [sys.executable, "-m", "server.cli", "run", "--port", str(port)]
    return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait(condition: object, seconds: float) -> bool:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_works_and_ends_on_request(var: Path) -> None:
    port = free_port()
    run = start(var, port)
    assert wait(lambda: answers(port), PATIENCE)
    run.kill()
    run.communicate()
    assert not left_after(PATIENCE, var)
    run = start(var, port)
    assert wait(lambda: answers(port), PATIENCE)
    run.send_signal(signal.SIGINT)
    said, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0, said
    assert not left_after(PATIENCE, var)
    assert "Traceback" not in said


def test_when_one_process_dies_the_rest_end_too_and_say_so(var: Path) -> None:
    port = free_port()
    run = start(var, port)
    assert wait(lambda: answers(port), PATIENCE)
    worker = next(pid for pid in processes(var) if b"\0worker" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(worker, signal.SIGKILL)
    said, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode != 0
    assert "worker stopped" in said
    assert not left_after(PATIENCE, var)


def test_a_second_start_and_a_taken_port_are_refused_and_stop_ends_the_first(var: Path) -> None:
    port = free_port()
    run = start(var, port)
    assert wait(lambda: answers(port), PATIENCE)
    assert "make stop" in command(var, "run", "--port", str(free_port())).stderr
    assert command(var, "stop").returncode == 0
    run.communicate(timeout=PATIENCE)
    assert run.returncode == 0
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        assert f"port {port} is taken" in command(var, "run", "--port", str(port)).stderr


def command(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GRIDWHISTLE_VAR": str(var)}
    told = [sys.executable, "-m", "server.cli", *words]
    return subprocess.run(
        told, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_the_accounts_stand_in_columns_although_chinese_is_wide(tmp_path: Path) -> None:
    file = tmp_path / "demo-accounts.csv"
    file.write_text("username,role,unit\nwang,网格员,红旗社区\nli,CENTRE,区\n", encoding="utf-8")
    assert account_table(file) == [
        "",
        "username  role    unit    ",
        "wang      网格员  红旗社区",
        "li        CENTRE  区      ",
    ]
    assert account_table(tmp_path / "none.csv") == []
