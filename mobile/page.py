"""A page (页面): what every screen is.

Job: hold the app and the facade, draw itself once, draw itself again when what it shows has changed.
Never: run in another thread than Kivy's: what takes time goes through ``aside``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from kivy.clock import Clock
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from mobile.core.shapes import Trouble
from mobile.widgets.boxes import Press

if TYPE_CHECKING:
    from mobile.app import FieldApp


class Page(BoxLayout):
    """A screen. Subclasses fill themselves in ``build`` and again in ``refresh``.

    ``title`` stands in the bar; ``tab`` is the tab that is lit; ``is_tab`` pages are left by the tabs, ``is_bare``
    pages have neither; ``topics`` are those of ``Field.listen`` after which ``refresh`` is called.
    """

    title: ClassVar[str] = ""
    tab: ClassVar[str] = ""
    is_tab: ClassVar[bool] = False
    is_bare: ClassVar[bool] = False
    has_tabs: ClassVar[bool] = True
    topics: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, app: FieldApp, **given: Any) -> None:
        super().__init__(orientation="vertical")
        self.app, self.field, self.given = app, app.field, given
        self.is_left = False
        self.build()

    def build(self) -> None:
        """Fill the page; called once."""
        raise NotImplementedError  # each page brings its own

    def refresh(self) -> None:
        """Show what is true now; called when a topic of the page changed and when one comes back to it."""

    def leave(self) -> None:
        """Keep what must not be lost; called when the page is closed."""

    def pause(self) -> None:
        """End what must not go on unseen; called when the app goes to the back."""

    def on_back(self) -> bool:
        """Tell whether the page itself used the key "back" (closed a sheet of its own)."""
        return False

    def right(self) -> list[Press]:
        """Return the buttons on the right of the bar."""
        return []

    def fill(self, *children: Widget) -> None:
        """Show these children instead."""
        self.clear_widgets()
        for child in children:
            self.add_widget(child)

    def aside(self, work: Callable[[], Any], done: Callable[[Any], Any]) -> None:
        """Run ``work`` in a thread; ``done`` gets its result here, unless the page was left meanwhile.

        A Trouble is told to the bearer, and ``failed`` is called.
        """

        def back(result: Any) -> None:
            if self.is_left:
                return
            if isinstance(result, Trouble):
                self.app.trouble(result)
                self.failed()
            else:
                done(result)

        self.field.aside(work, lambda result: Clock.schedule_once(lambda _: back(result), 0))

    def failed(self) -> None:
        """Something that ``aside`` ran did not work; the bearer was told."""
