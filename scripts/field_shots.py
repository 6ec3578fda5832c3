"""Render every screen of the field app without a screen, at three sizes of letters: build/shots/<scale>/<screen>.png.

Job: walk past every stop of the tour, twice as dense as the smallest phone, and save what is seen.
Never: need a server, a display or a network.

    .venv/bin/python scripts/field_shots.py [--only today,report] [--scale 1.3] [--theme outdoor]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "build" / "shots"
os.environ.setdefault("SHOT_DENSITY", "2")
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Draw what is asked for; print each file."""
    from tests.mobile.screens import tour

    from kivy.metrics import Metrics  # isort: skip

    asked = arguments()
    for scale in asked.scale:
        for role in tour.roles():
            stops = [one for one in tour.STOPS if one.role == role and (not asked.only or one.name in asked.only)]
            if not stops:
                continue
            with tempfile.TemporaryDirectory() as folder:
                Metrics.fontscale = 1.0  # each role begins with the system's letters
                phone = tour.phones(Path(folder) / "phone", role, scale=scale, theme=asked.theme)
                for stop in stops:
                    stop.go(phone)
                    name = scale if asked.theme == "day" else f"{scale}-{asked.theme}"
                    print(phone.shot(TARGET / str(name) / f"{stop.name}.png"), flush=True)
                    tour.home(phone)
                phone.close()


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=lambda text: text.split(","), default=[])
    parser.add_argument("--scale", type=lambda text: [float(one) for one in text.split(",")], default=[1.0, 1.3, 1.6])
    parser.add_argument("--theme", choices=("day", "outdoor", "night"), default="day")
    return parser.parse_args()


if __name__ == "__main__":
    main()
