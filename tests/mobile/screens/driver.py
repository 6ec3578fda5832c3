"""A hand and an eye for the field app: touches on the real Kivy loop, without a screen and without waiting.

The test owns the loop: nothing happens between two steps, and a step is a thirtieth of a second of the app's time however
long it took. OpenGL draws (Mesa, in software) only when a picture is asked for. Import this before anything of Kivy.
"""

# ruff: noqa: E402
from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 360, 800
"""The phone of the tests in dp: the smallest that is still sold."""
DENSITY = float(os.environ.get("SHOT_DENSITY", "1"))

os.environ.update(
    SDL_VIDEODRIVER="offscreen", KIVY_NO_ARGS="1", KIVY_NO_FILELOG="1", KIVY_NO_CONFIG="1", KIVY_LOG_MODE="PYTHON", KIVY_CLIPBOARD="dummy",
    KIVY_METRICS_DENSITY=str(DENSITY), KIVY_DPI=str(int(160 * DENSITY)), KIVY_METRICS_FONTSCALE="1",
)  # fmt: skip

import logging

logging.getLogger("kivy").setLevel(logging.ERROR)
import kivy.config
from kivy.animation import Animation
from kivy.app import App
from kivy.base import EventLoop, runTouchApp
from kivy.clock import Clock
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
from kivy.input.motionevent import MotionEvent
from kivy.lang import Builder
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget
from PIL import Image

for name, value in (("width", WIDTH), ("height", HEIGHT)):
    kivy.config.Config.set("graphics", name, int(value * DENSITY))
kivy.config.Config.set("graphics", "maxfps", 0)
if (
    "PYTEST_VERSION" in os.environ
):  # drawn in software: a third faster with plain edges; pictures and measures keep them
    kivy.config.Config.set("graphics", "multisamples", 0)
for name in kivy.config.Config.options("input"):  # neither mouse nor touch screen: the test's finger alone
    kivy.config.Config.remove_option("input", name)

FRAME_S = 1 / 30
PATIENCE_S = 60.0
BACK = 27
touches = itertools.count(1)


class Finger(MotionEvent):
    """One touch."""

    def __init__(self, x: float, y: float) -> None:
        super().__init__("finger", next(touches), self._share(x, y), is_touch=True, type_id="touch")
        self.profile = ["pos"]

    @staticmethod
    def _share(x: float, y: float) -> dict[str, float]:
        window = EventLoop.window
        return {"x": x / (window.width - 1.0), "y": y / (window.height - 1.0)}

    def depack(self, args: dict[str, float]) -> None:
        """Take the place over."""
        self.sx, self.sy = args["x"], args["y"]
        super().depack(args)

    def down(self) -> None:
        """Put the finger down."""
        EventLoop.post_dispatch_input("begin", self)

    def slide(self, x: float, y: float) -> None:
        """Move it."""
        self.move(self._share(x, y))
        EventLoop.post_dispatch_input("update", self)

    def up(self) -> None:
        """Take it away."""
        EventLoop.post_dispatch_input("end", self)


class Driver:
    """Runs one app and uses it like a person: finds by what is written, taps, types, drags, looks."""

    _now: float | None = None

    def __init__(self, app: App) -> None:
        self.app: Any = app
        self.taps = 0
        Driver._now = Driver._now or time.monotonic()
        Clock.time = lambda: Driver._now
        Clock._max_fps = 0
        app._run_prepare()
        runTouchApp(embedded=True)
        from kivy.core.window import Window

        self.window: Any = Window
        self.settle()

    # --- time -------------------------------------------------------------------------------------------------------

    def step(self, times: int = 1) -> None:
        """Let ``times`` frames pass, without drawing them."""
        for _ in range(times):
            Driver._now = (Driver._now or 0.0) + FRAME_S
            Clock.tick()
            EventLoop.dispatch_input()
            Builder.sync()
            Clock.tick_draw()
            Builder.sync()

    def run_for(self, seconds: float) -> None:
        """Let so much of the app's time pass."""
        self.step(int(seconds / FRAME_S) + 1)

    def wait(self, condition: Callable[[], Any], what: str = "") -> Any:
        """Step until ``condition`` holds: something another thread does is awaited, never slept for."""
        ends = time.monotonic() + PATIENCE_S
        while True:
            self.step()
            if found := condition():
                return found
            if time.monotonic() > ends:
                raise AssertionError(f"never came: {what or condition}; seen: {self.words()}")
            time.sleep(0.002)

    def settle(self, quiet: int = 3) -> None:
        """Step until nothing moves for ``quiet`` frames; a layout that never rests is a fault."""
        last, same = None, 0
        for _ in range(400):
            self.step()
            now = hash(tuple((w.uid, round(w.x), round(w.y), round(w.width), round(w.height)) for w in self.walk()))
            same = same + 1 if now == last and not Animation._instances else 0
            last = now
            if same >= quiet:
                return
        raise AssertionError("the layout never comes to rest")

    # --- finding ------------------------------------------------------------------------------------------------------

    def walk(self, top: Widget | None = None) -> Iterator[Any]:
        """Yield every widget, the hidden ones too."""
        for one in [top] if top else self.window.children:
            yield from one.walk()

    def find(self, words: str, *, exact: bool = False) -> Any:
        """Return the seen widget that says ``words``: a button rather than its label; the whole text rather than a part."""
        found = [w for w in self.walk() if words in said(w) and (said(w) == words or not exact) and self.is_seen(w)]
        if not found:
            raise AssertionError(f"nowhere to be seen: {words}; seen: {self.words()}")
        return min(found, key=lambda w: (said(w) != words, not hasattr(w, "on_release"), len(said(w))))

    def find_all(self, kind: type) -> list[Any]:
        """Return the seen widgets of a class, from the top down."""
        return sorted(
            (w for w in self.walk() if isinstance(w, kind) and self.is_seen(w)), key=lambda w: -w.to_window(*w.pos)[1]
        )

    def sees(self, words: str) -> bool:
        """Tell whether ``words`` are to be read somewhere on the screen, across line breaks."""
        return any(words in said(w) and self.is_seen(w) for w in self.walk())

    def words(self) -> list[str]:
        """Return all that is to be read on the screen."""
        return [said(w) for w in self.walk() if hasattr(w, "text") and said(w) and self.is_seen(w)]

    def is_seen(self, w: Any) -> bool:
        """Tell whether the middle of a widget is inside the window and inside every list it scrolls in."""
        x, y = w.to_window(*w.center)
        if not (0 <= x <= self.window.width and 0 <= y <= self.window.height) or w.width <= 0 or w.height <= 0:
            return False
        while w is not None and w is not self.window:
            if w.opacity < 0.02:
                return False
            if isinstance(w, ScrollView):
                left, low = w.to_window(*w.pos)
                if not (left <= x <= left + w.width and low <= y <= low + w.height):
                    return False
            w = w.parent if w.parent is not w else None
        return True

    # --- acting -------------------------------------------------------------------------------------------------------

    def tap(self, words: str | Widget, *, exact: bool = False) -> None:
        """Touch the widget, or the one that says ``words``; scrolls it into sight first. Counts the taps."""
        self.settle()
        target = words if isinstance(words, Widget) else self._reached(words, exact)
        x, y = target.to_window(*target.center)
        self._touch(x, y)
        self.taps += 1

    def _touch(self, x: float, y: float) -> None:
        finger = Finger(x, y)
        finger.down()
        self.run_for(0.2)
        finger.up()
        self.step(2)
        self.settle()

    def _reached(self, words: str, exact: bool) -> Any:
        hidden = [w for w in self.walk() if words in said(w) and (said(w) == words or not exact)]
        if not any(self.is_seen(w) for w in hidden):
            for w in hidden:
                self.scroll_to(w)
                if self.is_seen(w):
                    break
        return self.find(words, exact=exact)

    def scroll_to(self, w: Any) -> None:
        """Bring a widget of a longer page into sight."""
        parent = w.parent
        while parent is not None and parent is not self.window:
            if isinstance(parent, ScrollView):
                parent.scroll_to(w, padding=20, animate=False)
                self.settle()
                return
            parent = parent.parent if parent.parent is not parent else None

    def hold(self, w: Any, seconds: float) -> None:
        """Keep a finger on the middle of a widget."""
        finger = Finger(*w.to_window(*w.center))
        finger.down()
        self.run_for(seconds)
        finger.up()
        self.step(2)
        self.settle()

    def brush(self, w: Any) -> None:
        """Touch the middle of a widget for a moment, and go on before anything has come to rest."""
        finger = Finger(*w.to_window(*w.center))
        finger.down()
        self.step(3)
        finger.up()
        self.step(3)

    def drag(self, w: Any, dx: float, dy: float, steps: int = 8) -> None:
        """Drag from the middle of a widget."""
        x, y = w.to_window(*w.center)
        finger = Finger(x, y)
        finger.down()
        self.step()
        for n in range(1, steps + 1):
            finger.slide(x + dx * n / steps, y + dy * n / steps)
            self.step()
        finger.up()
        self.run_for(0.5)
        self.settle()

    def type(self, field: Any, text: str) -> None:
        """Touch a box and give it ``text`` as an input method does, in one piece."""
        self.scroll_to(field)
        if not field.input.focus:
            self.tap(field)
        assert field.input.focus, "the box did not take the focus"
        self.window.dispatch("on_textinput", text)
        self.step(2)
        field.input.focus = False
        self.settle()

    def back(self) -> None:
        """Press Android's key "back"."""
        self.window.dispatch("on_keyboard", BACK, 0, None, [])
        self.settle()

    def picture(self) -> Image.Image:
        """Draw the window."""
        self.settle()
        self.run_for(0.4)
        self.window.canvas.ask_update()
        Driver._now = (Driver._now or 0.0) + FRAME_S
        EventLoop.idle()
        size = self.window.size
        drawn = Image.frombytes("RGB", size, glReadPixels(0, 0, *size, GL_RGB, GL_UNSIGNED_BYTE))
        return drawn.transpose(Image.Transpose.FLIP_TOP_BOTTOM)

    def shot(self, path: Path) -> Path:
        """Draw the window into a PNG file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.picture().save(path)
        return path

    def close(self) -> None:
        """End the app and leave an empty window for the next."""
        self.app.dispatch("on_stop")
        for child in self.window.children[:]:
            self.window.remove_widget(child)
        App._running_app = None
        self.step(2)


def said(widget: Any) -> str:
    """Return what a widget says: its words unbroken, or what Kivy shows."""
    for name in ("said", "text"):
        value = getattr(widget, name, None)
        if isinstance(value, str) and value:
            return value.replace("\n", "") if name == "text" else value
    return ""
