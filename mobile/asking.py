"""Telling and asking (提示): what the app says over a page.

Job: a sentence for a moment, trouble until it is pressed, the voice, a question before what cannot be undone.
Never: know what it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.uix.widget import Widget

from mobile.core.shapes import Trouble
from mobile.widgets.buttons import Push
from mobile.widgets.text import Words


class Asking:
    """What pages call on the app to tell and to ask; the app has ``layers``, ``field`` and ``device``."""

    layers: Any
    field: Any
    device: Any

    def tell(self, sentence: str, tone: str = "green", icon: str = "check-circle-outline") -> None:
        """Show a sentence for a moment, and say it when the voice is on."""
        self.layers.tell(sentence, tone, icon)
        if self.field.preference("voice", False):
            self.say(sentence)

    def trouble(self, trouble: Trouble) -> None:
        """Show what went wrong and what to do; it stays until it is pressed."""
        self.layers.tell("\n".join(filter(None, (trouble.sentence, trouble.advice))), "red", "alert-circle-outline")

    def say(self, sentence: str) -> None:
        """Read a sentence aloud."""
        self.device.speak(sentence)

    def ask(self, title: str, contents: Sequence[Widget], *buttons: Push) -> None:
        """Ask before something that cannot be undone; buttons call ``answered`` themselves."""
        self.layers.ask(title, contents, buttons)

    def answered(self) -> None:
        """Close the question."""
        self.layers.answered()

    def confirm(self, title: str, words: str, yes: str, action: Any, *, look: str = "danger") -> None:
        """Ask whether ``action`` shall be done; "取消" does nothing."""

        def agreed() -> None:
            self.answered()
            action()

        self.ask(title, [Words(words)], Push(yes, agreed, look=look), Push("取消", self.answered, look="plain"))
