"""Where the server is (服务器地址): told by the environment, kept on this phone, or built into the app.

Job: one address, in this order; else the one of a server on the same machine.
Never: look for a server.
"""

from __future__ import annotations

import os
from pathlib import Path

ENVIRONMENT = "GRIDWHISTLE_SERVER"
KEPT = "server.txt"
BUILT_IN = Path(__file__).resolve().parents[1] / "assets" / "server.txt"
DESK = "http://127.0.0.1:8000"
"""Where ``make run`` listens."""


def server_address(folder: Path) -> str:
    """Return the address of the server, such as https://grid.example.gov.cn."""
    told = os.environ.get(ENVIRONMENT, "")
    kept = (_read(path) for path in (Path(folder) / KEPT, BUILT_IN))
    return next((one for one in (told.strip(), *kept) if one), DESK).rstrip("/")


def own_certificate(folder: Path) -> bool | str:
    """Return the path of an installation's own certificate (``server.pem``) when there is one, else True."""
    for path in (Path(folder) / "server.pem", BUILT_IN.with_name("server.pem")):
        if path.exists():
            return str(path)
    return True


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""
