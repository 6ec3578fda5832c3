"""The field app (网格哨 移动端): one window, a stack of pages, five tabs at most.

Job: open pages, go back, tell and ask, follow what the core says; wear the theme the bearer chose.
Never: hold a rule of the district, or talk to anything but the facade and the device.
"""

from __future__ import annotations

import importlib
import threading
import time
from typing import Any

from kivy.app import App
from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.metrics import Metrics
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from mobile.asking import Asking
from mobile.core.field import Field
from mobile.page import Page
from mobile.screens import PAGES
from mobile.screens.alarm import raise_alarm
from mobile.screens.tabs import home, tabs_of
from mobile.widgets import fonts
from mobile.widgets.bars import Strip, Tabs, TopBar
from mobile.widgets.boxes import Painted
from mobile.widgets.overlays import Layers
from mobile.widgets.theme import LARGEST_SCALE, THEME

BACK_KEY = 27
LOCKS_AFTER_S = 600
"""In the back for longer than this, the app asks for the PIN again."""
WAITS_S = 0.2
GATES = {"new": "enrol", "signed_out": "enrol", "locked": "unlock", "wiped": "wiped"}
"""State of the account → the page that stands before all others."""
BEFORE_ALL = frozenset({*GATES.values(), "set_pin"})


class Ground(Painted, BoxLayout):
    """The paper below the page."""

    def __init__(self) -> None:
        super().__init__(orientation="vertical")
        self.paint_ground(THEME.colours.paper, radius=0)


class FieldApp(Asking, App):
    """The app on a facade. ``go``, ``back``, ``tell`` and ``ask`` are what pages call."""

    title = "网格哨"
    use_kivy_settings = False

    def __init__(self, field: Field, **more: Any) -> None:
        super().__init__(**more)
        self.field = field
        self.device = field.device
        self.system_scale = Metrics.fontscale
        self.pages: list[Page] = []
        self._topics: set[str] = set()
        self._lock = threading.Lock()
        self._follow = Clock.create_trigger(self._changed, 0)
        self._left_at: float | None = None

    # --- life -------------------------------------------------------------------------------------------------------

    def build(self) -> Widget:
        """Return the window's contents, with the first page open."""
        fonts.install()
        self.dress()
        Window.softinput_mode = "below_target"
        Window.bind(on_keyboard=self._key)
        self.host = BoxLayout()
        self.rebuild()
        return self.host

    def on_start(self) -> None:
        """Follow the core."""
        self._end_listening = self.field.listen(self._heard)
        self.field.start()
        self.field.to_front()

    def on_stop(self) -> None:
        """Stop the core; what is saved stays."""
        Window.unbind(on_keyboard=self._key)
        self._end_listening()
        self.field.stop()

    def on_pause(self) -> bool:
        """The app goes to the back: no polling, no recording."""
        for page in self.pages:
            page.pause()
        self._left_at = time.monotonic()
        self.field.to_back()
        return True

    def on_resume(self) -> None:
        """The app is seen again; after ten minutes it asks for the PIN."""
        if self._left_at is not None and time.monotonic() - self._left_at > LOCKS_AFTER_S:
            self.field.lock()
        self.field.to_front()

    # --- looks ------------------------------------------------------------------------------------------------------

    def dress(self) -> None:
        """Wear the theme and the size of letters the bearer chose."""
        prefer = self.field.preference
        THEME.wear(outdoor=bool(prefer("outdoor", False)), night=bool(prefer("night", False)))
        Metrics.fontscale = min(LARGEST_SCALE, self.system_scale * float(prefer("font_size", 1.0)))
        Window.clearcolor = THEME.colours.paper

    def rebuild(self) -> None:
        """Draw everything anew: another theme, another size of letters, another person."""
        opened = [(page.name, page.given) for page in self.pages]
        for page in self.pages:
            page.is_left = True
        self.pages = []
        self.ground = Ground()
        self.layers = Layers(self.ground)
        self.strip = Strip(lambda: self.go("outbox"))
        self.tabs = Tabs(tabs_of(self.field.me), self.turn_to)
        self.host.clear_widgets()
        self.host.add_widget(self.layers)
        gate = self.gate
        wanted = opened if opened and not gate else [(gate or home(self.field.me), {})]
        for name, given in wanted:
            self.pages.append(self._made(name, given))
        self._show()
        Clock.schedule_once(lambda _: raise_alarm(self), 0)

    # --- pages ------------------------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """Return the page that is seen."""
        return self.pages[-1]

    def go(self, name: str, **given: Any) -> Page:
        """Open a page over the present one."""
        page = self._made(name, given)
        self.pages.append(page)
        self._show()
        return page

    def turn_to(self, name: str, **given: Any) -> None:
        """Open a tab: the pages above are closed."""
        self._close(0 if name == home(self.field.me) else 1)
        if not self.pages or self.pages[-1].name != name:
            self.pages.append(self._made(name, given))
        self._show()
        self.page.refresh()

    def back(self) -> None:
        """Close the page; at the first one the app goes to the back."""
        if self.layers.question:
            self.layers.answered()
        elif self.page.on_back():
            return
        elif len(self.pages) > 1:
            self.close()
        else:
            self.device.step_back()

    def close(self) -> None:
        """Close the present page, whatever it says to "back"; behind the first page everything begins anew."""
        if len(self.pages) == 1:
            self.enter()
            return
        self._close(len(self.pages) - 1)
        self._show()
        self.page.refresh()

    def replace(self, name: str, **given: Any) -> None:
        """Open a page in the place of the present one."""
        self._close(len(self.pages) - 1)
        self.go(name, **given)

    def _made(self, name: str, given: dict[str, Any]) -> Page:
        module, _, made = PAGES[name].partition(":")
        page: Page = getattr(importlib.import_module(module), made)(self, **given)
        page.name = name
        return page

    def _close(self, left: int) -> None:
        while len(self.pages) > left:
            page = self.pages.pop()
            page.leave()
            page.is_left = True

    def _show(self) -> None:
        page = self.page
        self.ground.clear_widgets()
        if not page.is_bare:
            way_back = self.back if len(self.pages) > 1 and not page.is_tab else None
            self.ground.add_widget(TopBar(page.title, way_back, *page.right()))
            self.ground.add_widget(self.strip)
        self.ground.add_widget(page)
        if page.has_tabs and not page.is_bare:
            self.ground.add_widget(self.tabs)
            self.tabs.choose(page.tab)
        self._tell_strip()

    def _key(self, window: Any, key: int, *_: Any) -> bool:
        if key != BACK_KEY:
            return False
        self.back()
        return True

    # --- what the core says ------------------------------------------------------------------------------------------

    def _heard(self, topics: frozenset[str]) -> None:
        with self._lock:
            self._topics |= topics
        self._follow()

    def _changed(self, *_: Any) -> None:
        """Draw what changed, but not under a finger: a button that is drawn anew would lose the press."""
        if any(touch.is_touch for touch in EventLoop.touches):
            Clock.schedule_once(self._changed, WAITS_S)
            return
        with self._lock:
            topics, self._topics = self._topics, set()
        if "account" in topics and self._guarded():
            return
        self._tell_strip()
        if topics & self.page.topics:
            self.page.refresh()
        if "alarm" in topics:
            raise_alarm(self)

    @property
    def gate(self) -> str | None:
        """Return the page that stands before all others now: enrol, set a PIN, unlock; None when all is open."""
        if self.field.state == "open" and not self.field.account.has_pin:
            return "set_pin"
        return GATES.get(self.field.state)

    def _guarded(self) -> bool:
        """Stand the right page before all others; tell whether everything was drawn anew."""
        seen = self.page.name if self.page.name in BEFORE_ALL else None
        if self.gate == seen:
            return False
        self.enter()
        return True

    def enter(self) -> None:
        """Begin anew at the gate, or at the first page when it is open."""
        self._close(0)
        self.rebuild()

    def _tell_strip(self) -> None:
        from mobile.screens.strip import strip_words

        if not self.page.is_bare:
            self.strip.tell(*strip_words(self.field))
            inbox = self.field.inbox()
            if "messages" in self.tabs.tabs:
                self.tabs.tabs["messages"].tell(inbox.unread)
