"""Voice: reading aloud in Chinese, and turning speech into text where the phone can.

Job: speak without blocking; dictate by the system's recogniser.
Never: record anything by itself: what is heard is text the worker sees and may change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jnius import PythonJavaClass, autoclass, java_method

from mobile.device.android.base import Activity, Base, Intent, chars, context

TextToSpeech = autoclass("android.speech.tts.TextToSpeech")
Locale = autoclass("java.util.Locale")
RECOGNISE = "android.speech.action.RECOGNIZE_SPEECH"
MODEL, FREE_FORM = "android.speech.extra.LANGUAGE_MODEL", "free_form"
LANGUAGE, RESULTS = "android.speech.extra.LANGUAGE", "android.speech.extra.RESULTS"


class Ready(PythonJavaClass):  # type: ignore[misc]
    """Hears that the voice is ready."""

    __javainterfaces__ = ("android/speech/tts/TextToSpeech$OnInitListener",)
    __javacontext__ = "app"

    def __init__(self, ready: Callable[[int], None]) -> None:
        super().__init__()
        self.ready = ready

    @java_method("(I)V")  # type: ignore[untyped-decorator]
    def onInit(self, status: int) -> None:  # noqa: N802
        """Tell it."""
        self.ready(status)


class Voice(Base):
    """Speak, hush, dictate."""

    def __init__(self) -> None:
        super().__init__()
        self._voice: Any = None
        self._is_ready = False
        self._wanted = ""
        self._ready = Ready(self._on_ready)

    def speak(self, text: str) -> None:
        """Read ``text`` aloud, as soon as the voice is ready; an earlier text is cut off."""
        self._wanted = text
        if self._voice is None:
            self._voice = TextToSpeech(context(), self._ready)
        elif self._is_ready:
            self._say()

    def _on_ready(self, status: int) -> None:
        self._is_ready = status == TextToSpeech.SUCCESS
        if self._is_ready:
            self._voice.setLanguage(Locale.CHINA)
            self._say()

    def _say(self) -> None:
        self._voice.speak(chars(self._wanted), TextToSpeech.QUEUE_FLUSH, None, "gridwhistle")

    def hush(self) -> None:
        """Stop reading."""
        self._wanted = ""
        if self._is_ready:
            self._voice.stop()

    def dictate(self, done: Callable[[str | None], None]) -> None:
        """Let the system's recogniser hear a text."""

        def finish(result: int, intent: Any) -> None:
            found = intent.getStringArrayListExtra(RESULTS) if result == Activity.RESULT_OK and intent else None
            done(str(found.get(0)) if found is not None and found.size() else None)

        self.ask_activity(_recogniser(), finish)

    def can_dictate(self) -> bool:
        """Tell whether there is a recogniser; many Chinese ROMs have none, their keyboards do it."""
        return self.can(_recogniser())


def _recogniser() -> Any:
    return Intent(RECOGNISE).putExtra(MODEL, FREE_FORM).putExtra(LANGUAGE, "zh-CN")
