"""One private PostgreSQL cluster: make it, start it, stop it, say where it is.

Job: the life of one postmaster over one data folder.
Never: decide how long it lives (``lease`` and ``keeper`` do) or know a table.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from server.embedded.places import EmbeddedError, binaries, open_socket_place, owner_of, socket_place

ADMIN = "gridwhistle"
"""The role and the database every private cluster starts with; the closed socket folder is the only lock it has."""

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    "log_min_duration_statement": "1s",
    "log_parameter_max_length": "0",
    "log_error_verbosity": "terse",
}
"""Modest: a machine of two cores and a few gigabytes that also runs the web, the stream and the worker.

The log holds no values (parameters, failing rows): they may be personal data.
"""

START_SECONDS = 120.0
"""A start may have to replay the log of a crash first."""
STOP_SECONDS = 60.0
LONGEST_LOG = 8 << 20
"""Bytes; a longer log of the server is put aside at its next start."""


class Cluster:
    """The cluster whose files lie in ``data``; ``settings`` are handed to the server at each start."""

    def __init__(self, data: Path, settings: Mapping[str, str] = SETTINGS) -> None:
        self.data = data
        self.settings = dict(settings)
        self.owner = owner_of(data)
        self.log = data.with_name(f"{data.name}.log")

    def url(self, database: str = ADMIN) -> str:
        """Return the address of ``database``, readable by SQLAlchemy, psycopg and libpq alike."""
        return f"postgresql://{ADMIN}@/{database}?host={quote(str(socket_place(self.data, self.owner)), safe='')}"

    def program(self, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs, of the version that fits the data."""
        return binaries(self.data) / name

    def init(self) -> None:
        """Make the data folder where there is none; a half-made one of an interrupted attempt is thrown away."""
        if self.data.exists():
            return
        draft = self.data.with_name(f"{self.data.name}.new")
        self.data.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        os.chown(draft, self.owner.uid, -1)
        words = ["-U", ADMIN, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
        self._call(self.program("initdb"), "-D", draft, *words)
        self._call(self.program("postgres"), "--single", "-D", draft, "postgres", said=f"CREATE DATABASE {ADMIN};\n")
        os.replace(draft, self.data)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server as a child of the calling process, which it does not survive; wait until it answers."""
        self._clear_stale_pid()
        server = self._spawn()
        deadline = time.monotonic() + START_SECONDS
        while not self.is_running():
            if server.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL did not start:\n{self.last_words()}")
            time.sleep(0.02)
        return server

    def stop(self) -> None:
        """Stop the server at once but cleanly: sessions end, everything committed is on disk; wait for it."""
        if (pid := self._postmaster()) is None:
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while self._postmaster() is not None:
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL did not stop:\n{self.last_words()}")
            time.sleep(0.02)

    def is_running(self) -> bool:
        """Say whether the server accepts connections."""
        return self._postmaster() is not None and self._pid_file()[7:8] == ["ready"]

    def last_words(self) -> str:
        """Return the end of the server's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:]) if self.log.exists() else ""

    def _spawn(self) -> subprocess.Popen[bytes]:
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        places = ["-D", str(self.data), "-k", str(open_socket_place(self.data, self.owner))]
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            os.replace(self.log, self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.owner.command(self.program("postgres"), *places, *options),
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _pid_file(self) -> list[str]:
        try:
            return [line.strip() for line in (self.data / "postmaster.pid").read_text().splitlines()]
        except FileNotFoundError:
            return []

    def _postmaster(self) -> int | None:
        """Return the number of the running server's main process; a number left by a crash is not believed."""
        lines = self._pid_file()
        return int(lines[0]) if lines and _works_in(int(lines[0]), self.data) else None

    def _clear_stale_pid(self) -> None:
        """Remove the pid file of a crash, whose number another program may wear by now.

        PostgreSQL would refuse to start then. The file also guards against a second server over the same data, so it
        goes only once no process works in the data folder (those of a killed server take a moment to notice).
        """
        deadline = time.monotonic() + STOP_SECONDS
        while any(_works_in(pid, self.data) for pid in _processes()):
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Another server is at work in {self.data}.")
            time.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _call(self, *words: str | Path, said: str = "") -> None:
        command = self.owner.command(*words)
        done = subprocess.run(
            command, cwd="/", env=_environment(), input=said, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise EmbeddedError(f"{Path(words[0]).name} failed:\n{done.stdout}{done.stderr}")


def _environment() -> dict[str, str]:
    """Return what PostgreSQL's programs see: no PG* variable of the caller may point them elsewhere."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC"}


def _processes() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _works_in(pid: int, folder: Path) -> bool:
    """Say whether process ``pid`` has ``folder`` as its working folder, as each process of a server has."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return False
