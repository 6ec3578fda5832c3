"""What a recording holds is proven by its structure, and a copy is made of its sound alone."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.photos import sound, track
from server.photos.refusals import NotASound, TooLong
from tests.server.photos.camera import shot
from tests.server.photos.recorder import OPUS, PARSED, SECRET, SPOKEN, box, lasting, with_word


def test_a_phones_recording_is_read_by_counting_its_frames() -> None:
    assert (PARSED.rate, PARSED.channels, len(PARSED.frames)) == (16_000, 1, 39)
    assert PARSED.seconds == pytest.approx(39 * 1024 / 16_000)


def test_the_copy_has_the_same_sound_and_says_nothing_else() -> None:
    copy = sound.look(SPOKEN, seconds_max=60).copies["sound"]
    assert track.read(copy, seconds_max=60) == PARSED
    assert SECRET in SPOKEN
    assert b"loci" in SPOKEN
    assert SECRET not in copy
    assert b"loci" not in copy
    assert b"Lavf" not in copy


def test_a_copy_of_a_copy_is_the_same_file() -> None:
    copy = track.written(PARSED)
    assert track.written(track.read(copy, seconds_max=60)) == copy


def test_the_copy_can_be_played_while_it_comes() -> None:
    copy = track.written(PARSED)
    assert box(copy, b"moov")[0] < box(copy, b"mdat")[0]
    assert box(SPOKEN, b"moov")[0] > box(SPOKEN, b"mdat")[0]


def test_the_length_a_header_claims_counts_for_nothing() -> None:
    place, _ = box(SPOKEN, b"moov", b"trak", b"mdia", b"mdhd")
    claimed = bytearray(SPOKEN)
    struct.pack_into(">I", claimed, place + 24, 10**9)
    assert sound.look(bytes(claimed), seconds_max=60).seconds == pytest.approx(PARSED.seconds)


@pytest.mark.parametrize(("seconds", "is_taken"), [(59.9, True), (61.5, True), (62.5, False), (600, False)])
def test_a_note_is_as_long_as_allowed_with_a_little_grace(seconds: float, is_taken: bool) -> None:
    if is_taken:
        assert sound.look(lasting(seconds), seconds_max=60).seconds == pytest.approx(seconds, abs=0.1)
    else:
        with pytest.raises(TooLong) as refused:
            sound.look(lasting(seconds), seconds_max=60)
        assert refused.value.facts == {"most": 60}


NOT_SOUND = {
    "opus": OPUS,
    "picture": shot(),
    "page": b"<!doctype html><script>alert(1)</script>",
    "wave": b"RIFF\x24\0\0\0WAVEfmt " + bytes(40),
    "empty": b"",
    "head only": SPOKEN[:40],
    "cut": SPOKEN[:-300],
    "alac": with_word(SPOKEN, b"mp4a", b"alac"),
    "picture track": with_word(SPOKEN, b"soun", b"vide"),
    "no sound": with_word(SPOKEN, b"mdat", b"free"),
    "in pieces": with_word(SPOKEN, b"udta", b"moof")[: -172 - 8] + SPOKEN[box(SPOKEN, b"moov")[0] :],
    "two tracks": with_word(SPOKEN, b"udta", b"trak"),
}


@pytest.mark.parametrize("content", NOT_SOUND.values(), ids=NOT_SOUND)
def test_what_is_no_aac_in_mp4_by_its_content_is_refused(content: bytes) -> None:
    with pytest.raises(NotASound):
        sound.look(content, seconds_max=60)


def test_frames_that_lie_outside_the_media_data_are_refused() -> None:
    place, _ = box(SPOKEN, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stco")
    astray = bytearray(SPOKEN)
    struct.pack_into(">I", astray, place + 16, len(SPOKEN) - 100)
    with pytest.raises(NotASound):
        sound.look(bytes(astray), seconds_max=60)


def test_a_list_of_chunks_longer_than_the_file_costs_nothing() -> None:
    place, _ = box(SPOKEN, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stco")
    bomb = bytearray(SPOKEN)
    struct.pack_into(">I", bomb, place + 12, 2**32 - 1)
    with pytest.raises(NotASound):
        sound.look(bytes(bomb), seconds_max=60)


@given(st.integers(0, 2**32))
def test_damaged_recordings_are_refused_or_read_and_nothing_else(seed: int) -> None:
    rng, damaged = random.Random(seed), bytearray(SPOKEN)
    first = rng.choice([0, box(SPOKEN, b"moov")[0]])
    for _ in range(rng.randrange(1, 12)):
        damaged[rng.randrange(first, min(first + 1100, len(damaged)))] = rng.randrange(256)
    try:
        found = sound.look(bytes(damaged), seconds_max=60)
    except (NotASound, TooLong):
        return
    assert len(found.copies["sound"]) < 2 * len(SPOKEN)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_words(content: bytes) -> None:
    with pytest.raises(NotASound):
        sound.look(content, seconds_max=60)
