"""The app's letters: Noto Sans SC everywhere, also where a widget of Kivy asks for its own default.

Job: register the files of ``mobile/assets/fonts`` before the first widget is built.
Never: be imported late: Kivy reads its default font when ``kivy.core.text`` is first imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[1] / "assets" / "fonts"
REGULAR, BOLD, PICTURES = (str(FOLDER / name) for name in ("sc-regular.otf", "sc-bold.otf", "icons.ttf"))
LETTERS: Final = "Letters"
ICONS: Final = "Icons"


def install() -> None:
    """Make our fonts the default and known by name; raises FileNotFoundError when they were not cut yet."""
    for path in (REGULAR, BOLD, PICTURES):
        if not Path(path).exists():
            raise FileNotFoundError(f"{path}: run scripts/fonts.py first")
    from kivy.config import Config

    Config.set("kivy", "default_font", [LETTERS, REGULAR, REGULAR, BOLD, BOLD])
    from kivy.core.text import LabelBase

    for name in (LETTERS, "Roboto"):
        LabelBase.register(name, fn_regular=REGULAR, fn_italic=REGULAR, fn_bold=BOLD, fn_bolditalic=BOLD)
    LabelBase.register(ICONS, fn_regular=PICTURES)
