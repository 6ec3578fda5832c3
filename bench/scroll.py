"""The field app's list of 2,000 rows under a finger, frame by frame, and its start to the first usable screen.

    python -m bench.scroll [--flicks 30]

The real app on the real Kivy loop and a core with its store on disk, without a display: Mesa draws in software, so the
time of a frame is told twice, as the app's own work and with the drawing. A phone's graphics chip takes the second
part; its processor is several times slower at the first.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("SHOT_DENSITY", "2")

from bench import page
from tests.mobile.screens.driver import Driver, Finger  # before anything of Kivy

ROWS = 2_000
FRAME_S = 1 / 60
WARM = 10
"""Frames before the measurement: textures and shaders of the first drawing."""
SWEEP = 500
"""Frames in which all rows pass."""
PULL, GLIDE = 12, 40
"""Frames with the finger down, and after it was taken away."""
REACH = 0.055
"""Share of the window's height that a finger moves in a frame."""
LATE_MS = 1000 / 30
STARTS = 5
COMMAND = "python -m bench.scroll"
CHILD = """
import os, sys, time
began = float(sys.argv[2])
from pathlib import Path
from kivy.clock import Clock
from mobile.app import FieldApp
from mobile.core.opening import open_field
from mobile.device.desktop import DesktopDevice
app = FieldApp(open_field(DesktopDevice(Path(sys.argv[1])), "http://127.0.0.1:9"))
def seen(*_):
    app.root_window.bind(on_flip=done)
    app.root_window.canvas.ask_update()
def done(*_):
    print(time.time() - began, app.page.name, flush=True)
    os._exit(0)
app.bind(on_start=lambda *_: Clock.schedule_once(seen, 0))
app.run()
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """Milliseconds of a frame: the app's own work, and with the drawing."""

    own: float
    whole: float


def frame() -> Frame:
    """Let a sixtieth of a second pass, and draw it."""
    from kivy.base import EventLoop
    from kivy.clock import Clock
    from kivy.lang import Builder

    Driver._now = (Driver._now or 0.0) + FRAME_S
    start = time.perf_counter()
    Clock.tick()
    EventLoop.dispatch_input()
    Builder.sync()
    Clock.tick_draw()
    Builder.sync()
    own = time.perf_counter()
    EventLoop.window.dispatch("on_draw")
    EventLoop.window.dispatch("on_flip")
    return Frame(1e3 * (own - start), 1e3 * (time.perf_counter() - start))


def rows(phone: Any) -> list[Any]:
    """Return 2,000 different rows made of those the phone knows."""
    known = phone.field.items("event")
    words = ("路灯不亮", "绿化带堆放建筑垃圾，影响通行（约3立方米），旁边是幼儿园后门", "井盖破损")
    return [
        replace(known[n % len(known)], id=f"{n:036d}", no=f"E202611{n:08d}", title=f"第 {n + 1} 件：{words[n % 3]}")
        for n in range(ROWS)
    ]


def fling(phone: Any, up: bool) -> list[Frame]:
    """Pull the list by a finger and let it glide; return the frames."""
    high = phone.window.height
    step = high * REACH * (1 if up else -1)
    x, y = phone.window.width / 2, high * (0.25 if up else 0.85)
    finger, frames = Finger(x, y), []
    finger.down()
    for n in range(PULL):
        finger.slide(x, y + step * n)
        frames.append(frame())
    finger.up()
    return frames + [frame() for _ in range(GLIDE)]


def through(listed: Any) -> list[Frame]:
    """Run through the whole list from top to bottom, faster than a hand can; return the frames."""
    frames = []
    for n in range(SWEEP + 1):
        listed.scroll_y = 1.0 - n / SWEEP
        frames.append(frame())
    return frames


def scrolled(flicks: int, folder: Path) -> tuple[list[Frame], list[Frame]]:
    """Return the frames of so many flicks, and those of a run through the whole list."""
    from tests.mobile.screens import tour

    phone = tour.phones(folder / "phone", "GWF")
    try:
        phone.app.go("list", kind="event")
        phone.settle()
        listed = phone.app.page
        listed.rows.show(rows(phone), phone.field.clock.now(), print)
        phone.settle()
        for _ in range(WARM):
            frame()
        frames = [one for n in range(flicks) for one in fling(phone, up=n % 4 != 3)]
        return frames, through(listed.rows)
    finally:
        phone.close()


def started(folder: Path) -> float:
    """Return the seconds from starting the process of an enrolled phone to its first screen drawn."""
    environment = os.environ | {"KIVY_NO_CONSOLELOG": "1", "KIVY_HOME": str(folder / "kivy"), "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", CHILD, str(folder / "phone"), str(time.time())]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    seconds, name = told.stdout.split()
    if name != "unlock":
        raise SystemExit(f"the first screen was {name}")
    return float(seconds)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of all do not exceed."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]


def line(name: str, values: Sequence[float]) -> tuple[str, ...]:
    """Return a line of the table."""
    late = sum(value > LATE_MS for value in values) / len(values)
    told = (f"{quantile(values, share):.1f}" for share in (0.5, 0.99))
    return name, f"{len(values):,}", *told, f"{max(values):.1f}", f"{100 * late:.2f} %"


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flicks", type=int, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        flicked, swept = scrolled(asked.flicks, Path(name))
        starts = sorted(started(Path(name)) for _ in range(STARTS))
    head = ("a frame of the list of 2,000 rows", "frames", "p50 ms", "p99 ms", "max ms", "> 33 ms")
    told = [
        line(f"{name}: {part}", [getattr(one, field) for one in frames])
        for name, frames in (("flicks", flicked), ("through all rows", swept))
        for part, field in (("the app's own work", "own"), ("with the drawing", "whole"))
    ]
    body = f"""{page.table(head, told)}

{asked.flicks} flicks of a finger, every fourth one back, on 720 × 1600 pixels; then all 2,000 rows in {SWEEP} frames,
four at a time. Rows have one or two lines and their moments; they are made once and filled anew. Mesa draws
in software: it takes several frames up at once and then pays for them in a lump, where a graphics chip would not.

Start of an enrolled phone, from the process to the first screen drawn (the PIN), {STARTS} times with warm files: median
{median(starts):.2f} s, slowest {starts[-1]:.2f} s."""
    page.publish(COMMAND, "Scrolling and starting the field app", body)


if __name__ == "__main__":
    main()
