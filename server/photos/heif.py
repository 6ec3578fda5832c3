"""HEIC, as many phones write it, turned into JPEG by a process of its own (苹果等手机的照片格式).

Job: decode with bounds on memory, processor time and pixels; whatever the decoder does to hostile bytes (it may crash)
happens to that process and not to the server.
Never: import anything of the server: this file is also what the other process runs.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
from io import BytesIO

FORMAT = "HEIF"
MIME = "image/heic"
SIDE = 1280
"""Longest side of what comes back, pixels."""
MEMORY, SECONDS, PATIENCE = 1_500_000_000, 15, 30
QUALITY = 95
TOO_MANY = 3
"""Exit code: more pixels than allowed."""
AT_ONCE = 2
"""Decoders a web process lets run together; a burst of photos waits here instead of taking all memory and cores."""
_places = threading.BoundedSemaphore(AT_ONCE)


class Undecodable(ValueError):
    """The bytes cannot be decoded; the argument says whether they had too many pixels."""


def decoded(content: bytes, pixels_max: int) -> tuple[tuple[int, int], bytes]:
    """Return the size of the picture upright and a JPEG of it, at most 1280 pixels long, its metadata included.

    Waits until fewer than ``AT_ONCE`` others are decoded by this process.

    Raises:
        Undecodable: damaged, hostile, or more than ``pixels_max`` pixels.
    """
    words = [sys.executable, "-I", __file__, str(pixels_max)]
    try:
        with _places:
            done = subprocess.run(words, input=content, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise Undecodable(False) from None
    if done.returncode:
        raise Undecodable(done.returncode == TOO_MANY)
    size, _, jpeg = done.stdout.partition(b"\n")
    width, height = map(int, size.split())
    return (width, height), jpeg


def main(pixels_max: int) -> None:
    """Decode standard input onto standard output: a line with width and height, then the JPEG."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import pi_heif
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # counted here
    pi_heif.register_heif_opener()
    with Image.open(BytesIO(sys.stdin.buffer.read()), formats=(FORMAT,)) as image:
        width, height = image.size
        if width * height > pixels_max:
            sys.exit(TOO_MANY)
        exif, profile = image.info.get("exif"), image.info.get("icc_profile")
        image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        out = BytesIO()
        kept = {name: value for name, value in (("exif", exif), ("icc_profile", profile)) if value}
        image.convert("RGB").save(out, "JPEG", quality=QUALITY, **kept)
    sys.stdout.buffer.write(b"%d %d\n" % (width, height) + out.getvalue())


if __name__ == "__main__":
    main(int(sys.argv[1]))
