"""Voice notes (语音留言) on a page: spoken, heard again, thrown away or kept; and those of a card.

Job: the microphone's way from the finger to a kept attachment; one note plays at a time.
Never: lose what is being spoken: whatever ends the page or the app ends the recording first, and keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kivy.clock import Clock

from mobile.core.attachments import Photo, heard
from mobile.core.shapes import Card, Trouble
from mobile.screens.senses import soon
from mobile.widgets.boxes import Column
from mobile.widgets.voice import Mic, VoiceLine

if TYPE_CHECKING:
    from mobile.page import Page

TICK_S = 0.1
LEAST_S = 0.8
"""Shorter than this nobody said anything."""
MOST_S, MOST = 60, 3
"""Seconds of a note and notes of an act, where the server has not told them yet."""
NO_MICROPHONE = Trouble("没有录音权限，不能录语音", "请在系统设置里允许“网格哨”使用麦克风，或直接打字")
NOTHING_HEARD = Trouble("没有录上声音", "请点一下开始，说完再点一下；正在通话时录不了")


Changed = Callable[[Photo], Any]


def can_record(page: Page, kind: str, act: str) -> bool:
    """Tell whether this act takes voice notes and this phone can make them."""
    takes = "voices" in page.field.catalogue.form(kind, act).get("properties", ())
    return takes and bool(page.app.device.can_record())


class Player:
    """Plays the notes of one page."""

    def __init__(self, page: Page) -> None:
        self.page, self._line = page, None

    def press(self, line: VoiceLine, content: bytes | None) -> None:
        """Play the note of ``line``, or stop it."""
        device = self.page.app.device
        was = self._line
        device.stop_playing()
        if line is was or content is None:
            return
        device.hush()
        self._line = line
        line.sound(playing=True)
        device.play(content, lambda: soon(self._ended, line))

    def _ended(self, line: VoiceLine) -> None:
        line.sound(playing=False)
        if self._line is line:
            self._line = None

    def stop(self) -> None:
        """Be silent."""
        self.page.app.device.stop_playing()
        self._line = None


class VoicePart(Column):
    """The notes of a form that is being filled in, and the microphone for one more.

    ``kept`` gives its attachments, ``add`` and ``drop`` change them.
    """

    def __init__(
        self, page: Page, kept: Callable[[], Sequence[Photo]], add: Changed, drop: Changed, *, may_record: bool = True
    ) -> None:
        super().__init__(gap=8)
        self.page, self.kept, self.add, self.drop, self.may_record = page, kept, add, drop, may_record
        settings = page.field.catalogue.settings
        self.most_s, self.most = float(settings.get("voice_max_s", MOST_S)), int(settings.get("voices_max", MOST))
        self.player = Player(page)
        self.mic = Mic(self._ask, self.end, lambda: self._begun_at is not None)
        self._begun_at: float | None = None
        self._seconds = 0.0
        self._is_keeping = False
        self._then: Callable[[], Any] | None = None
        self._drawn: Any = None
        self._ticking: Any = None
        self.show()

    def show(self) -> None:
        """Draw the notes kept; the microphone goes away when there are enough."""
        notes = heard(self.kept())
        if notes == self._drawn:
            return
        self._drawn = notes
        self.player.stop()
        lines = [self._line(one) for one in notes]
        self.mic.rest(*(("再录一段",) if notes else ()))
        self.refill(*lines, *([self.mic] if self.may_record and len(notes) < self.most else []))

    def _line(self, note: Photo) -> VoiceLine:
        play = lambda line: self.player.press(line, self.page.field.voice(note.sha256))  # noqa: E731
        return VoiceLine(note.seconds, play, lambda: self._drop(note))

    def _drop(self, note: Photo) -> None:
        def agreed() -> None:
            self.drop(note)
            self.show()

        self.page.app.confirm("删除这段语音？", "删除后不能恢复。", "删除", agreed)

    # --- from the finger to the store ---------------------------------------------------------------------------------

    def _ask(self) -> None:
        if not self._is_keeping:
            self.page.app.device.ask("microphone", lambda allowed: soon(self._allowed, allowed))

    def _allowed(self, allowed: bool) -> None:
        if self.page.is_left or self._begun_at is not None:
            return
        if not allowed:
            self.page.app.trouble(NO_MICROPHONE)
            return
        self.player.stop()
        self.page.app.device.hush()
        self._begun_at = Clock.get_time()
        self._ticking = Clock.schedule_interval(self._tick, TICK_S)
        self._tick()
        self.page.app.device.record(self.most_s, lambda content: soon(self._recorded, content))

    def _tick(self, *_: Any) -> None:
        if self._begun_at is None:
            return
        seconds = Clock.get_time() - self._begun_at
        if seconds >= self.most_s:
            self.end()
            return
        self.mic.listen(seconds, self.most_s, self.page.app.device.loudness())

    @property
    def is_busy(self) -> bool:
        """Tell whether something is being recorded or kept."""
        return self._begun_at is not None or self._is_keeping

    def end(self, then: Callable[[], Any] | None = None) -> None:
        """End the recording and keep it; ``then`` is called once it is kept."""
        self._then = then or self._then
        if self._begun_at is not None:
            self._stop_ticking()
            self._is_keeping = True
            self.page.app.device.stop_recording()

    def _stop_ticking(self) -> None:
        began, self._begun_at = self._begun_at, None
        self._seconds = min(self.most_s, Clock.get_time() - began) if began is not None else self._seconds
        if self._ticking:
            self._ticking.cancel()

    def _recorded(self, content: bytes | None) -> None:
        self._stop_ticking()
        self._is_keeping = True
        if content is None or self._seconds < LEAST_S:
            self._failed(NOTHING_HEARD)
            return
        self.page.field.aside(
            lambda: self.page.field.keep_voice(content, self._seconds), lambda kept: soon(self._kept, kept)
        )

    def _kept(self, kept: Photo | Trouble) -> None:
        if isinstance(kept, Trouble):
            self._failed(kept)
            return
        self.add(kept)
        self._settled()

    def _failed(self, trouble: Trouble) -> None:
        """Say what went wrong; what should have followed the recording does not."""
        self._then = None
        self._settled()
        self.page.app.trouble(trouble)

    def _settled(self) -> None:
        self._is_keeping = False
        then, self._then = self._then, None
        self.mic.rest(*(("再录一段",) if self._drawn else ()))
        if not self.page.is_left:
            self.show()
            if then:
                then()

    def close(self) -> bool:
        """The page is about to be left: be silent; tell whether a recording had to be ended (and kept) first."""
        self.player.stop()
        was_recording = self._begun_at is not None
        self.end()
        return was_recording


class Speaking:
    """Mixed into a page on which one may speak: the key "back" and a pause of the app end a recording and keep it."""

    voice: VoicePart | None = None

    def on_back(self) -> bool:
        """End a recording; tell whether there was one."""
        return bool(self.voice and self.voice.close())

    def pause(self) -> None:
        """End a recording: nobody is recorded unseen."""
        if self.voice:
            self.voice.close()

    def is_kept_first(self, then: Callable[[], Any]) -> bool:
        """Tell whether something is still being spoken; it is ended and kept, then ``then`` is called."""
        if self.voice is None or not self.voice.is_busy:
            return False
        self.voice.end(then)
        return True


def lines_of(page: Page, card: Card, player: Player) -> list[VoiceLine]:
    """Return the notes of a card; those the phone lacks are asked for and say so."""
    return [_line(page, card, one, player) for one in card.get("voices") or ()]


def _line(page: Page, card: Card, told: dict[str, Any], player: Player) -> VoiceLine:
    content = page.field.voice(told["sha256"], card)
    seconds = float(told.get("seconds") or 0)
    if content is None:
        note = "语音还没有下载，联网后自动取来" if told.get("received") else "语音还在上报人的手机上，送达后可听"
        return VoiceLine(seconds, None, note=note)
    return VoiceLine(seconds, lambda line: player.press(line, content))
