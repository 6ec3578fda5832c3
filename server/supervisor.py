"""Everything on one machine: the private cluster, web, live stream and worker, started and stopped together.

Job: what ``make run`` does once the packages are there.
Never: serve a request itself, or leave a process behind however it ends (killed outright included).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shlex import quote

import click
import sqlalchemy as sa
from honcho.manager import Manager
from honcho.process import Process

from server import schema
from server.config import ROOT, Config
from server.embedded import EmbeddedError, ensure
from server.welcome import welcome

PYTHON = quote(sys.executable)
GUNICORN = f"{PYTHON} -m gunicorn --no-control-socket --graceful-timeout 3 --log-level warning"
PROCESSES = {
    "web": GUNICORN + " -k server.lanes.Worker -w 2 --threads 8 --preload -b {host}:{port} server.web:app",
    "stream": GUNICORN + " -k gevent -w 1 --worker-connections 10000 -b {host}:{stream_port} server.stream_app:app",
    "worker": f"{PYTHON} -m server.cli worker --behind",
}
"""Two web processes of two lanes of eight threads for two cores, loaded once; the stream has a process for its open
connections and what is shown on them."""

IS_EMPTY = sa.text("SELECT NOT EXISTS (SELECT FROM persons)")
PR_SET_PDEATHSIG = 1
LEASH = ("setpriv", "--pdeathsig", "TERM", "--")
"""Put before a command: it is told to end when its parent dies."""


class Leashed(Process):  # type: ignore[misc]
    """A process whose middleman dies with the supervisor, and which is told to end when its middleman dies."""

    def run(self, events: object = None, ignore_signals: bool = False) -> None:
        """Called by honcho in the middleman, a fork of the supervisor that reads the process's output."""
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        self.cmd: str = f"exec {' '.join(LEASH)} {self.cmd}"
        super().run(events, ignore_signals)


class Supervisor(Manager):  # type: ignore[misc]
    """honcho's manager with every process on a leash."""

    def __init__(self) -> None:
        super().__init__()
        self._process_ctor = Leashed


@click.command()
@click.option("--port", type=int, help="网页端口 · port of the web pages; the stream takes the next one")
def run(port: int | None) -> None:
    """启动本机全部服务 · start web, live stream and worker, with a private database where no other is named."""
    config = Config.from_environment()
    if port:
        config = replace(config, port=port, stream_port=port + 1)
    with alone(config.var), ensure(config) as url:
        demand_free_ports(config)
        click.echo("· 数据库就绪 · database ready")
        schema.demand_current(url, may_migrate=True)
        environment = {**os.environ, **as_environment(replace(config, database_url=url)), METRICS: counters(config)}
        if config.demo:
            load_city(config.var / "demo.unfinished", url, environment)
        supervisor = Supervisor()
        for name, command in PROCESSES.items():
            words = command.format(host=config.host, port=config.port, stream_port=config.stream_port)
            supervisor.add_process(name, words, env=environment, cwd=str(ROOT))
        threading.Thread(target=welcome, args=(config,), daemon=True).start()
        supervisor.loop()
    sys.exit(0 if supervisor.returncode in ENDED_ON_REQUEST else supervisor.returncode)


METRICS = "PROMETHEUS_MULTIPROC_DIR"


def counters(config: Config) -> str:
    """Return an empty folder in which the processes add up what they count."""
    folder = config.var / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return str(folder)


ENDED_ON_REQUEST = (128 + signal.SIGINT, 128 + signal.SIGTERM)


@click.command()
def stop() -> None:
    """停止本机全部服务 · stop what ``run`` started, and wait for it."""
    pid_file = Config.from_environment().var / "run.pid"
    if (pid := running(pid_file)) is None:
        click.echo("没有在运行 · nothing is running")
        return
    os.kill(pid, signal.SIGTERM)
    while running(pid_file) == pid:
        time.sleep(0.1)
    click.echo("已停止 · stopped")


@contextmanager
def alone(var: Path) -> Iterator[None]:
    """Hold the right to run in this checkout; the lock is the kernel's, so that a killed run never blocks the next."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "run.pid").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError("已在运行 · it already runs here: `make stop` ends it.") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def running(pid_file: Path) -> int | None:
    """Return the number of the supervisor that holds ``pid_file``, None when nobody does."""
    if not pid_file.exists():
        return None
    with pid_file.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read())
    return None


def demand_free_ports(config: Config) -> None:
    """Raise EmbeddedError when another program listens where the web or the stream should."""
    for port in (config.port, config.stream_port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((config.host, port))
            except OSError:
                raise EmbeddedError(f"端口被占用 · port {port} is taken: make run PORT=…") from None


def load_city(unfinished: Path, url: str, environment: dict[str, str]) -> None:
    """Load the synthetic city into an empty database, or go on where an earlier load was interrupted."""
    if not unfinished.exists() and not is_empty(url):
        return
    unfinished.touch()
    words = [*LEASH, sys.executable, "-m", "server.cli", "demo", "load"]
    if subprocess.run(words, env=environment, cwd=ROOT, check=False).returncode:
        raise EmbeddedError("演示城市未载完 · the synthetic city is not complete: `make run` again goes on with it.")
    unfinished.unlink()


def is_empty(url: str) -> bool:
    """Say whether nobody is in the database yet."""
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return bool(connection.scalar(IS_EMPTY))


def as_environment(config: Config) -> dict[str, str]:
    """Return what the processes below must know of the settings this one was given."""
    return {
        "GRIDWHISTLE_DATABASE_URL": config.database_url,
        "GRIDWHISTLE_PORT": str(config.port),
        "GRIDWHISTLE_STREAM_PORT": str(config.stream_port),
        "GRIDWHISTLE_STREAM_URL": config.stream_url,
    }
