"""What a device can do for the app (设备接口).

Job: name every ability once; ``mobile.device.desktop`` and ``mobile.device.android`` have them.
Never: know a screen or the server.

Functions that take ``done`` or ``hear`` return at once and call back later, from any thread.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from mobile.core.shapes import Fix


class Device(Protocol):
    """A phone, or what stands for it."""

    folder: Path
    """The app's private folder."""
    name: str
    """desktop or android."""
    encrypts: bool
    """Whether what is stored is encrypted by a key that never leaves the device."""

    now: Callable[[], datetime]
    """The true moment, for what the device dates itself; ``open_field`` puts the app's clock here."""

    def leave_thread(self) -> None:
        """Call this last in every thread of one's own that used the device."""

    def shared_folder(self) -> Path | None:
        """Return a folder the office reaches over a cable (a file of map tiles is put there); None: there is none."""

    # --- identity and keys ------------------------------------------------------------------------------------------

    def device_id(self) -> str:
        """Return this installation's id, the same for ever."""

    def boot(self) -> str:
        """Return a word that is another one after every restart of the device; empty when it cannot be told."""

    def public_key(self) -> str:
        """Return the P-256 public key (PEM) by which this device's signatures are checked; makes the pair once."""

    def sign(self, message: bytes) -> bytes:
        """Return the ECDSA signature (SHA-256, DER) over ``message``."""

    def seal(self, plain: bytes) -> bytes:
        """Return ``plain`` encrypted for this device; on a desktop as it is."""

    def unseal(self, sealed: bytes) -> bytes:
        """Return what ``seal`` was given."""

    def forget_keys(self) -> None:
        """Destroy every key: what was sealed can never be read again."""

    # --- position ---------------------------------------------------------------------------------------------------

    def start_position(self, hear: Callable[[Fix], None], every_s: float) -> None:
        """Call ``hear`` with every fix, at least ``every_s`` seconds apart; several hearers share one source."""

    def stop_position(self, hear: Callable[[Fix], None] | None = None) -> None:
        """Stop calling one hearer, or all."""

    def last_fix(self) -> Fix | None:
        """Return the last fix, if there is a fresh one."""

    # --- camera, voice, scanning ------------------------------------------------------------------------------------

    def take_photo(self, done: Callable[[bytes | None], None]) -> None:
        """Let the worker take a photo; ``done`` gets its bytes, or None when given up."""

    def recovered_photo(self) -> bytes | None:
        """Return the photo that was being taken when the app was killed, if there is one."""

    def scan(self, done: Callable[[str | None], None]) -> None:
        """Let the worker scan a QR code; None when given up or impossible."""

    def can_scan(self) -> bool:
        """Tell whether there is anything to scan with."""

    def dictate(self, done: Callable[[str | None], None]) -> None:
        """Let the worker speak a text; None when given up or impossible."""

    def can_dictate(self) -> bool:
        """Tell whether speech can be turned into text here."""

    def can_record(self) -> bool:
        """Tell whether a voice note can be recorded here."""

    def record(self, most_s: float, done: Callable[[bytes | None], None]) -> None:
        """Begin to record a voice note of at most ``most_s`` seconds, after ``ask("microphone")``.

        ``done`` gets its bytes (AAC in MP4, one channel) once it was stopped, or None when nothing was recorded.
        """

    def stop_recording(self) -> None:
        """End what ``record`` began; nothing when nothing is being recorded."""

    def loudness(self) -> float:
        """Return how loud it was since last asked, 0 to 1: whoever speaks sees that he is heard."""

    def play(self, content: bytes, done: Callable[[], None]) -> None:
        """Play a voice note; ``done`` is called when it ended or was stopped."""

    def stop_playing(self) -> None:
        """End what ``play`` began."""

    def opened_with(self) -> str | None:
        """Return the link the app was opened with (an enrolment's QR code), once."""

    # --- telling ----------------------------------------------------------------------------------------------------

    def speak(self, text: str) -> None:
        """Read ``text`` aloud in Chinese."""

    def hush(self) -> None:
        """Stop reading aloud."""

    def vibrate(self, pattern_ms: tuple[int, ...] = (0, 60)) -> None:
        """Vibrate: pause, buzz, pause, buzz … in milliseconds."""

    def alarm(self, title: str, text: str, item: tuple[str, str] | None) -> None:
        """Tell what cannot be missed: sound, vibration, a notice over the lock screen that opens ``item``."""

    def silence(self) -> None:
        """Stop the alarm."""

    def notify(self, title: str, text: str, item: tuple[str, str] | None) -> None:
        """Tell quietly."""

    # --- going elsewhere --------------------------------------------------------------------------------------------

    def dial(self, number: str) -> None:
        """Open the dialler with ``number``; the worker presses the green button."""

    def navigate(self, lon: float, lat: float, name: str) -> None:
        """Open a map app that leads to a point given in WGS-84."""

    def step_back(self) -> None:
        """Leave the screen to other apps, as the key "back" does on the first page."""

    # --- network, background, permissions ---------------------------------------------------------------------------

    def on_network(self, hear: Callable[[bool], None]) -> None:
        """Call ``hear(True)`` when a network appears and ``hear(False)`` when the last one goes."""

    def start_background(self) -> None:
        """Keep sending and following while the app is not seen (during a shift)."""

    def stop_background(self) -> None:
        """End that."""

    def ask(self, what: str, done: Callable[[bool], None]) -> None:
        """Ask for a permission when it is first needed: position, notices, microphone."""

    def may(self, what: str) -> bool:
        """Tell whether a permission is given."""
