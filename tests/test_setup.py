"""The set-up of a bare machine: pinned to the hash, silent when nothing is missing, plain when it cannot help."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from server.config import ROOT

PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)
NAMED = re.compile(r"^([A-Za-z0-9-]+)", re.MULTILINE)
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, loaded as a module, with its log and environment elsewhere."""
    spec = importlib.util.spec_from_file_location("setup_script", ROOT / "scripts" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "setup_script", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "LOG", tmp_path / "setup.log")
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    return module


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_with_hashes_and_no_address_of_a_machine(lock: Path) -> None:
    text = lock.read_text()
    assert PINNED.search(text)
    blocks = [block for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE) if not block.startswith("#")]
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"://|^-", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["server", "dev"])
def test_the_lock_holds_what_the_project_asks_for(name: str) -> None:
    asked = re.sub(r"^\s*(#|-r).*$", "", (ROOT / "requirements" / f"{name}.in").read_text(), flags=re.MULTILINE)
    locked = {found[1] for found in PINNED.finditer((ROOT / "requirements" / f"{name}.lock").read_text())}
    assert {found[1].lower() for found in NAMED.finditer(asked)} <= locked


def test_tests_run_with_the_versions_that_are_shipped() -> None:
    """Where a tool asks for a package too, it may be wanted in more places than it is shipped to."""
    server, dev = (
        {(name, version) for name, version, _ in PINNED.findall((ROOT / "requirements" / f"{lock}.lock").read_text())}
        for lock in ("server", "dev")
    )
    assert server <= dev


def test_without_apt_it_says_what_to_install(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SystemExit, match="apt-get install postgresql-15 postgresql-15-postgis-3"):
        setup.install_system_packages([setup.NEEDS[1]])


def test_a_step_that_fails_shows_the_end_of_its_output(setup: ModuleType) -> None:
    with pytest.raises(SystemExit, match="no such wheel"):
        setup.step("installing", ["sh", "-c", "echo fetching; echo no such wheel; exit 1"])
    assert "no such wheel" in setup.LOG.read_text()


def test_a_copied_environment_is_not_believed(setup: ModuleType) -> None:
    (setup.VENV / "bin").mkdir(parents=True)
    (setup.VENV / "bin" / "python").touch()
    note = setup.VENV / "pyvenv.cfg"
    note.write_text("command = /usr/bin/python3 -m venv /elsewhere/.venv\n")
    assert not setup.has_environment()
    note.write_text(f"command = /usr/bin/python3 -m venv --clear {setup.VENV}\n")
    assert setup.has_environment()
