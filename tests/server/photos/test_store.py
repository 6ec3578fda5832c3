"""A kept photo is whole and durable whatever kills the process that keeps it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from server.config import ROOT
from server.crypto import Ring, SealBroken
from server.photos.store import Store
from tests.server.photos.camera import sha

COPIES = {"view": b"v" * 30_000, "thumb": b"t" * 5_000}
KEEPER = textwrap.dedent(
    """
    import hashlib, sys
    from pathlib import Path
    from server.crypto import Ring
    from server.photos.store import Store

    here = Path(sys.argv[1])
    store = Store(here / "photos", Ring(here / "keys"), "sm")
    for number in range(10_000):
        content = b"%d" % number * 20_000
        store.keep(hashlib.sha256(content).hexdigest(), content, {"view": b"v" * 30_000, "thumb": b"t" * 5_000})
        print(number, flush=True)
    """
)


def store_in(folder: Path) -> Store:
    return Store(folder / "photos", Ring(folder / "keys"), "sm")


def test_what_is_kept_comes_back_byte_for_byte(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    assert not store.has(sha(b"photo"))
    store.keep(sha(b"photo"), b"photo", COPIES)
    assert store.has(sha(b"photo"))
    assert store.original(sha(b"photo")) == b"photo"
    assert store.copy(sha(b"photo"), "thumb") == COPIES["thumb"]


def test_keeping_again_mends_what_a_crash_left_incomplete(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.keep(sha(b"photo"), b"photo", COPIES)
    next((tmp_path / "photos").rglob("*.view.jpg")).unlink()
    assert not store.has(sha(b"photo"))
    store.keep(sha(b"photo"), b"photo", COPIES)
    assert store.copy(sha(b"photo"), "view") == COPIES["view"]


def test_a_sealed_file_under_another_name_does_not_open(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    for content in (b"one", b"two"):
        store.keep(sha(content), content, COPIES)
    one, two = (next((tmp_path / "photos").rglob(f"{sha(content)}.sealed")) for content in (b"one", b"two"))
    two.write_bytes(one.read_bytes())
    with pytest.raises(SealBroken):
        store.original(sha(b"two"))


@pytest.mark.parametrize("after", [1, 7, 20])
def test_a_keeper_killed_at_any_moment_loses_nothing_it_acknowledged(tmp_path: Path, after: int) -> None:
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT, env=dict(os.environ)
    )
    assert keeper.stdout is not None
    kept = [int(keeper.stdout.readline()) for _ in range(after)]
    keeper.send_signal(signal.SIGKILL)
    kept += [int(line) for line in keeper.stdout.read().split()]
    keeper.stdout.close()
    keeper.wait()
    store = store_in(tmp_path)
    for number in kept:
        content = b"%d" % number * 20_000
        assert store.original(sha(content)) == content
    for sealed in (tmp_path / "photos").rglob("*.sealed"):
        store.original(sealed.stem)
    next_one = b"%d" % (kept[-1] + 1) * 20_000
    store.keep(sha(next_one), next_one, COPIES)
    assert store.original(sha(next_one)) == next_one
