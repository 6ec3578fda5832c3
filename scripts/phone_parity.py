"""Running the staged app as a phone does: its packages alone, ``-OO``, on this Python and the newest that has Kivy.

Job: an environment per Python with mobile/requirements.txt and nothing else; open every tab of an enrolled phone there.
Never: stand for a phone: no Android, no camera, no Java.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "android"
NEWEST = ("3.13",)
"""Versions beyond ours for which Kivy 2.3.1 has a wheel; the phone's own 3.14 has none yet."""
RUN = """
import os, pathlib, sys
os.environ.update(SDL_VIDEODRIVER="offscreen", KIVY_NO_ARGS="1", KIVY_NO_CONFIG="1", KIVY_NO_FILELOG="1")
os.environ.update(KIVY_CLIPBOARD="dummy", KIVY_LOG_MODE="PYTHON")
from kivy.config import Config
for name in Config.options("input"):
    Config.remove_option("input", name)
from kivy.base import EventLoop, runTouchApp
from mobile.app import FieldApp
from mobile.core.opening import open_field
from mobile.device.desktop import DesktopDevice
field = open_field(DesktopDevice(pathlib.Path(sys.argv[1])), "http://127.0.0.1:9")
person = {"id": "p", "name": "试用", "username": "t", "roles": ["GWF"], "unit": "441602001001", "unit_zh": "南门社区",
          "township": "441602001", "grids": ["441602001001001"], "posts": [], "permissions": {"event.create": "a"},
          "must_change_password": False, "server_time": ""}
field.store.keep("account", {"token": "t", "expires_at": "", "person": person})
field.set_pin("2580")
app = FieldApp(field)
app._run_prepare()
runTouchApp(embedded=True)
for name in ("messages", "me", "settings", "report", "outbox", "privacy", "track", "workload", "own_data", "today"):
    app.go(name)
    for _ in range(4):
        EventLoop.idle()
app.dispatch("on_stop")
print("drawn", sys.version.split()[0], "asserts off" if not __debug__ else "asserts ON")
os._exit(0)
"""


def pythons() -> list[str]:
    """Return the Pythons to run on: this one's, and the newest there is with a Kivy wheel."""
    found = [path for version in NEWEST if (path := _python(version))]
    return [sys.executable, *found]


def _python(version: str) -> str | None:
    known = shutil.which(f"python{version}")
    if known and subprocess.run([known, "-c", ""], capture_output=True, check=False).returncode == 0:
        return known
    uv = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "uv"), "python", "find", "--no-python-downloads", version],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    pyenv = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{version}.*/bin/python"))
    return uv.stdout.strip() if uv.returncode == 0 else str(pyenv[-1]) if pyenv else None


def run(python: str) -> str:
    """Draw the pages on ``python``; raises with the end of the output when that fails."""
    parity = environment(python)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [str(parity / "bin" / "python"), "-OO", "-W", "error::DeprecationWarning:mobile", "-c", RUN, folder],
            cwd=BUILD / "app", capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    said = [line for line in done.stdout.splitlines() if line.startswith("drawn")]
    if done.returncode or not said:
        raise RuntimeError((done.stdout + done.stderr)[-900:])
    return said[0]


def environment(python: str) -> Path:
    """Return an environment with the phone's packages alone, made when it is missing or they have changed."""
    version = subprocess.run(
        [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, check=True
    )
    folder = BUILD / f"phone-{version.stdout.strip()}"
    asked, stamp = (ROOT / "mobile" / "requirements.txt").read_text(), folder / "requirements.stamp"
    if not stamp.exists() or stamp.read_text() != asked:
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        words = [
            "install",
            "-q",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--no-input",
            "-r",
            str(ROOT / "mobile" / "requirements.txt"),
        ]
        subprocess.run([str(folder / "bin" / "pip"), *words], check=True)
        stamp.write_text(asked)
    return folder
