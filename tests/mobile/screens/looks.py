"""What can be seen wrong without taste: words cut or overlapping, small targets, weak contrast, missing glyphs.

Each function returns sentences, one per fault; a good screen returns none.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from fontTools.ttLib import TTFont
from kivy.metrics import dp
from kivy.uix.label import Label
from kivy.uix.scrollview import ScrollView
from PIL import Image

from mobile.widgets.boxes import Press
from mobile.widgets.fonts import BOLD, PICTURES, REGULAR
from mobile.widgets.text import Icon
from mobile.widgets.theme import TARGET_DP, contrast
from tests.mobile.screens.driver import Driver, said

Rect = tuple[float, float, float, float]
SLACK = 1.5
"""Pixels that rounding may cost."""
ENOUGH = 7.0
"""WCAG 2.2, level AAA, for words of ordinary size."""
PICTURES_ENOUGH = 4.5
UNSEEN = {"\n", " ", "\u3000", "\u200b"}


def rect(w: Any) -> Rect:
    """The widget in the window: left, low, right, high."""
    x, y = w.to_window(*w.pos)
    return x, y, x + w.width, y + w.height


def clipped(w: Any) -> Rect | None:
    """The part of a widget that its lists do not hide; None when nothing is left."""
    left, low, right, high = rect(w)
    parent = w.parent
    while parent is not None and parent.parent is not parent:
        if isinstance(parent, ScrollView):
            a, b, c, d = rect(parent)
            left, low, right, high = max(left, a), max(low, b), min(right, c), min(high, d)
        parent = parent.parent
    return (left, low, right, high) if right - left > 1 and high - low > 1 else None


def labels(phone: Driver) -> Iterator[Any]:
    """Every label with something in it, whether scrolled into sight or not."""
    for w in phone.walk():
        if isinstance(w, Label) and w.text.strip() and w.opacity > 0.02 and w.parent is not None:
            yield w


def cut(phone: Driver) -> list[str]:
    """Words larger than the room they have, or reaching over what holds them."""
    faults = []
    for w in labels(phone):
        w.texture_update()
        wide, high = w.texture_size
        if wide > w.width + SLACK or high > w.height + SLACK:
            faults.append(f"cut: {said(w)!r} needs {wide}x{high}, has {w.width:.0f}x{w.height:.0f}")
        holder = next((one for one in _above(w) if isinstance(one, Press | ScrollView)), phone.window)
        left, _, right, _ = rect(w)
        a, _, c, _ = rect(holder) if holder is not phone.window else (0, 0, phone.window.width, 0)
        if left < a - SLACK or right > c + SLACK:
            faults.append(f"sticks out: {said(w)!r} {left:.0f}..{right:.0f} of {a:.0f}..{c:.0f}")
        if isinstance(holder, Press) and not _within(w, holder):
            faults.append(f"higher than its button: {said(w)!r} in {said(holder)!r}")
    return faults


def _above(w: Any) -> Iterator[Any]:
    parent = w.parent
    while parent is not None and parent.parent is not parent:
        yield parent
        parent = parent.parent


def _within(w: Any, holder: Any) -> bool:
    _, low, _, high = rect(w)
    _, b, _, d = rect(holder)
    return low >= b - SLACK and high <= d + SLACK


def overlaps(phone: Driver) -> list[str]:
    """Words that lie over each other, in the layer that is in front of the others."""
    front = [w for w in labels(phone) if not _is_covered(w, phone)]
    seen = [(w, box) for w in front if (box := clipped(w))]
    faults = []
    for (one, a), (other, b) in combinations(seen, 2):
        wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        if wide > 3 and high > 3 and not _related(one, other):
            faults.append(f"overlap: {said(one)!r} and {said(other)!r} by {wide:.0f}x{high:.0f}")
    return faults


def _is_covered(w: Any, phone: Driver) -> bool:
    layers = phone.app.layers
    over = layers.question or layers.toast
    return over is not None and over not in list(_above(w)) and over is not w


def _related(one: Any, other: Any) -> bool:
    return one in list(_above(other)) or other in list(_above(one))


def small_targets(phone: Driver) -> list[str]:
    """What is to be pressed and smaller than 48 dp in a direction."""
    least = dp(TARGET_DP) - SLACK
    pressed = [
        w for w in phone.walk() if isinstance(w, Press) and (w.action or type(w).on_release is not Press.on_release)
    ]
    return [
        f"small target: {said(w) or type(w).__name__} {w.width / dp(1):.0f}x{w.height / dp(1):.0f} dp"
        for w in pressed
        if w.parent is not None and (w.width < least or w.height < least)
    ]


def pale(phone: Driver) -> list[str]:
    """Words whose colour stands out too little, on the whole of a page: it is scrolled down by a little less than is in sight."""
    faults = weak(phone, phone.picture())
    for page in (w for w in phone.walk() if isinstance(w, ScrollView) and phone.is_seen(w)):
        hidden = page.viewport_size[1] - page.height
        steps = math.ceil(hidden / (page.height - dp(TARGET_DP))) if hidden > SLACK else 0
        for step in range(steps):
            page.scroll_y = 1.0 - (step + 1) / steps
            faults += weak(phone, phone.picture())
    return list(dict.fromkeys(faults))


def weak(phone: Driver, picture: Image.Image) -> list[str]:
    """Words seen now whose colour stands out too little from what is drawn behind them."""
    faults = []
    for w in labels(phone):
        box = clipped(w)
        if box is None or not phone.is_seen(w) or _is_covered(w, phone):
            continue
        if isinstance(w, Icon) and box != rect(w):  # of a picture cut in two the ground may be too little
            continue
        left, low, right, high = (round(side) for side in box)
        crop = picture.crop((max(0, left), picture.height - high, min(picture.width, right), picture.height - low))
        if crop.width < 2 or crop.height < 2:
            continue
        ground = max(crop.getcolors(crop.width * crop.height))[1]
        ratio = contrast(tuple(w.color), (*(part / 255 for part in ground), 1.0))
        if ratio < (PICTURES_ENOUGH if isinstance(w, Icon) else ENOUGH):
            faults.append(f"weak: {said(w)!r} {ratio:.1f}:1")
    return faults


@functools.cache
def _glyphs(path: str) -> frozenset[int]:
    return frozenset(TTFont(path).getBestCmap())


def missing_glyphs(phone: Driver) -> list[str]:
    """Characters shown that the font does not have."""
    faults = []
    for w in labels(phone):
        have = _glyphs(PICTURES) if isinstance(w, Icon) else _glyphs(BOLD if w.bold else REGULAR)
        lacking = {c for c in w.text if ord(c) not in have} - UNSEEN
        if lacking:
            faults.append(f"no glyph: {lacking} in {w.text!r}")
    return faults


def faults(phone: Driver) -> list[str]:
    """All that needs no picture."""
    return [*cut(phone), *overlaps(phone), *small_targets(phone), *missing_glyphs(phone)]
