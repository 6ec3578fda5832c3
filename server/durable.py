"""Files that survive a crash: there whole or not at all.

Job: write, rename and settle in the order that the file system keeps (fsync of the file, rename, fsync of the folder).
Never: know what a file holds.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from pathlib import Path

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def write(folder: Path, files: Mapping[str, bytes], *, drafts: Path | None = None) -> None:
    """Write ``files`` (name → content) into ``folder``; on return all of them are durable, readable by the owner alone.

    Two writers of one name leave one whole file. A file is never seen half written; what a killed process leaves
    half written lies in ``drafts`` (a folder on the same disk; default: beside the file, with a dot before its name).
    """
    make(folder)
    make(drafts or folder)
    for name, content in files.items():
        draft = (drafts or folder) / f".{name}.{uuid.uuid4().hex}"
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, folder / name)
        finally:
            draft.unlink(missing_ok=True)
    settle(folder)


def make(folder: Path) -> None:
    """Make ``folder`` and its parents, durable, open to the owner alone."""
    if not folder.is_dir():
        make(folder.parent)
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
        settle(folder.parent)


def settle(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
