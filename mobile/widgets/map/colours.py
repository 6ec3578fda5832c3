"""Colours of the map by day, in full sun and at night (地图配色).

Job: paper, lines, tints of density, the blue dot; each class of density has a hatching besides its colour.
Never: mean anything that is not said in the legend.
"""

from __future__ import annotations

from typing import Any

from kivy.graphics import Color, Ellipse, Line
from kivy.metrics import dp

from mobile.widgets.map.ground import Fill, Look
from mobile.widgets.map.ribbons import Soup
from mobile.widgets.theme import THEME, Colour, rgb

DENSITY = {
    False: ("#FFF3C4", "#FFD98A", "#F9AE6B", "#E5764C", "#C23B33"),
    True: ("#2A2F26", "#4A4426", "#6E4A26", "#93452B", "#B93A35"),
}
"""Is it dark → tints from the lowest class to the highest."""


def paper() -> Colour:
    """Return the ground outside everything."""
    return rgb("#10151C") if THEME.colours.is_dark else rgb("#F4F2EB")


def look(*, over_tiles: bool) -> Look:
    """Return how grids are outlined."""
    palette = THEME.colours
    line = rgb("#7C8796") if palette.is_dark else rgb("#5A6575")
    casing = (*paper()[:3], 0.9)
    strong = palette.main
    outdoor = palette.line_dp > 1.2
    return Look(line, strong, casing, 1.5 if outdoor else 1.0, 4.0 if outdoor else 3.2, over_tiles)


def mine() -> Fill:
    """Return the fill of one's own grids."""
    return Fill((*THEME.colours.main[:3], 0.16))


def density(kind: int) -> Fill:
    """Return the fill of a class of density, 0 (lowest) to 4."""
    kind = min(max(kind, 0), 4)
    dark = THEME.colours.is_dark
    ink = (1.0, 1.0, 1.0, 0.35) if dark else (0.25, 0.08, 0.02, 0.42)
    return Fill((*rgb(DENSITY[dark][kind])[:3], 0.82), kind, ink)


def chosen(corners: list[float], outline: Soup) -> list[tuple[Colour, Soup]]:
    """Return what lights a grid: a veil and a thick line."""
    veil = Soup()
    veil.triangles(corners)
    amber = rgb("#FFB020") if THEME.colours.is_dark else rgb("#B54708")
    return [((*amber[:3], 0.22), veil), (amber, outline)]


def name_ink() -> tuple[Colour, Colour]:
    """Return ink and halo of names."""
    return THEME.colours.ink, paper()


def way() -> list[tuple[Colour, float]]:
    """Return the strokes of a line that was walked: a pale edge, then the line itself, with half widths in dp."""
    ink = rgb("#8FC1FF") if THEME.colours.is_dark else rgb("#0B4EA8")
    return [(paper(), 4.0), (ink, 2.2)]


def place(sx: float, sy: float, radius: float) -> list[Any]:
    """Return the blue dot with the circle of its accuracy, ``radius`` pixels, as instructions."""
    blue = rgb("#7CB2FF") if THEME.colours.is_dark else rgb("#0B57D0")
    parts: list[Any] = []
    if radius > dp(12):
        circle = (sx - radius, sy - radius)
        parts += [Color(*blue[:3], 0.15), Ellipse(pos=circle, size=(2 * radius, 2 * radius), segments=64)]
        parts += [Color(*blue[:3], 0.9), Line(circle=(sx, sy, radius, 0, 360, 64), width=dp(1))]
    for size, colour in ((11.0, THEME.colours.sheet), (8.0, blue)):
        parts += [Color(rgba=colour), Ellipse(pos=(sx - dp(size), sy - dp(size)), size=(dp(2 * size), dp(2 * size)))]
    return parts
