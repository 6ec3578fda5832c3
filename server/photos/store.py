"""Files of photos by the hash of their bytes: written whole or not at all, kept once however many items show them.

Job: durable files under one folder, found by SHA-256.
Never: know items, persons or the database.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def place(folder: Path, sha256: str, suffix: str) -> Path:
    """Return where the file of ``sha256`` lies: two levels of folders keep each one small."""
    return folder / sha256[:2] / sha256[2:4] / f"{sha256}{suffix}"


def write(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` so that after any crash the file is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    _settle(path.parent)


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
