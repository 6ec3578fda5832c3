"""Voice notes by the phone's own recorder and player: AAC in MP4, one channel, some 4 KB a second.

Job: record until told to stop or until the longest allowed, hand over the bytes, play bytes; say how loud it is.
Never: record without being told to by a finger; leave a recording in clear behind (its file goes once it is read).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jnius import PythonJavaClass, autoclass, java_method

from mobile.device.android.base import API, Base, JavaString, context

MediaRecorder = autoclass("android.media.MediaRecorder")
MediaPlayer = autoclass("android.media.MediaPlayer")
WITH_CONTEXT_FROM = 31
"""From this API level on a recorder wants to know for whom it records."""
MICROPHONE, MPEG_4, AAC = 1, 2, 3
"""MediaRecorder.AudioSource.MIC, OutputFormat.MPEG_4, AudioEncoder.AAC."""
RATE_HZ, BITS_PER_S = 16_000, 32_000
REACHED_LONGEST = 800
"""MEDIA_RECORDER_INFO_MAX_DURATION_REACHED."""
LOUDEST = 32_767
NOTE, HEARD = "voice-being-recorded.m4a", "voice-being-played.m4a"
FEATURE = "android.hardware.microphone"


class Longest(PythonJavaClass):  # type: ignore[misc]
    """Hears that the longest allowed is reached."""

    __javainterfaces__ = ("android/media/MediaRecorder$OnInfoListener",)
    __javacontext__ = "app"

    def __init__(self, reached: Callable[[], None]) -> None:
        super().__init__()
        self.reached = reached

    @java_method("(Landroid/media/MediaRecorder;II)V")  # type: ignore[untyped-decorator]
    def onInfo(self, recorder: Any, what: int, extra: int) -> None:  # noqa: N802
        """Tell it."""
        if what == REACHED_LONGEST:
            self.reached()


class Ended(PythonJavaClass):  # type: ignore[misc]
    """Hears that a note was played to its end."""

    __javainterfaces__ = ("android/media/MediaPlayer$OnCompletionListener",)
    __javacontext__ = "app"

    def __init__(self, ended: Callable[[], None]) -> None:
        super().__init__()
        self.ended = ended

    @java_method("(Landroid/media/MediaPlayer;)V")  # type: ignore[untyped-decorator]
    def onCompletion(self, player: Any) -> None:  # noqa: N802
        """Tell it."""
        self.ended()


class Recording(Base):
    """Record, stop, play."""

    def __init__(self) -> None:
        super().__init__()
        self._recorder: Any = None
        self._player: Any = None
        self._done: Callable[[bytes | None], None] | None = None
        self._played: Callable[[], None] | None = None
        self._longest, self._ended = Longest(self._reached), Ended(self.stop_playing)
        for name in (NOTE, HEARD):
            (self.folder / name).unlink(missing_ok=True)

    def can_record(self) -> bool:
        """Tell whether the phone has a microphone."""
        return bool(context().getPackageManager().hasSystemFeature(JavaString(FEATURE)))

    def record(self, most_s: float, done: Callable[[bytes | None], None]) -> None:
        """Begin; ``done`` gets the note when it was stopped, None when there is none (too short, microphone taken)."""
        self.stop_recording()
        self.stop_playing()
        recorder = MediaRecorder(context()) if API >= WITH_CONTEXT_FROM else MediaRecorder()
        self._recorder, self._done = recorder, done
        try:
            recorder.setAudioSource(MICROPHONE)
            recorder.setOutputFormat(MPEG_4)
            recorder.setAudioEncoder(AAC)
            recorder.setAudioChannels(1)
            recorder.setAudioSamplingRate(RATE_HZ)
            recorder.setAudioEncodingBitRate(BITS_PER_S)
            recorder.setMaxDuration(int(most_s * 1000))
            recorder.setOnInfoListener(self._longest)
            recorder.setOutputFile(JavaString(str(self.folder / NOTE)))
            recorder.prepare()
            recorder.start()
        except Exception:  # a Java exception of any kind: a call is going on, another app has the microphone
            self._end(is_there=False)

    def _reached(self) -> None:
        """The recorder stopped by itself: its file is whole, although some makers' ``stop`` then complains."""
        if self._recorder is not None:
            self._end(is_there=True, is_whole=True)

    def stop_recording(self) -> None:
        """End it; ``done`` is called before this returns."""
        if self._recorder is not None:
            self._end(is_there=True)

    def _end(self, *, is_there: bool, is_whole: bool = False) -> None:
        recorder, done = self._recorder, self._done
        self._recorder = self._done = None
        try:
            if is_there:
                recorder.stop()
        except Exception:  # RuntimeException: stopped before anything was recorded; what lies there is no recording
            is_there = is_whole
        finally:
            recorder.release()
        content = _taken(self.folder / NOTE)
        if done is not None:
            done(content if is_there else None)

    def loudness(self) -> float:
        """Return how loud it was since last asked, 0 to 1."""
        return float(self._recorder.getMaxAmplitude()) / LOUDEST if self._recorder is not None else 0.0

    def play(self, content: bytes, done: Callable[[], None]) -> None:
        """Play a note; ``done`` is called when it ended or was stopped. Its file is gone as soon as it is opened."""
        self.stop_playing()
        path = self.folder / HEARD
        player = MediaPlayer()
        self._player, self._played = player, done
        try:
            path.write_bytes(content)
            player.setDataSource(JavaString(str(path)))
            player.setOnCompletionListener(self._ended)
            player.prepare()
            player.start()
        except Exception:  # a Java exception of any kind: no file it can play
            self.stop_playing()
        finally:
            path.unlink(missing_ok=True)

    def stop_playing(self) -> None:
        """Be silent; ``done`` of ``play`` is called before this returns."""
        player, played = self._player, self._played
        self._player = self._played = None
        if player is not None:
            player.release()
        if played is not None:
            played()


def _taken(path: Path) -> bytes | None:
    """Return the bytes of a file and take it away."""
    content = path.read_bytes() if path.exists() else b""
    path.unlink(missing_ok=True)
    return content or None
