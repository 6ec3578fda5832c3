"""Set this checkout up on a bare machine: system packages, virtual environment, pinned packages, the project itself.

Job: do what is missing, say what and why, skip what is there (well below a second when everything is).
Never: need anything but Python ≥ 3.11, or touch the machine beyond the Debian packages it names.

    python3 scripts/setup.py run     what `make run` needs
    python3 scripts/setup.py test    the tools of `make test`, `make check` and `make field` as well
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LOG = ROOT / "var" / "log" / "setup.log"
LOCKS = {"run": ROOT / "requirements" / "server.lock", "test": ROOT / "requirements" / "dev.lock"}
FONTS_SCRIPT = ROOT / "scripts" / "fonts.py"
FONTS_FROM = (FONTS_SCRIPT, ROOT / "mobile" / "widgets" / "icons.py")
FONTS_STAMP = ROOT / "mobile" / "assets" / "fonts" / "stamp"
OLDEST_PYTHON = (3, 11)
CLEAR = "\r\033[K"
NEWS = ("Collecting ", "Get:", "Unpacking ", "Setting up ")
"""How the lines begin by which pip and apt say that they got on."""


@dataclass(frozen=True)
class Need:
    """Something Debian gives: the packages, what for, how to see that it is there, and who needs it."""

    packages: tuple[str, ...]
    why: str
    is_there: Callable[[], bool]
    purposes: tuple[str, ...] = ("run", "test")


def has_venv() -> bool:
    """Say whether this Python can make a virtual environment with pip in it."""
    return (
        subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode
        == 0
    )


def has_postgis() -> bool:
    """Say whether a PostgreSQL with PostGIS is installed, or another database is named."""
    named = os.environ.get("GRIDWHISTLE_DATABASE_URL") or os.environ.get("GRIDWHISTLE_PG_BIN")
    return bool(named) or any(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))


def has_gl() -> bool:
    """Say whether the two libraries are installed by which Kivy draws, on a screen or without one."""
    return all(ctypes.util.find_library(name) for name in ("GL", "EGL"))


def has_noto() -> bool:
    """Say whether the Chinese font is installed from which the field app's fonts are cut."""
    return Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()


def has_npm() -> bool:
    """Say whether npm can fetch what the pages load."""
    return bool(shutil.which("node") and shutil.which("npm"))


NEEDS = (
    Need(("python3-venv",), "the project's own Python environment (.venv)", has_venv),
    Need(
        ("postgresql-15", "postgresql-15-postgis-3"),
        "the database with its geometry: a private cluster in var/, reached by a socket only",
        has_postgis,
    ),
    Need(("libgl1", "libegl1"), "the field app's drawing (OpenGL; Mesa draws without a screen)", has_gl, ("test",)),
    Need(("fonts-noto-cjk",), "the field app's Chinese letters (Noto Sans SC, OFL-1.1)", has_noto, ("test",)),
    Need(("nodejs", "npm"), "fetches the scripts that the web pages load, pinned in package-lock.json", has_npm),
    Need(("chromium",), "the browser in which the web pages are tested", Path("/usr/bin/chromium").exists, ("test",)),
    Need(("nginx-light",), "runs the front, deploy/nginx.conf", Path("/usr/sbin/nginx").exists, ("test",)),
)


def main(purpose: str) -> None:
    """Bring the checkout to where ``purpose`` ("run" or "test") can start."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"Python ≥ 3.11 is needed, this is {sys.version.split()[0]}: make PYTHON=python3.11 …")
    LOG.parent.mkdir(parents=True, exist_ok=True)
    install_system_packages([need for need in NEEDS if purpose in need.purposes and not need.is_there()])
    lock = LOCKS[purpose]
    fingerprint = hashlib.sha256(b"".join(path.read_bytes() for path in (lock, ROOT / "setup.cfg"))).hexdigest()
    stamp = VENV / f"{purpose}.stamp"
    if not has_environment():
        step("making .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
    if not stamp.exists() or stamp.read_text() != fingerprint:
        install_pinned(lock)
        install_project()
        stamp.write_text(fingerprint)
    if purpose == "test" and not has_fonts():
        step("cutting the field app's fonts", [str(VENV / "bin" / "python"), str(FONTS_SCRIPT)])
    install_pages(purpose)


def install_pages(purpose: str) -> None:
    """Fetch what the web pages load, exactly as ``package-lock.json`` says, to where the server finds it."""
    copier, vendor = ROOT / "scripts" / "vendor.py", ROOT / "server" / "console" / "static" / "vendor"
    fingerprint = hashlib.sha256((ROOT / "package-lock.json").read_bytes() + copier.read_bytes()).hexdigest()
    stamps = [vendor / f"{name}.stamp" for name in (purpose, "test")]
    if any(stamp.exists() and stamp.read_text() == fingerprint for stamp in stamps):
        return
    only = [] if purpose == "test" else ["--omit=dev"]
    words = ["npm", "ci", "--prefix", str(ROOT), "--ignore-scripts", "--no-audit", "--no-fund", *only]
    step("fetching the scripts of the web pages (package-lock.json)", words)
    step("copying them", [sys.executable, str(copier)])
    stamps[0].write_text(fingerprint)


def has_fonts() -> bool:
    """Say whether the field app's fonts were cut by the present script, for the present pictures."""
    sources = b"".join(path.read_bytes() for path in FONTS_FROM)
    return FONTS_STAMP.exists() and FONTS_STAMP.read_text() == hashlib.sha256(sources).hexdigest()


def has_environment() -> bool:
    """Say whether ``.venv`` was made here and its Python still exists; a copied or moved one has dead commands."""
    note = VENV / "pyvenv.cfg"
    return (VENV / "bin" / "python").exists() and note.exists() and note.read_text().rstrip().endswith(f" {VENV}")


def install_system_packages(missing: list[Need]) -> None:
    """Install what Debian must give; without apt, or without the right to, say exactly what to install."""
    if not missing:
        return
    packages = [package for need in missing for package in need.packages]
    for need in missing:
        say(f"needed from Debian: {' '.join(need.packages)} — {need.why}")
    admin = [] if os.geteuid() == 0 else ["sudo"]
    if not shutil.which("apt-get") or (admin and not shutil.which("sudo")):
        sys.exit(f"Please install as the administrator, then call make again:  apt-get install {' '.join(packages)}")
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive"]
    step("refreshing Debian's package lists", [*admin, *quiet, "apt-get", "update", "-q"])
    install = [*admin, *quiet, "apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    with_no_cluster_of_its_own(admin, lambda: step(f"installing {' '.join(packages)}", install))


def with_no_cluster_of_its_own(admin: list[str], install: Callable[[], None]) -> None:
    """Call ``install`` while Debian is told not to start a system-wide server, which nobody here would use."""
    folder, note = "/etc/postgresql-common/createcluster.d", "/etc/postgresql-common/createcluster.d/gridwhistle.conf"
    subprocess.run([*admin, "mkdir", "-p", folder], check=True)
    subprocess.run([*admin, "tee", note], input=b"create_main_cluster = false\n", stdout=subprocess.DEVNULL, check=True)
    try:
        install()
    finally:
        subprocess.run([*admin, "rm", "-f", note], check=True)


def install_pinned(lock: Path) -> None:
    """Install exactly what ``lock`` says, each file checked against its hash; nothing is compiled here."""
    total = sum(line[:1].isalnum() for line in lock.read_text().splitlines())
    words = ["install", "--require-hashes", "--only-binary", ":all:", "--no-input", "-r", str(lock)]
    step(f"installing {total} Python packages ({lock.relative_to(ROOT)})", pip(*words), total=total)


def install_project() -> None:
    """Install the project itself, editable, so that .venv/bin/gridwhistle exists."""
    step("installing gridwhistle", pip("install", "--no-deps", "--no-build-isolation", "-q", "-e", str(ROOT)))


def pip(*words: str) -> list[str]:
    """Return the command line for the environment's pip."""
    return [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *words]


def step(what: str, words: list[str], total: int = 0) -> None:
    """Run ``words`` with its output in the log; show what goes on; on failure show the end of the output and leave."""
    began = time.monotonic()
    lines: list[str] = []
    with LOG.open("a") as log, started(words) as child:
        for line in child.stdout or ():
            log.write(line)
            lines.append(line)
            show_progress(what, lines, total)
    if child.returncode:
        sys.exit(f"\n{what} failed:\n{''.join(lines[-15:])}\nThe whole output is in {LOG}.")
    say(f"{what}: {time.monotonic() - began:.0f} s")


def started(words: list[str]) -> subprocess.Popen[str]:
    """Start ``words``, all of its output in one stream."""
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")


def show_progress(what: str, lines: list[str], total: int) -> None:
    """On a terminal, keep one line that moves: how many packages, or which of Debian's."""
    if sys.stdout.isatty() and lines[-1].startswith(NEWS):
        done = sum(line.startswith("Collecting ") for line in lines)
        tail = f"{done}/{total}" if total else lines[-1].strip()[:60]
        print(f"{CLEAR}· {what}: {tail}", end="", flush=True)


def say(text: str) -> None:
    """Print one line at once, over the line that moves."""
    print(f"{CLEAR if sys.stdout.isatty() else ''}· {text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
