"""What is reported and in which words (文案): the leaves with their weights and texts, read from ``data/leaves.toml``.

Job: choose a leaf by season and place, write down what was found and how it ended.
Never: invent a category, or repeat a real report.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

SEASONS: Mapping[str, tuple[float, ...]] = {
    "even": (0.9, 0.7, 1.0, 1.0, 1.05, 1.0, 1.05, 1.0, 1.05, 1.0, 1.1, 1.1),
    "rain": (0.3, 0.4, 0.8, 1.6, 2.0, 2.2, 1.6, 1.6, 1.0, 0.5, 0.3, 0.3),
    "heat": (0.5, 0.4, 0.6, 0.8, 1.1, 1.6, 2.0, 1.9, 1.5, 0.9, 0.6, 0.5),
    "dry": (1.5, 1.4, 1.2, 0.8, 0.4, 0.3, 0.4, 0.5, 0.9, 1.6, 1.7, 1.7),
    "dark": (1.4, 1.0, 1.0, 0.9, 0.8, 0.7, 0.7, 0.8, 0.9, 1.1, 1.4, 1.5),
    "school": (0.4, 0.8, 1.3, 1.2, 1.2, 1.1, 0.3, 0.8, 1.8, 1.1, 1.1, 1.0),
    "yearend": (2.5, 1.2, 0.6, 0.6, 0.7, 0.8, 0.8, 0.8, 0.9, 0.9, 1.2, 2.0),
}
"""Season → weight of each month, January first: rain from April to August, fires and dust in the dry winter."""
RESULTS: Mapping[str, str] = {
    "component": "repaired",
    "event": "cleared",
    "service": "served",
    "petition": "explained",
    "hazard": "controlled",
    "dispute": "persuaded",
}
"""Kind of a leaf → how it usually ends (list event.result of the policy)."""
FOLLOW_UPS = ("现场已核查，情况属实", "已到现场复看，处置到位", "已电话回访反映人，表示满意", "已对照前后照片核查")
REWORKS = ("现场复看仍有遗留，请再处理", "照片与现场不符，请重新处置", "只处理了一半，请处理完整")


@dataclass(frozen=True, slots=True)
class Leaf:
    """How often and in which words a leaf is reported; ``where`` is urban, rural or empty."""

    code: str
    weight: float
    found: tuple[str, ...]
    done: tuple[str, ...]
    season: str = "even"
    where: str = ""

    def weight_in(self, month: int) -> float:
        """Return the weight in ``month`` (1 to 12)."""
        return self.weight * SEASONS[self.season][month - 1]


@cache
def leaves() -> Mapping[str, Leaf]:
    """Return all leaves that are reported, by code."""
    table = tomllib.loads((files("server.demo") / "data" / "leaves.toml").read_text(encoding="utf-8"))
    return {
        code: Leaf(code, found=tuple(row.pop("found")), done=tuple(row.pop("done")), **row)
        for code, row in table.items()
    }


@cache
def _weighed(month: int) -> tuple[tuple[str, ...], tuple[float, ...]]:
    table = leaves()
    return tuple(table), tuple(leaf.weight_in(month) for leaf in table.values())


def choose(rng: Random, month: int) -> str:
    """Return the code of a leaf as often as it is reported in ``month``."""
    codes, weights = _weighed(month)
    return rng.choices(codes, weights)[0]


def found(rng: Random, code: str, names: Mapping[str, str]) -> str:
    """Return what the reporter writes."""
    return rng.choice(leaves()[code].found).format(**names)


def done(rng: Random, code: str) -> str:
    """Return how it was settled."""
    return rng.choice(leaves()[code].done)
