"""A deployment's folder, made from the shipped files with one slip of the pen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.policy.load import SHIPPED

Deploy = Callable[[str, str, str], Path]


@pytest.fixture(autouse=True)
def no_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own policy folder is not what is tested here."""
    monkeypatch.delenv("GRIDWHISTLE_POLICY_DIR", raising=False)


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Deploy]:
    """``deploy(file, old, new)``: a folder with a copy of the shipped file in which `old`, there once, reads `new`."""

    def write(file: str, old: str, new: str) -> Path:
        written = tmp_path / file
        text = (written if written.exists() else SHIPPED / file).read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
        written.write_text(text.replace(old, new), "utf-8")
        return tmp_path

    return write
