"""Colours and sizes (主题): for the street in full sun, for the office, for the night.

Job: name every colour once; ratios of contrast are kept by a test (7:1 for words, WCAG 2.2 AAA).
Never: tell anything by colour alone: each tone has a word and a picture beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

Colour = tuple[float, float, float, float]


def rgb(text: str) -> Colour:
    """Return a colour from ``#RRGGBB``."""
    return (int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255, 1.0)


@dataclass(frozen=True, slots=True)
class Palette:
    """A set of colours. ``paper`` lies behind all, ``sheet`` behind a card, ``ink`` and ``ink2`` write on both.

    ``red, amber, green, blue, grey`` are tones; ``tint`` says how much of a tone colours the ground behind it.
    """

    paper: Colour
    sheet: Colour
    ink: Colour
    ink2: Colour
    line: Colour
    line_dp: float
    main: Colour
    on_main: Colour
    soft: Colour
    on_soft: Colour
    bar: Colour
    on_bar: Colour
    red: Colour
    amber: Colour
    green: Colour
    blue: Colour
    grey: Colour
    tint: float
    is_dark: bool = False

    def ground(self, tone: str) -> Colour:
        """Return the ground behind words of ``tone``: the sheet with a little of the tone in it."""
        return mixed(self.sheet, getattr(self, tone), self.tint)


def mixed(under: Colour, over: Colour, share: float) -> Colour:
    """Return ``under`` with ``share`` (0 to 1) of ``over`` in it."""
    red, green, blue = (a + (b - a) * share for a, b in zip(under[:3], over[:3], strict=True))
    return (red, green, blue, 1.0)


DAY = Palette(
    paper=rgb("#F1F4F8"), sheet=rgb("#FFFFFF"), ink=rgb("#12171F"), ink2=rgb("#3D4552"),
    line=rgb("#C2CAD5"), line_dp=1.0, main=rgb("#0B4FA8"), on_main=rgb("#FFFFFF"),
    soft=rgb("#DCE8FA"), on_soft=rgb("#07336F"), bar=rgb("#0B4FA8"), on_bar=rgb("#FFFFFF"),
    red=rgb("#930C0C"), amber=rgb("#6B3D00"), green=rgb("#0A4F24"), blue=rgb("#0A4391"), grey=rgb("#3D4552"),
    tint=0.09,
)  # fmt: skip
OUTDOOR = Palette(
    paper=rgb("#FFFFFF"), sheet=rgb("#FFFFFF"), ink=rgb("#000000"), ink2=rgb("#161B22"),
    line=rgb("#39424F"), line_dp=1.6, main=rgb("#052B63"), on_main=rgb("#FFFFFF"),
    soft=rgb("#E3ECF9"), on_soft=rgb("#021F49"), bar=rgb("#052B63"), on_bar=rgb("#FFFFFF"),
    red=rgb("#740000"), amber=rgb("#4A2900"), green=rgb("#003A17"), blue=rgb("#052B63"), grey=rgb("#161B22"),
    tint=0.05,
)  # fmt: skip
NIGHT = Palette(
    paper=rgb("#0D1117"), sheet=rgb("#181E27"), ink=rgb("#F3F6FA"), ink2=rgb("#C9D1DC"),
    line=rgb("#465160"), line_dp=1.0, main=rgb("#A8C8FF"), on_main=rgb("#05234F"),
    soft=rgb("#1F3A66"), on_soft=rgb("#E8F0FF"), bar=rgb("#131B27"), on_bar=rgb("#F3F6FA"),
    red=rgb("#FFB9B0"), amber=rgb("#FFD08A"), green=rgb("#9FE3B1"), blue=rgb("#A8C8FF"), grey=rgb("#C9D1DC"),
    tint=0.10, is_dark=True,
)  # fmt: skip
PALETTES: Final = MappingProxyType({"day": DAY, "outdoor": OUTDOOR, "night": NIGHT})
TONES: Final = ("red", "amber", "green", "blue", "grey")

SIZES: Final = MappingProxyType({"huge": 30, "title": 23, "head": 20, "body": 18, "small": 16, "tiny": 15})
"""Sizes of letters in sp; the smallest is 15 (workers in their fifties, in the street)."""
TARGET_DP: Final = 48
"""The smallest thing a finger must hit (Android accessibility guideline)."""
LARGEST_SCALE: Final = 1.6
"""The screens are laid out for letters up to 1.6 times as large; a larger system setting is cut to this."""


class Theme:
    """The palette that is worn now. Screens are built anew when it changes, so nobody has to follow it."""

    def __init__(self) -> None:
        self.name = "day"

    @property
    def colours(self) -> Palette:
        """Return the palette that is worn now."""
        return PALETTES[self.name]

    def colour(self, name: str) -> Colour:
        """Return the colour called ``name``."""
        return getattr(PALETTES[self.name], name)  # type: ignore[no-any-return]

    def wear(self, *, outdoor: bool, night: bool) -> None:
        """Choose the palette: the night's only when asked for, else the one for full sun, else the day's."""
        self.name = "night" if night else "outdoor" if outdoor else "day"


def contrast(one: Colour, other: Colour) -> float:
    """Return the ratio of contrast of two opaque colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


THEME = Theme()
"""The one theme of the app."""
