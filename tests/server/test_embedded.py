"""The private cluster: it is there when somebody needs it and gone when nobody does, whatever happens in between."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from server.config import ROOT, Config
from server.embedded import EmbeddedError, ensure, places
from server.embedded.cluster import Cluster, _processes, _works_in
from server.embedded.lease import lease

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
LONGEST_SOCKET_PATH = 107
SOON = 10.0
"""Seconds on a busy machine; an idle one takes two."""
HOLD = """
import sys, time
from pathlib import Path
from server.embedded.cluster import Cluster
from server.embedded.lease import lease
with lease(Cluster(Path(sys.argv[1]))):
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account can enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="网格 哨."))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def cluster(folder: Path) -> Iterator[Cluster]:
    cluster = Cluster(folder / "pg")
    yield cluster
    shutil.rmtree(places.socket_place(cluster.data, cluster.owner), ignore_errors=True)


def hold(data: Path) -> subprocess.Popen[str]:
    """Start another process that uses the cluster until it is killed."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, data], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    return holder


def kill(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.communicate()


def answer(cluster: Cluster) -> object:
    with psycopg.connect(cluster.url()) as connection:
        return connection.execute("SELECT current_database()").fetchone()


def server_processes(data: Path) -> list[int]:
    return [pid for pid in _processes() if _works_in(pid, data)]


def gone_within(seconds: float, data: Path) -> bool:
    deadline = time.monotonic() + seconds
    while server_processes(data):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_the_first_user_starts_the_server_and_the_last_to_leave_stops_it(cluster: Cluster) -> None:
    with lease(cluster):
        with lease(Cluster(cluster.data)):
            assert answer(cluster) == ("gridwhistle",)
        assert answer(cluster) == ("gridwhistle",)
    assert server_processes(cluster.data) == []


def test_several_users_may_come_at_once(cluster: Cluster) -> None:
    holders = [
        subprocess.Popen([sys.executable, "-c", HOLD, cluster.data], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [holder.stdout.readline() for holder in holders if holder.stdout] == ["ready\n"] * 4
    for holder in holders:
        kill(holder)
    assert gone_within(SOON, cluster.data)


def test_a_killed_user_leaves_no_server_behind_and_the_next_one_finds_it_whole(cluster: Cluster) -> None:
    kill(hold(cluster.data))
    assert gone_within(SOON, cluster.data)
    with lease(cluster):
        assert answer(cluster) == ("gridwhistle",)


def test_a_killed_user_does_not_take_the_server_from_the_others(cluster: Cluster) -> None:
    other = hold(cluster.data)
    with lease(cluster):
        kill(other)
        time.sleep(1.5)
        assert answer(cluster) == ("gridwhistle",)


def test_a_killed_keeper_takes_the_server_with_it_and_the_next_user_starts_anew(cluster: Cluster) -> None:
    holder = hold(cluster.data)
    postmaster = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    keeper = int(Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(keeper, signal.SIGKILL)
    assert gone_within(SOON, cluster.data)
    with lease(cluster):
        assert answer(cluster) == ("gridwhistle",)
    kill(holder)
    assert gone_within(SOON, cluster.data)


def test_what_was_committed_survives_a_killed_server(cluster: Cluster) -> None:
    holder = hold(cluster.data)
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    os.kill(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    kill(holder)
    assert gone_within(SOON, cluster.data)
    with lease(cluster), psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)


def test_a_pid_file_of_a_crash_does_not_block_even_when_its_number_lives_on(cluster: Cluster) -> None:
    with lease(cluster):
        pid_file = (cluster.data / "postmaster.pid").read_text()
    stranger = subprocess.Popen(cluster.owner.command("sleep", "60"), cwd="/")
    (cluster.data / "postmaster.pid").write_text(pid_file.replace(pid_file.split()[0], str(stranger.pid), 1))
    assert not cluster.is_running()
    with lease(cluster):
        assert answer(cluster) == ("gridwhistle",)
    stranger.kill()
    stranger.wait()


def test_a_first_start_that_was_interrupted_is_begun_anew(cluster: Cluster) -> None:
    (cluster.data.parent / "pg.new").mkdir()
    (cluster.data.parent / "pg.new" / "PG_VERSION").write_text("15")
    with lease(cluster):
        assert answer(cluster) == ("gridwhistle",)


def test_the_socket_folder_is_closed_and_one_that_is_not_is_refused(cluster: Cluster) -> None:
    place = places.open_socket_place(cluster.data, cluster.owner)
    assert place.stat().st_mode & 0o777 == 0o700
    assert len(f"{place}/.s.PGSQL.5432") < LONGEST_SOCKET_PATH
    place.chmod(0o755)
    with pytest.raises(EmbeddedError, match="closed folder"):
        places.open_socket_place(cluster.data, cluster.owner)


def test_variables_of_the_caller_do_not_lead_the_server_astray(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGDATA", "PGHOST", "PGPORT", "PGUSER"):
        monkeypatch.setenv(name, "9")
    with lease(cluster):
        monkeypatch.delenv("PGPORT")
        assert answer(cluster) == ("gridwhistle",)


def test_a_server_that_cannot_start_says_why(cluster: Cluster) -> None:
    with pytest.raises(EmbeddedError, match="shared_buffers"), lease(Cluster(cluster.data, {"shared_buffers": "many"})):
        pass


def test_a_named_database_is_used_as_it_is_or_said_to_be_silent(cluster: Cluster, tmp_path: Path) -> None:
    named = {"GRIDWHISTLE_VAR": str(tmp_path), "GRIDWHISTLE_DATABASE_URL": "postgresql://elsewhere@/city?host=/nowhere"}
    with pytest.raises(EmbeddedError, match="GRIDWHISTLE_DATABASE_URL"), ensure(Config.from_environment(named)):
        pass
    with lease(cluster):
        named["GRIDWHISTLE_DATABASE_URL"] = cluster.url()
        with ensure(Config.from_environment(named)) as url:
            assert url == cluster.url()
    assert not (tmp_path / "pg.place").exists()


def test_a_private_cluster_keeps_its_place_and_a_copied_checkout_gets_its_own(folder: Path) -> None:
    first = places.data_place(folder / "one")
    assert first == places.data_place(folder / "one") == (folder / "one" / "pg").resolve()
    shutil.copytree(folder / "one", folder / "two")
    assert places.data_place(folder / "two") == (folder / "two" / "pg").resolve()


@AS_ROOT
def test_a_home_that_only_root_may_enter_has_its_data_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "FALLBACK", folder / "fallback")
    (folder / "root").mkdir(mode=0o700)
    data = places.data_place(folder / "root" / "var")
    assert data.parent == folder / "fallback"
    with lease(Cluster(data)) as cluster:
        assert answer(cluster) == ("gridwhistle",)
    (folder / "root").chmod(0o755)
    assert places.data_place(folder / "root" / "var") == data


@AS_ROOT
def test_a_plain_user_has_a_cluster_too(folder: Path) -> None:
    python = shutil.which("python3", path="/usr/bin")
    if python is None:
        pytest.skip("no Python that another account may run")
    shutil.copytree(ROOT / "server" / "embedded", folder / "server" / "embedded")
    for name in ("__init__.py", "config.py"):
        shutil.copy(ROOT / "server" / name, folder / "server" / name)
    nobody = pwd.getpwnam("nobody")
    (folder / "var").mkdir()
    os.chown(folder / "var", nobody.pw_uid, nobody.pw_gid)
    become = ["setpriv", "--reuid", "nobody", "--regid", str(nobody.pw_gid), "--clear-groups", "--reset-env", "--"]
    told = [*become, python, "-c", HOLD, folder / "var" / "pg"]
    holder = subprocess.Popen(told, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    assert answer(Cluster(folder / "var" / "pg")) == ("gridwhistle",)
    assert {os.stat(f"/proc/{pid}").st_uid for pid in server_processes(folder / "var" / "pg")} == {nobody.pw_uid}
    kill(holder)
    assert gone_within(SOON, folder / "var" / "pg")
