"""HEIC, which many phones write: taken, shown as JPEG upright, and decoded where hostile bytes harm nobody."""

from __future__ import annotations

import random
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from server.db import CN
from server.photos import heif, pictures
from server.photos.refusals import NotAPicture, TooManyPixels

PHONE = (Path(__file__).parent / "data" / "phone.heic").read_bytes()
"""Held sideways: 160 × 120 pixels turned by 90 degrees, a red corner, taken at a known time and place."""
MOST = 1_000_000


def test_a_heic_photo_is_received_and_shown_as_jpeg(send: Any, declared: Any) -> None:
    event = declared(PHONE)
    answer = send("mei", event, PHONE)
    assert answer.status_code == 201, answer.json
    assert (answer.json["mime"], answer.json["width"], answer.json["height"]) == ("image/heic", 120, 160)


def test_a_heic_photo_stands_upright_and_its_copies_say_nothing() -> None:
    picture = pictures.look(PHONE, pixels_max=MOST)
    assert (picture.width, picture.height) == (120, 160)
    assert picture.taken_at == datetime(2026, 3, 2, 9, 15, tzinfo=CN)
    assert picture.place == pytest.approx((114.69, 23.74))
    with Image.open(BytesIO(picture.copies["view"])) as shown:
        assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", (120, 160), {})
        red, green, _ = shown.getpixel((115, 5))
        assert red > 150 > green


def test_a_heic_bomb_of_pixels_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(TooManyPixels):
        pictures.look(PHONE, pixels_max=100)


@pytest.mark.parametrize("seed", range(6))
def test_damaged_heic_is_refused_whatever_the_decoder_does(seed: int) -> None:
    """2026-11-28: the decoder crashed on some of these bytes; it runs in a process of its own."""
    rng, damaged = random.Random(seed), bytearray(PHONE)
    for _ in range(40):
        damaged[rng.randrange(40, len(damaged))] = rng.randrange(256)
    with suppress(NotAPicture):
        assert pictures.look(bytes(damaged), pixels_max=MOST).mime == "image/heic"


def test_a_decoder_that_is_killed_is_a_picture_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "PATIENCE", 0.0001)
    with pytest.raises(NotAPicture):
        pictures.look(PHONE, pixels_max=MOST)


def test_a_burst_of_heic_photos_waits_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """2026-11-29: sixteen photos at once were sixteen decoders at once, each allowed 1.5 GB."""
    inside, may_leave = threading.Barrier(heif.AT_ONCE + 1), threading.Event()

    def run(*_words: Any, **_how: Any) -> subprocess.CompletedProcess[bytes]:
        inside.wait(60)
        may_leave.wait(60)
        return subprocess.CompletedProcess([], 0, b"120 160\njpeg")

    monkeypatch.setattr(heif.subprocess, "run", run)
    with ThreadPoolExecutor(heif.AT_ONCE) as crew:
        first = [crew.submit(heif.decoded, PHONE, MOST) for _ in range(heif.AT_ONCE)]
        inside.wait(60)  # as many as may run together do
        has_place = heif._places.acquire(blocking=False)
        may_leave.set()
    assert not has_place
    assert [one.result() for one in first] == [((120, 160), b"jpeg")] * heif.AT_ONCE


def test_a_decoder_that_fails_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as short:
        short.setattr(heif, "PATIENCE", 0.0001)
        for _ in range(heif.AT_ONCE + 1):
            with pytest.raises(NotAPicture):
                pictures.look(PHONE, pixels_max=MOST)
    assert pictures.look(PHONE, pixels_max=MOST).mime == "image/heic"
