"""AAC in MP4, as phones record it (录音文件): taken apart into its frames, and put together again from them alone.

Job: prove by the file's own structure that it holds one track of AAC-LC and nothing else to hear or see; write such a
file anew, so that no tag, place or hidden byte of the old one goes along.
Never: trust a length a header claims (frames are counted), decode, or touch a file.

Sources: ISO/IEC 14496-12 (boxes), 14496-14 (esds), 14496-3 (AudioSpecificConfig; a frame is 1,024 samples and at most
6,144 bits per channel).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

FRAME = 1024
"""Samples per frame of AAC-LC."""
FRAME_BYTES_MAX = 768
"""Bytes of a frame per channel."""
LOW_COMPLEXITY, MPEG4_AUDIO = 2, 0x40
RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
CHANNELS = (1, 2)
FIRST_ELEMENTS = frozenset({0, 1, 4, 6})
"""What a frame may begin with: one channel, a pair, data, filling."""
ENTRY = 36
"""Bytes of a sample entry of version 0 before its boxes."""

Boxes = Mapping[bytes, list[memoryview]]


class NoTrack(ValueError):
    """The bytes are no MP4 with one track of AAC-LC; the argument says where that shows."""


@dataclass(frozen=True, slots=True)
class Track:
    """The sound itself: ``config`` is the decoder's AudioSpecificConfig, ``frames`` what it decodes."""

    config: bytes
    rate: int
    channels: int
    frames: tuple[bytes, ...]

    @property
    def seconds(self) -> float:
        """Return how long it sounds: counted, not claimed."""
        return len(self.frames) * FRAME / self.rate


def read(content: bytes, *, seconds_max: float) -> Track:
    """Return the track of a file; of one longer than ``seconds_max`` only so much that this shows. Raises NoTrack."""
    try:
        return _read(memoryview(content), seconds_max)
    except (struct.error, IndexError, KeyError) as problem:
        raise NoTrack(f"cut or malformed: {problem!r}") from None


def _read(content: memoryview, seconds_max: float) -> Track:
    top = _boxes(content)
    if b"ftyp" not in top or b"moof" in top or not top.get(b"mdat"):
        raise NoTrack("not a plain MP4")
    (trak,) = _only(_boxes(_one(top, b"moov")), b"trak")
    media = _boxes(_one(_boxes(trak), b"mdia"))
    if bytes(_one(media, b"hdlr")[8:12]) != b"soun":
        raise NoTrack("not a track of sound")
    table = _boxes(_one(_boxes(_one(media, b"minf")), b"stbl"))
    config, rate, channels = _decoder(_one(table, b"stsd"))
    enough = int(seconds_max * rate / FRAME) + 2
    frames = tuple(islice(_frames(content, table, top[b"mdat"], FRAME_BYTES_MAX * channels), enough))
    if not frames:
        raise NoTrack("nothing to hear")
    return Track(config, rate, channels, frames)


def _boxes(data: memoryview) -> Boxes:
    """Return the boxes in ``data`` by kind, each without its head."""
    found: dict[bytes, list[memoryview]] = {}
    while data:
        size, kind, head = *struct.unpack_from(">I4s", data), 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, 8), 16
        size = len(data) if size == 0 else size
        if not head <= size <= len(data):
            raise NoTrack(f"a box {kind!r} reaches beyond its end")
        found.setdefault(kind, []).append(data[head:size])
        data = data[size:]
    return found


def _only(boxes: Boxes, kind: bytes) -> list[memoryview]:
    if len(boxes.get(kind, ())) != 1:
        raise NoTrack(f"{len(boxes.get(kind, ()))} of {kind!r} where one is wanted")
    return boxes[kind]


def _one(boxes: Boxes, kind: bytes) -> memoryview:
    return _only(boxes, kind)[0]


# --- what decodes it -------------------------------------------------------------------------------------------------


def _decoder(stsd: memoryview) -> tuple[bytes, int, int]:
    """Return AudioSpecificConfig, sample rate and channels; refuses whatever is not AAC-LC."""
    (count,) = struct.unpack_from(">I", stsd, 4)
    size, kind = struct.unpack_from(">I4s", stsd, 8)
    (version,) = struct.unpack_from(">H", stsd, 24)
    if (count, kind, version) != (1, b"mp4a", 0):
        raise NoTrack(f"{kind!r} is not AAC")
    esds = _one(_boxes(stsd[8 + ENTRY : 8 + size]), b"esds")
    config = _config(esds[4:])
    bits = int.from_bytes(config[:2])
    sort, step, channels = bits >> 11, bits >> 7 & 15, bits >> 3 & 15
    if sort != LOW_COMPLEXITY or step >= len(RATES) or channels not in CHANNELS:
        raise NoTrack(f"AAC of sort {sort}, step {step}, {channels} channels")
    return config[:2], RATES[step], channels


def _config(data: memoryview) -> bytes:
    """Return the AudioSpecificConfig out of an elementary stream's descriptors."""
    tag, stream = _descriptor(data)
    flags = stream[2]
    stream = stream[3 + (2 if flags & 0x80 else 0) :]
    if flags & 0x40:
        raise NoTrack("its sound lies elsewhere")
    kind, decoder = _descriptor(stream[2:] if flags & 0x20 else stream)
    if (tag, kind, decoder[0]) != (3, 4, MPEG4_AUDIO):
        raise NoTrack("its decoder is not MPEG-4 audio")
    sort, config = _descriptor(decoder[13:])
    if sort != 5 or len(config) < 2:
        raise NoTrack("no decoder configuration")
    return bytes(config)


def _descriptor(data: memoryview) -> tuple[int, memoryview]:
    """Return tag and contents of the first descriptor; its size is written seven bits a byte, at most four."""
    size, place = 0, 1
    for place in range(1, 5):
        size = size << 7 | data[place] & 0x7F
        if not data[place] & 0x80:
            break
    body = data[place + 1 : place + 1 + size]
    if len(body) != size:
        raise NoTrack("a descriptor reaches beyond its end")
    return data[0], body


# --- where its frames lie --------------------------------------------------------------------------------------------


def _frames(content: memoryview, table: Boxes, data: list[memoryview], most: int) -> Iterator[bytes]:
    """Yield the frames in order; each lies within the media data, and none is larger than a frame can be."""
    left = sum(len(one) for one in data)
    sizes = _sizes(_one(table, b"stsz"))
    for offset, count in _chunks(table):
        place = offset
        for size in islice(sizes, count):
            frame = bytes(content[place : place + size])
            left, place = left - size, place + size
            if not 0 < size <= most or len(frame) != size or left < 0 or frame[0] >> 5 not in FIRST_ELEMENTS:
                raise NoTrack("its frames are not those of AAC")
            yield frame


def _sizes(stsz: memoryview) -> Iterator[int]:
    same, count = struct.unpack_from(">II", stsz, 4)
    for n in range(count):
        yield same or struct.unpack_from(">I", stsz, 12 + 4 * n)[0]


def _chunks(table: Boxes) -> Iterator[tuple[int, int]]:
    """Yield offset and number of frames of each chunk."""
    wide = b"co64" in table
    places = _one(table, b"co64" if wide else b"stco")
    (total,), step = struct.unpack_from(">I", places, 4), 8 if wide else 4
    if len(places) < 8 + step * total:
        raise NoTrack("its list of chunks is cut")
    runs = _one(table, b"stsc")
    (count,) = struct.unpack_from(">I", runs, 4)
    listed = [struct.unpack_from(">II", runs, 8 + 12 * n) for n in range(min(count, len(runs) // 12))]
    run, size = -1, 0
    for n in range(total):
        if run + 1 < len(listed) and listed[run + 1][0] == n + 1:
            run, size = run + 1, listed[run + 1][1]
        yield int.from_bytes(places[8 + step * n : 8 + step * (n + 1)]), size


# --- written anew ----------------------------------------------------------------------------------------------------


def written(track: Track) -> bytes:
    """Return a file with this track and nothing else; it can be played while it comes (the table stands first)."""
    ftyp = _box(b"ftyp", b"M4A ", 0, b"M4A ", b"mp42", b"isom")
    head = len(ftyp) + len(_moov(track, 0)) + 8
    return ftyp + _moov(track, head) + _box(b"mdat", *track.frames)


def _box(kind: bytes, *parts: bytes | int) -> bytes:
    """Return a box; numbers are written in four bytes."""
    body = b"".join(struct.pack(">I", part) if isinstance(part, int) else part for part in parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
UNDETERMINED = struct.pack(">HH", 0x55C4, 0)
"""A language nobody told."""


def _moov(track: Track, offset: int) -> bytes:
    length = len(track.frames) * FRAME
    times = (0, 0, 0, track.rate, length)
    mvhd = _box(b"mvhd", *times, 0x10000, b"\1\0" + bytes(10), UNITY, bytes(24), 2)
    tkhd = _box(b"tkhd", 7, 0, 0, 1, 0, length, bytes(8), 0, b"\1\0\0\0", UNITY, 0, 0)
    mdhd, hdlr = _box(b"mdhd", *times, UNDETERMINED), _box(b"hdlr", 0, 0, b"soun", bytes(12), b"\0")
    dinf = _box(b"dinf", _box(b"dref", 0, 1, _box(b"url ", 1)))
    minf = _box(b"minf", _box(b"smhd", 0, 0), dinf, _stbl(track, offset))
    return _box(b"moov", mvhd, _box(b"trak", tkhd, _box(b"mdia", mdhd, hdlr, minf)))


def _stbl(track: Track, offset: int) -> bytes:
    count = len(track.frames)
    sizes = struct.pack(f">{count}I", *map(len, track.frames))
    return _box(
        b"stbl",
        _box(b"stsd", 0, 1, _entry(track)),
        _box(b"stts", 0, 1, count, FRAME),
        _box(b"stsc", 0, 1, 1, count, 1),
        _box(b"stsz", 0, 0, count, sizes),
        _box(b"stco", 0, 1, offset),
    )


def _entry(track: Track) -> bytes:
    config = bytes((5, len(track.config))) + track.config
    decoder = bytes((4, 13 + len(config), MPEG4_AUDIO, 0x15)) + bytes(11) + config
    stream = bytes((3, 6 + len(decoder), 0, 0, 0)) + decoder + bytes((6, 1, 2))
    facts = struct.pack(">6xHQHHHHI", 1, 0, track.channels, 16, 0, 0, track.rate << 16 & 0xFFFFFFFF)
    return _box(b"mp4a", facts, _box(b"esds", 0, stream))
