"""A desktop that stands for a phone: files of mode 0600, a position that is told, a camera that reads files.

Job: run the app, its tests and its benchmarks without a phone. It does NOT encrypt what it stores, and says so.
Never: pretend to be secure.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mobile.core.ids import new_id
from mobile.core.shapes import Fix

KEY = "device-key.pem"
ID = "device-id"
BOOT = Path("/proc/sys/kernel/random/boot_id")
FRESH = timedelta(minutes=2)


class DesktopDevice:
    """A stand-in with its files in ``folder``. ``told`` lists what it was asked to tell, for tests and for the eye.

    ``camera`` are files or bytes handed out one after another, ``codes`` what scanning finds, ``words`` what is heard,
    ``voices`` the recordings handed out one after another (the last one again and again).
    """

    name = "desktop"
    encrypts = False

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.told: list[tuple[Any, ...]] = []
        self.camera: list[Path | bytes] = []
        self.codes: list[str] = []
        self.words: list[str] = []
        self.voices: list[bytes] = []
        self.link: str | None = None
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._fix: Fix | None = None
        self._hearers: list[Callable[[Fix], None]] = []
        self._networks: list[Callable[[bool], None]] = []
        self._lock = threading.Lock()
        self._recorded: Callable[[bytes | None], None] | None = None
        self._played: Callable[[], None] | None = None

    # --- identity and keys ------------------------------------------------------------------------------------------

    def shared_folder(self) -> Path | None:
        """Return the folder beside the private one."""
        return self.folder / "shared"

    def device_id(self) -> str:
        """Return the id kept in the folder."""
        return self._kept(ID, f"desk-{new_id()}".encode).decode()

    def boot(self) -> str:
        """Return Linux's boot id."""
        return BOOT.read_text(encoding="ascii").strip() if BOOT.exists() else ""

    def _kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        path = self.folder / name
        with self._lock:
            if not path.exists():
                part = path.with_suffix(f".{secrets.token_hex(4)}")
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(make())
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(path)
            return path.read_bytes()

    def _key(self) -> Any:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        def make() -> bytes:
            return ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )

        return serialization.load_pem_private_key(self._kept(KEY, make), None)

    def public_key(self) -> str:
        """Return the public key in PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        told: bytes = self._key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return told.decode()

    def sign(self, message: bytes) -> bytes:
        """Return the signature, DER."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.hashes import SHA256

        signature: bytes = self._key().sign(message, ec.ECDSA(SHA256()))
        return signature

    def seal(self, plain: bytes) -> bytes:
        """Return ``plain`` as it is: a desktop has no key store."""
        return plain

    def unseal(self, sealed: bytes) -> bytes:
        """Return ``sealed`` as it is."""
        return sealed

    def forget_keys(self) -> None:
        """Delete the key file."""
        (self.folder / KEY).unlink(missing_ok=True)

    # --- position ---------------------------------------------------------------------------------------------------

    def place(self, fix: Fix | None) -> None:
        """Stand somewhere: every hearer is told (scripted position); None: no fix."""
        self._fix = fix
        for hear in list(self._hearers):
            if fix is not None:
                hear(fix)

    def walk(self, fixes: Iterable[Fix]) -> None:
        """Stand at each of ``fixes`` in turn."""
        for fix in fixes:
            self.place(fix)

    def start_position(self, hear: Callable[[Fix], None], every_s: float) -> None:
        """Register a hearer."""
        if hear not in self._hearers:
            self._hearers.append(hear)

    def stop_position(self, hear: Callable[[Fix], None] | None = None) -> None:
        """Forget a hearer, or all."""
        self._hearers = [one for one in self._hearers if hear is not None and one != hear]

    def last_fix(self) -> Fix | None:
        """Return where it was last placed."""
        return self._fix

    # --- camera, voice, scanning ------------------------------------------------------------------------------------

    def take_photo(self, done: Callable[[bytes | None], None]) -> None:
        """Hand out the next picture of ``camera``; the last one again and again; a drawn one when there is none."""
        source = self.camera.pop(0) if len(self.camera) > 1 else (self.camera or [drawn()])[0]
        done(source if isinstance(source, bytes) else Path(source).read_bytes())

    def recovered_photo(self) -> bytes | None:
        """Return None: nothing kills a desktop's app while it takes a photo."""
        return None

    def leave_thread(self) -> None:
        """Do nothing."""

    def scan(self, done: Callable[[str | None], None]) -> None:
        """Hand out the next of ``codes``."""
        done(self.codes.pop(0) if self.codes else None)

    def can_scan(self) -> bool:
        """Tell whether there are codes."""
        return bool(self.codes)

    def dictate(self, done: Callable[[str | None], None]) -> None:
        """Hand out the next of ``words``."""
        done(self.words.pop(0) if self.words else None)

    def can_dictate(self) -> bool:
        """Tell whether there are words."""
        return bool(self.words)

    def can_record(self) -> bool:
        """Tell whether there are recordings to hand out."""
        return bool(self.voices)

    def record(self, most_s: float, done: Callable[[bytes | None], None]) -> None:
        """Note it; ``done`` gets the next of ``voices`` when it is stopped."""
        self.told.append(("record", most_s))
        self._recorded = done

    def stop_recording(self) -> None:
        """Hand the recording out."""
        done, self._recorded = self._recorded, None
        if done is not None:
            last = self.voices[0] if self.voices else None
            done(self.voices.pop(0) if len(self.voices) > 1 else last)

    def loudness(self) -> float:
        """Return a middling loudness while something is being recorded."""
        return 0.5 if self._recorded else 0.0

    def play(self, content: bytes, done: Callable[[], None]) -> None:
        """Note it; it sounds until it is stopped."""
        self.stop_playing()
        self.told.append(("play", content))
        self._played = done

    def stop_playing(self) -> None:
        """End it."""
        done, self._played = self._played, None
        if done is not None:
            done()

    def opened_with(self) -> str | None:
        """Return ``link`` once."""
        link, self.link = self.link, None
        return link

    # --- telling and going elsewhere: written down ------------------------------------------------------------------

    def speak(self, text: str) -> None:
        """Note it."""
        self.told.append(("speak", text))

    def hush(self) -> None:
        """Note it."""
        self.told.append(("hush",))

    def vibrate(self, pattern_ms: tuple[int, ...] = (0, 60)) -> None:
        """Note it."""
        self.told.append(("vibrate", pattern_ms))

    def alarm(self, title: str, text: str, item: tuple[str, str] | None) -> None:
        """Note it."""
        self.told.append(("alarm", title, text, item))

    def silence(self) -> None:
        """Note it."""
        self.told.append(("silence",))

    def notify(self, title: str, text: str, item: tuple[str, str] | None) -> None:
        """Note it."""
        self.told.append(("notify", title, text, item))

    def dial(self, number: str) -> None:
        """Note it."""
        self.told.append(("dial", number))

    def navigate(self, lon: float, lat: float, name: str) -> None:
        """Note it."""
        self.told.append(("navigate", lon, lat, name))

    def step_back(self) -> None:
        """Note it."""
        self.told.append(("step_back",))

    # --- network, background, permissions ---------------------------------------------------------------------------

    def on_network(self, hear: Callable[[bool], None]) -> None:
        """Register a hearer."""
        self._networks.append(hear)

    def network(self, is_there: bool) -> None:
        """Tell that a network came or went."""
        for hear in list(self._networks):
            hear(is_there)

    def start_background(self) -> None:
        """Note it."""
        self.told.append(("background", True))

    def stop_background(self) -> None:
        """Note it."""
        self.told.append(("background", False))

    def ask(self, what: str, done: Callable[[bool], None]) -> None:
        """Say yes."""
        done(True)

    def may(self, what: str) -> bool:
        """Say yes."""
        return True


def fix(lon: float, lat: float, accuracy_m: float = 8.0, at: datetime | None = None, **more: Any) -> Fix:
    """Return a fix of now, for scripts."""
    return replace(Fix(lon, lat, accuracy_m, at or datetime.fromtimestamp(time.time(), UTC)), **more)


def drawn(width: int = 1600, height: int = 1200) -> bytes:
    """Return a plain picture, another one each time, where a desktop has no camera."""
    import io

    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (width, height), tuple(40 + secrets.randbelow(160) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y, side = secrets.randbelow(width), secrets.randbelow(height), 60 + secrets.randbelow(400)
        draw.rectangle((x, y, x + side, y + side), fill=tuple(secrets.randbelow(256) for _ in range(3)))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
