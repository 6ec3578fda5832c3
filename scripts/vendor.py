"""Copy what the pages load from node_modules into the console's static folder, each file also compressed.

Job: the few files of a few packages, renamed by nobody; called by ``setup.py`` after ``npm ci``.
Never: download anything.
"""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "node_modules"
TARGET = ROOT / "server" / "console" / "static" / "vendor"
FILES = (
    "htmx.org/dist/htmx.min.js",
    "maplibre-gl/dist/maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "maplibre-gl/dist/maplibre-gl.css",
    "echarts/dist/echarts.esm.min.mjs",
)
MAP_COMMENT = re.compile(rb"^//# sourceMappingURL=.*$", re.MULTILINE)
"""A hint for developers to a file that is not copied."""


def main() -> None:
    """Make the folder anew."""
    draft = TARGET.with_name("vendor.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for name in FILES:
        content = MAP_COMMENT.sub(b"", (SOURCE / name).read_bytes())
        path = draft / Path(name).name
        path.write_bytes(content)
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    shutil.rmtree(TARGET, ignore_errors=True)
    draft.rename(TARGET)


if __name__ == "__main__":
    main()
