"""Open the field app on this desktop against the running server, enrolled as one of the synthetic city's roles.

Job: what `make field ROLE=GWF` calls: take the role's account, stand in its grid, open a window like a phone's.
Never: be part of the phone: there the office's code enrols, and the phone finds its own position.

    .venv/bin/python scripts/field.py --role GWF --port 8000
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VAR = Path(os.environ.get("GRIDWHISTLE_VAR", ROOT / "var"))
ACCOUNTS = VAR / "demo-accounts.csv"
PIN = "2580"
DENSITY = os.environ.get("FIELD_DENSITY", "1")
os.environ.update(KIVY_NO_ARGS="1", KIVY_NO_FILELOG="1", KIVY_NO_CONFIG="1", KIVY_METRICS_DENSITY=DENSITY)
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Open the window."""
    asked = arguments()
    account = account_of(asked.role)
    from kivy.config import Config

    for name, value in (("width", 360), ("height", 800)):
        Config.set("graphics", name, int(value * float(DENSITY)))
    Config.set("input", "mouse", "mouse,disable_multitouch")
    field = enrolled(account, asked.port)
    from mobile.app import FieldApp

    FieldApp(field).run()


def account_of(role: str) -> dict[str, str]:
    """Return the synthetic account of a role; says what to do when there is none."""
    if not ACCOUNTS.exists():
        sys.exit(f"{ACCOUNTS} is missing: start `make run` first, in another terminal.")
    with ACCOUNTS.open(encoding="utf-8") as file:
        known: dict[str, dict[str, str]] = {row["role"]: row for row in reversed(list(csv.DictReader(file)))}
    if role not in known:
        sys.exit(f"No account of {role}; there are: {', '.join(sorted(known))}")
    return known[role]


def enrolled(account: dict[str, str], port: int) -> Any:
    """Return the field app enrolled for an account, standing in its grid."""
    from mobile.core.opening import open_field
    from mobile.device.desktop import DesktopDevice

    device = DesktopDevice(VAR / "field" / account["username"])
    field = open_field(device, f"http://127.0.0.1:{port}")
    if field.state in ("new", "signed_out"):
        answer = field.enrol_password(account["username"], account["password"])
        if not answer.ok:
            sys.exit(f"{answer.sentence} {answer.advice}\nIs the server running on port {port}?")
    if not field.account.has_pin:
        field.set_pin(PIN)
    print(f"{account['role']} {account['username']}, PIN {PIN}, files in {device.folder}", flush=True)
    stand(field, device)
    return field


def stand(field: Any, device: Any) -> None:
    """Put the phone into the middle of the bearer's grid, or of the first grid there is."""
    from mobile.core.fetching import Fetcher
    from mobile.device.desktop import fix

    outlines = {one.code: one for one in field.map().outlines}
    if not outlines:
        Fetcher(field).fetch("refresh")
        outlines = {one.code: one for one in field.map().outlines}
    mine = next((outlines[code] for code in (field.me.grids if field.me else ()) if code in outlines), None)
    grid = mine or next(iter(outlines.values()), None)
    if grid:
        west, south, east, north = grid.box
        device.place(fix((west + east) / 2, (south + north) / 2))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--role", default="GWF")
    parser.add_argument("--port", type=int, default=8000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
