"""Cut the field app's three fonts: Chinese regular and bold from Debian's Noto Sans CJK, and the pictures it uses.

Job: keep what a phone shows (names need GBK's 21,003 characters; headings GB2312), drop what SDL cannot use.
Never: fetch anything: the sources are Debian's fonts-noto-cjk (OFL-1.1) and a pinned package (Apache-2.0 font).

    .venv/bin/python scripts/fonts.py     writes mobile/assets/fonts/, about 11 MB, once
"""

from __future__ import annotations

import hashlib
import sys
from importlib.metadata import distribution
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "mobile" / "assets" / "fonts"
NOTO = Path("/usr/share/fonts/opentype/noto")
SOURCES = (Path(__file__).resolve(), ROOT / "mobile" / "widgets" / "icons.py")
FAMILY = "Noto Sans CJK SC"
SCRIPTS = {"sc-regular.otf": ("NotoSansCJK-Regular.ttc", "gbk"), "sc-bold.otf": ("NotoSansCJK-Bold.ttc", "gbk")}
NAMES_KEPT = [0, 1, 2, 3, 4, 5, 6, 13, 14]
"""Name records: copyright, names, version, licence (OpenType, table `name`)."""
UNUSED_TABLES = ["vhea", "vmtx", "VORG", "BASE", "GPOS", "GSUB", "GDEF", "DSIG"]
PUNCTUATION = (
    (0x20, 0x7F), (0xA0, 0x100), (0x2010, 0x2027), (0x2030, 0x203C), (0x2190, 0x219A), (0x2460, 0x2474),
    (0x25A0, 0x25D0), (0x2600, 0x2606), (0x2713, 0x2718), (0x3000, 0x3018), (0xFF01, 0xFF5F),
)  # fmt: skip


def main() -> None:
    """Write the three fonts, their licences and a stamp that says by which script they were cut."""
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, (source, encoding) in SCRIPTS.items():
        if not (TARGET / name).exists():
            cut(face(NOTO / source), characters(encoding), TARGET / name)
    package = distribution("fonticon-materialdesignicons7")
    pictures = Path(str(package.locate_file("fonticon_mdi7/fonts")))
    sys.path.insert(0, str(ROOT))
    from mobile.widgets.icons import ICONS

    cut(TTFont(pictures / "materialdesignicons-webfont.ttf"), set(ICONS.values()), TARGET / "icons.ttf")
    (TARGET / "LICENSE-icons.txt").write_bytes((pictures / "LICENSE").read_bytes())
    (TARGET / "LICENSE-noto.txt").write_text("Noto Sans CJK SC, Copyright Adobe and Google; SIL OFL 1.1\n")
    (TARGET / "stamp").write_text(hashlib.sha256(b"".join(path.read_bytes() for path in SOURCES)).hexdigest())


def face(collection: Path) -> TTFont:
    """Return the simplified Chinese face of a collection; the others are for Japan, Korea, Taiwan and Hong Kong."""
    for font in TTCollection(collection, lazy=True).fonts:
        name = font["name"].getDebugName(4) or ""
        if name.startswith(FAMILY) and "Mono" not in name:
            return font
    raise SystemExit(f"{collection} holds no {FAMILY}")


def characters(encoding: str) -> set[int]:
    """Return the code points of a Chinese encoding with two bytes, and the marks around them."""
    found = {code for first, last in PUNCTUATION for code in range(first, last)} | {0x20AC, 0xA5, 0x2103, 0xFFE5}
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            text = bytes([lead, trail]).decode(encoding, "ignore")
            if len(text) == 1:
                found.add(ord(text))
    return found


def cut(font: TTFont, kept: set[int], target: Path) -> None:
    """Write ``font`` with the characters ``kept`` alone, without hints and layout tables."""
    options = subset.Options()
    options.layout_features, options.hinting, options.glyph_names = [], False, False
    options.name_IDs, options.notdef_outline = NAMES_KEPT, True
    options.drop_tables += UNUSED_TABLES
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=kept)
    cutter.subset(font)
    mend_bearings(font)
    font.save(target)


def mend_bearings(font: TTFont) -> None:
    """Say where each outline begins: the icons' maker says 0 everywhere, which draws every one left of its middle."""
    if "glyf" not in font:
        return
    for name, (advance, _) in font["hmtx"].metrics.items():
        outline = font["glyf"][name]
        outline.recalcBounds(font["glyf"])
        font["hmtx"].metrics[name] = (advance, getattr(outline, "xMin", 0))


if __name__ == "__main__":
    main()
