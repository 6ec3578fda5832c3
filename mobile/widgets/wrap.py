"""Breaking lines of Chinese (换行): Kivy breaks at spaces only, Chinese has none.

Job: where a line may end by the rules of Chinese typesetting (GB/T 15834: no mark that closes begins a line, none that
opens ends one; figures, units and Latin words stay whole); rather between two things or clauses than within one; no
last line of a single character.
Never: draw.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Final

CLOSING: Final = frozenset("，。、；：！？）》」』】〉”’…—·％%,.;:!?)]}～")
OPENING: Final = frozenset("（《「『【〈“‘([{")
BETWEEN: Final = " · "
"""Stands between things told in one line; at the end of a line it is left out."""
UNITS: Final = "立方米|平方米|平方公里|公里|工作日|小时|分钟|[米天年月日时分秒个条件张份号次处位家项盏人%]"
PIECE: Final = re.compile(
    rf" · |\d[\d.:]*(?: (?:{UNITS}))|[A-Za-z0-9_\-./@#&+°'%:]+|\s+|.", re.DOTALL
)  # a number stays with its unit
SHORT: Final = 0.35
"""A line that ends between two things is at least so full, else it goes on."""
PAUSES: Final = frozenset("，：；。")
CLAUSE, FEW = 0.4, 4
"""In a text of few lines a line rather ends with a clause, if it is at least so full and no line more is needed."""
WIDE: Final = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff01-\uff5e]")
Measure = Callable[[str], float]


def lines(text: str, width: float, measure: Measure, *, is_full: bool = False) -> list[str]:
    """Return ``text`` cut into lines of at most ``width``; ``measure`` gives the width of a string in the same unit.

    ``is_full``: fill every line, because not all of them will be shown.
    """
    return [line for paragraph in text.split("\n") for line in _paragraph(paragraph, width, measure, is_full)]


def _paragraph(text: str, width: float, measure: Measure, is_full: bool) -> list[str]:
    """Break one paragraph, at its commas where that costs no line; a single last character takes one more down."""
    pieces = PIECE.findall(text)
    broken = list(_broken(pieces, width, measure))
    if 1 < len(broken) <= FEW and not is_full:
        by_clause = list(_broken(pieces, width, measure, PAUSES))
        broken = by_clause if len(by_clause) <= len(broken) else broken
    if len(broken) > 1 and _is_lonely(broken[-1]) and _may_follow(broken[-2]):
        broken[-2:] = [broken[-2][:-1], broken[-2][-1] + broken[-1]]
    return broken


def _is_lonely(line: str) -> bool:
    return len(line.rstrip("".join(CLOSING))) == 1 and bool(WIDE.match(line))


def _may_follow(line: str) -> bool:
    """Tell whether the last character of ``line`` may begin the next one."""
    return (
        len(line) > 3
        and all(WIDE.match(character) for character in line[-2:])
        and line[-1] not in CLOSING | OPENING
        and line[-2] not in OPENING
    )


def _broken(
    pieces: Iterable[str], width: float, measure: Measure, pauses: Collection[str] = frozenset()
) -> Iterable[str]:
    line: list[str] = []
    used = 0.0
    for piece in _no_longer_than(pieces, width, measure):
        size = measure(piece)
        if line and used + size > width:
            if piece.isspace() or piece == BETWEEN:
                yield "".join(line).rstrip()
                line, used = [], 0.0
                continue
            if line[-1] == BETWEEN:
                line.pop()
            carried = (
                _since(line, width, measure) or _clause(line, width - size, measure, pauses) or _carried(line, piece)
            )
            yield "".join(line).rstrip()
            line, used = carried, sum(map(measure, carried))
        line.append(piece)
        used += size
    yield "".join(line).rstrip()


def _since(line: list[str], width: float, measure: Measure) -> list[str]:
    """Take from ``line`` what follows the last point between two things, if enough stays before it."""
    if BETWEEN not in line:
        return []
    at = len(line) - 1 - line[::-1].index(BETWEEN)
    if sum(map(measure, line[:at])) < SHORT * width or at == len(line) - 1:
        return []
    after = line[at + 1 :]
    del line[at:]
    return after


def _clause(line: list[str], room: float, measure: Measure, pauses: Collection[str]) -> list[str]:
    """Take from ``line`` the clause that would be torn, if what stays is not too short and it fits into ``room``."""
    at = next((n for n in range(len(line) - 1, 0, -1) if line[n - 1] in pauses and line[n] not in CLOSING), 0)
    after = line[at:]
    stays, goes = sum(map(measure, line[:at])), sum(map(measure, after))
    if not at or goes > room or stays < CLAUSE * (stays + goes):
        return []
    del line[at:]
    return after


def _carried(line: list[str], piece: str) -> list[str]:
    """Take from the end of ``line`` what must go down with ``piece``."""
    carried: list[str] = []
    if piece[0] in CLOSING:
        while len(line) > 1:
            carried.insert(0, line.pop())
            if carried[0][0] not in CLOSING:
                break
    while len(line) > 1 and line[-1] in OPENING:
        carried.insert(0, line.pop())
    return carried


def _no_longer_than(pieces: Iterable[str], width: float, measure: Measure) -> Iterable[str]:
    """Cut Latin pieces that are wider than a whole line."""
    for piece in pieces:
        rest = piece
        while len(rest) > 1 and measure(rest) > width:
            end = next((n for n in range(len(rest) - 1, 1, -1) if measure(rest[:n]) <= width), 1)
            yield rest[:end]
            rest = rest[end:]
        yield rest


@lru_cache(maxsize=64)
def measurer(font: str, size: float, bold: bool) -> Measure:
    """Return what measures a string in pixels; characters of full width all measure the same."""
    from kivy.core.text import Label

    label = Label(font_name=font, font_size=size, bold=bold)
    full = float(label.get_extents("国国国国国国国国")[0]) / 8

    @lru_cache(maxsize=4000)
    def other(text: str) -> float:
        return float(label.get_extents(text)[0])

    def measure(text: str) -> float:
        return full if len(text) == 1 and WIDE.match(text) else other(text)

    return measure


@lru_cache(maxsize=64)
def line_height(font: str, size: float, bold: bool) -> float:
    """Return the height of a line in pixels."""
    from kivy.core.text import Label

    return float(Label(font_name=font, font_size=size, bold=bold).get_extents("国")[1])
