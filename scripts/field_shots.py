"""Render every screen of the field app without a screen, at three sizes of letters: build/shots/<scale>/<screen>.png.

Job: walk past every stop of the tour, twice as dense as the smallest phone, and save what is seen; set the README's
picture from those of its screens.
Never: need a server, a display or a network.

    .venv/bin/python scripts/field_shots.py [--only today,report] [--scale 1.3] [--theme outdoor]
    .venv/bin/python scripts/field_shots.py --readme        # draws its four screens, writes docs/pictures/field.png
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "build" / "shots"
README = ROOT / "docs" / "pictures" / "field.png"
README_SCREENS = ("today", "report", "map", "alarm")
HIGH, GAP, COLOURS = 800, 20, 96
"""Of the README's picture: pixels of its height and between two screens, colours of its palette."""
os.environ.setdefault("SHOT_DENSITY", "2")
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Draw what is asked for; print each file."""
    asked = arguments()
    if asked.readme:
        drawn = {path.stem: path for path in shots(README_SCREENS, [1.0], "day")}
        print(compose([drawn[name] for name in README_SCREENS]))
        return
    for path in shots(asked.only, asked.scale, asked.theme):
        print(path, flush=True)


def shots(only: Sequence[str], scales: Sequence[float], theme: str) -> Iterator[Path]:
    """Yield the file of each screen as it is drawn; those named in ``only``, or all."""
    from tests.mobile.screens import tour

    from kivy.metrics import Metrics  # isort: skip

    for scale in scales:
        for role in tour.roles():
            stops = [one for one in tour.STOPS if one.role == role and (not only or one.name in only)]
            if not stops:
                continue
            with tempfile.TemporaryDirectory() as folder:
                Metrics.fontscale = 1.0  # each role begins with the system's letters
                phone = tour.phones(Path(folder) / "phone", role, scale=scale, theme=theme)
                for stop in stops:
                    stop.go(phone)
                    name = scale if theme == "day" else f"{scale}-{theme}"
                    yield phone.shot(TARGET / str(name) / f"{stop.name}.png")
                    tour.home(phone)
                phone.close()


def compose(screens: Sequence[Path]) -> Path:
    """Set screens side by side into the README's picture, with a small palette, and return its file."""
    pictures = [Image.open(path).convert("RGB") for path in screens]
    small = [one.resize((round(one.width * HIGH / one.height), HIGH), Image.Resampling.LANCZOS) for one in pictures]
    whole = Image.new("RGB", (sum(one.width for one in small) + GAP * (len(small) - 1), HIGH), "white")
    left = 0
    for one in small:
        whole.paste(one, (left, 0))
        left += one.width + GAP
    whole.quantize(COLOURS, dither=Image.Dither.NONE).save(README, optimize=True)
    return README


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=lambda text: text.split(","), default=[])
    parser.add_argument("--scale", type=lambda text: [float(one) for one in text.split(",")], default=[1.0, 1.3, 1.6])
    parser.add_argument("--theme", choices=("day", "outdoor", "night"), default="day")
    parser.add_argument("--readme", action="store_true", help="write the picture of the README from its screens")
    return parser.parse_args()


if __name__ == "__main__":
    main()
