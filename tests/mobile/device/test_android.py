"""The Android back end against a Java machine that only writes down what it was asked: a phone has the last word.

What can be seen here: every ability exists, the calls go where Android documents them, bytes and flags are right.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import types
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from mobile.core.shapes import Fix
from mobile.device.desktop import DesktopDevice
from mobile.device.interface import Device

NANOS = 1_000_000_000


class Java:
    """Classes by name; each is one MagicMock for the whole test."""

    def __init__(self, folder: Path) -> None:
        self.classes: dict[str, MagicMock] = {}
        self.context = self("org.kivy.android.PythonActivity").mActivity
        self.context.getFilesDir().getAbsolutePath.return_value = str(folder)
        self.context.getIntent().getDataString.return_value = "gridwhistle:enrol:ABCD2345"
        self("android.os.Build$VERSION").SDK_INT = 34
        self("android.os.SystemClock").elapsedRealtimeNanos.return_value = 100 * NANOS
        self.results: list[Callable[..., None]] = []

    def __call__(self, name: str) -> MagicMock:
        return self.classes.setdefault(name, MagicMock(name=name))


def java_method(signature: str, name: str | None = None) -> Callable[[Any], Any]:
    return lambda method: method


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Java]:
    machine = Java(tmp_path)
    jnius = types.ModuleType("jnius")
    jnius.__dict__.update(
        autoclass=machine,
        cast=lambda kind, value: value,
        detach=lambda: None,
        java_method=java_method,
        PythonJavaClass=object,
    )
    android = types.ModuleType("android")
    activity = types.SimpleNamespace(bind=lambda **how: machine.results.append(how["on_activity_result"]))
    permissions = types.ModuleType("android.permissions")
    permissions.__dict__.update(check_permission=lambda name: True, request_permissions=MagicMock())
    runnable = types.ModuleType("android.runnable")
    runnable.__dict__.update(run_on_ui_thread=lambda fn: fn)
    broadcast = types.ModuleType("android.broadcast")
    broadcast.__dict__.update(BroadcastReceiver=MagicMock())
    android.__dict__.update(activity=activity)
    for module in (jnius, android, permissions, runnable, broadcast):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    yield machine
    for name in [name for name in sys.modules if name.startswith("mobile.device.android")]:
        del sys.modules[name]


@pytest.fixture
def phone(java: Java) -> Any:
    return importlib.import_module("mobile.device.android").AndroidDevice()


def abilities() -> dict[str, Any]:
    found = {name: value for name, value in vars(Device).items() if not name.startswith("_") and callable(value)}
    return found | dict.fromkeys(Device.__annotations__)


def test_both_back_ends_have_every_ability_with_the_same_words(phone: Any, tmp_path: Path) -> None:
    for device in (phone, DesktopDevice(tmp_path / "desk")):
        for name, asked in abilities().items():
            had = getattr(device, name)
            if asked is not None:
                wanted = list(inspect.signature(asked).parameters)[1:]
                assert list(inspect.signature(had).parameters) == wanted, (device.name, name)


def test_only_the_phone_says_that_it_encrypts(phone: Any, tmp_path: Path) -> None:
    assert phone.encrypts
    assert not DesktopDevice(tmp_path / "desk").encrypts


def test_sealing_keeps_nonce_and_ciphertext_and_the_data_key_is_wrapped_by_the_key_store(
    phone: Any, java: Java, tmp_path: Path
) -> None:
    cipher = java("javax.crypto.Cipher").getInstance.return_value
    cipher.getIV.return_value = [-1] * 12
    cipher.doFinal.side_effect = lambda content: [value if value < 128 else value - 256 for value in content[::-1]]
    sealed = phone.seal(b"secret")
    assert sealed == b"\xff" * 12 + b"terces"
    assert phone.unseal(sealed) == b"secret"
    assert java("javax.crypto.Cipher").getInstance.call_args.args == ("AES/GCM/NoPadding",)
    assert len((tmp_path / "field" / "data-key.bin").read_bytes()) == 12 + 32
    assert (tmp_path / "field" / "data-key.bin").stat().st_mode & 0o777 == 0o600
    assert java("java.security.KeyStore").getInstance.call_args.args == ("AndroidKeyStore",)


def test_a_public_key_is_told_in_pem_and_a_signature_in_bytes(phone: Any, java: Java) -> None:
    store = java("java.security.KeyStore").getInstance.return_value
    store.getCertificate().getPublicKey().getEncoded.return_value = list(range(91))
    java("java.security.Signature").getInstance.return_value.sign.return_value = [48, -128]
    lines = phone.public_key().splitlines()
    assert (lines[0], lines[-1]) == ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----")
    assert max(map(len, lines)) <= 64
    assert phone.sign(b"line") == b"\x30\x80"
    assert java("java.security.Signature").getInstance.call_args.args == ("SHA256withECDSA",)


def location(
    lon: float = 114.6, lat: float = 23.7, accuracy: float = 8.0, *, mock: bool = False, age_s: int = 5
) -> MagicMock:
    told = MagicMock()
    told.getLongitude.return_value, told.getLatitude.return_value = lon, lat
    told.hasAccuracy.return_value, told.getAccuracy.return_value = True, accuracy
    told.getElapsedRealtimeNanos.return_value = (100 - age_s) * NANOS
    told.getProvider.return_value, told.isMock.return_value = "gps", mock
    return told


def test_a_fix_is_dated_by_its_own_moment_and_a_mock_is_flagged_not_dropped(phone: Any) -> None:
    now = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    phone.now = lambda: now
    heard: list[Fix] = []
    phone.start_position(heard.append, 30)
    phone._listener.onLocationChanged(location(mock=True))
    phone._listener.on_several(MagicMock(size=lambda: 2, get=lambda i: location(accuracy=5.0 - i)))
    assert heard[0].is_mock
    assert (now - heard[0].at).total_seconds() == 5
    assert [fix.accuracy_m for fix in heard] == [8.0, 5.0, 4.0]
    assert phone.last_fix() == heard[-1]
    phone._listener.onLocationChanged(location(accuracy=900.0))
    assert len(heard) == 3, "the network's wide circle does not replace a fresh fine fix"
    phone.stop_position()
    assert phone._listener is None


def test_a_photo_is_taken_into_a_row_of_the_media_store_which_is_taken_away_again(
    phone: Any, java: Java, tmp_path: Path
) -> None:
    picture = tmp_path / "shot.jpg"
    picture.write_bytes(b"jpeg")
    resolver = java.context.getContentResolver.return_value
    resolver.insert.return_value.toString.return_value = "content://media/7"
    java("android.app.Activity").RESULT_OK = -1
    got: list[bytes | None] = []
    phone.take_photo(got.append)
    assert (tmp_path / "field" / "pending-photo").read_text() == "content://media/7"
    number = java.context.startActivityForResult.call_args.args[1]
    descriptor = os.open(picture, os.O_RDONLY)
    resolver.openFileDescriptor.return_value.detachFd.side_effect = lambda: descriptor
    java.results[0](number, -1, None)
    assert got == [b"jpeg"]
    assert resolver.delete.called
    assert not (tmp_path / "field" / "pending-photo").exists()


def test_a_photo_given_up_leaves_nothing(phone: Any, java: Java) -> None:
    java("android.app.Activity").RESULT_OK = -1
    java.context.getContentResolver().insert.return_value.toString.return_value = "content://media/8"
    got: list[bytes | None] = []
    phone.take_photo(got.append)
    java.results[0](java.context.startActivityForResult.call_args.args[1], 0, None)
    assert got == [None]
    assert java.context.getContentResolver().delete.called


def test_without_a_camera_app_nothing_breaks(phone: Any, java: Java) -> None:
    java.context.getContentResolver().insert.return_value.toString.return_value = "content://media/9"
    java.context.startActivityForResult.side_effect = RuntimeError("ActivityNotFoundException")
    got: list[Any] = []
    phone.take_photo(got.append)
    phone.dictate(got.append)
    phone.scan(got.append)
    assert got == [None, None, None]


def recorder_of(java: Java, tmp_path: Path, content: bytes = b"....ftyp....") -> MagicMock:
    """The phone's recorder: what it writes lies in the file it was given once it started."""
    recorder = java("android.media.MediaRecorder").return_value
    recorder.start.side_effect = lambda: (tmp_path / "field" / "voice-being-recorded.m4a").write_bytes(content)
    return recorder


def test_a_voice_note_is_aac_in_mp4_of_one_channel_and_leaves_no_file(phone: Any, java: Java, tmp_path: Path) -> None:
    recorder, got = recorder_of(java, tmp_path), []
    phone.record(60.0, got.append)
    told = {name: getattr(recorder, name).call_args.args for name in (
        "setAudioSource", "setOutputFormat", "setAudioEncoder", "setAudioChannels", "setAudioEncodingBitRate",
        "setMaxDuration",
    )}  # fmt: skip
    assert told == {
        "setAudioSource": (1,), "setOutputFormat": (2,), "setAudioEncoder": (3,), "setAudioChannels": (1,),
        "setAudioEncodingBitRate": (32_000,), "setMaxDuration": (60_000,),
    }  # fmt: skip
    assert [call[0] for call in recorder.mock_calls][:2] == ["setAudioSource", "setOutputFormat"]
    phone.stop_recording()
    assert got == [b"....ftyp...."]
    assert recorder.release.called
    assert not list((tmp_path / "field").glob("voice-*"))
    phone.stop_recording()
    assert len(got) == 1


def test_a_note_stopped_before_anything_was_heard_is_none(phone: Any, java: Java, tmp_path: Path) -> None:
    recorder, got = recorder_of(java, tmp_path), []
    recorder.stop.side_effect = RuntimeError("stop failed")
    phone.record(60.0, got.append)
    phone.stop_recording()
    assert got == [None]
    assert recorder.release.called


def test_a_recorder_that_reached_the_longest_gives_its_note_whatever_stop_says(
    phone: Any, java: Java, tmp_path: Path
) -> None:
    recorder, got = recorder_of(java, tmp_path), []
    recorder.stop.side_effect = RuntimeError("stop failed: -1007")
    phone.record(60.0, got.append)
    phone._longest.onInfo(recorder, 800, 0)
    assert got == [b"....ftyp...."]


def test_while_the_microphone_is_taken_nothing_breaks(phone: Any, java: Java, tmp_path: Path) -> None:
    recorder, got = recorder_of(java, tmp_path), []
    recorder.start.side_effect = RuntimeError("start failed")
    phone.record(60.0, got.append)
    assert got == [None]
    assert phone.loudness() == 0.0


def test_a_note_is_played_from_a_file_that_is_gone_at_once_and_its_end_is_told(
    phone: Any, java: Java, tmp_path: Path
) -> None:
    ended: list[int] = []
    phone.play(b"note", lambda: ended.append(1))
    assert java("android.media.MediaPlayer").return_value.start.called
    assert not list((tmp_path / "field").glob("voice-*"))
    phone._ended.onCompletion(None)
    phone.stop_playing()
    assert ended == [1]


def test_the_link_an_app_was_opened_with_is_told_once(phone: Any) -> None:
    assert phone.opened_with() == "gridwhistle:enrol:ABCD2345"
    assert phone.opened_with() is None


def test_an_alarm_rings_until_it_is_silenced(phone: Any, java: Java) -> None:
    tone = java("android.media.RingtoneManager").getRingtone.return_value
    phone.alarm("哨声", "请立即响应", ("check_in", "1"))
    phone.alarm("哨声", "请立即响应", ("check_in", "1"))
    assert tone.play.call_count == 1
    tone.setLooping.assert_called_once_with(True)
    assert java.context.getSystemService.return_value.notify.called
    phone.silence()
    assert tone.stop.called


def test_every_other_ability_can_be_called(phone: Any, java: Java) -> None:
    for call in (
        lambda: phone.speak("您好"),
        phone.hush,
        lambda: phone.vibrate((0, 60)),
        lambda: phone.notify("消息", "一条", None),
        lambda: phone.dial("110"),
        lambda: phone.navigate(114.6, 23.7, "现场"),
        lambda: phone.on_network(lambda there: None),
        phone.start_background,
        phone.stop_background,
        lambda: phone.ask("position", lambda given: None),
        phone.forget_keys,
        phone.leave_thread,
        phone.step_back,
        phone.device_id,
        phone.boot,
        phone.can_scan,
        phone.can_dictate,
        phone.can_record,
    ):
        call()
    assert java("android.content.Intent").called
