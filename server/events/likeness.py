"""How much alike two reports are: near, at about the same time, told in like words (疑似重复, spec 3.2).

Job: one number to order candidates by; the test itself (place, time, group, open) is passed before.
Never: decide that two reports are one: a person merges. No database, no policy.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from rapidfuzz import fuzz

NO_LETTER = re.compile(r"[\W_]+")

FLOOR = 0.5
"""What the farthest, the oldest, the differently worded one keeps of a factor: none of them decides alone."""
OTHER_LEAF = 0.7
"""Factor of a candidate of the same group but another leaf."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What lies between a report and a candidate. ``similarity`` is None where the words may not be compared."""

    distance_m: float
    radius_m: float
    time: timedelta
    window: timedelta
    same_leaf: bool
    similarity: float | None


def similarity(one: str, other: str) -> float:
    """Return how alike two texts are, 0 to 1: edit distance of their letters, full and half width alike."""
    ratio: float = fuzz.ratio(_letters(one), _letters(other))
    return ratio / 100.0


@lru_cache(1024)
def _letters(text: str) -> str:
    """Return letters and digits alone: width, case, punctuation and white space say nothing."""
    return NO_LETTER.sub("", unicodedata.normalize("NFKC", text).casefold())


def score(apart: Apart) -> float:
    """Return distance × time × words × leaf, each between its floor and 1; higher is more alike."""
    near = 1.0 - apart.distance_m / apart.radius_m if apart.radius_m else 1.0
    fresh = 1.0 - apart.time / apart.window if apart.window else 1.0
    alike = 0.0 if apart.similarity is None else apart.similarity
    product = OTHER_LEAF if not apart.same_leaf else 1.0
    for factor in (near, fresh, alike):
        product *= FLOOR + (1.0 - FLOOR) * min(1.0, max(0.0, factor))
    return product
