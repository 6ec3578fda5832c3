"""Every screen, for every role, at three sizes of letters and in three themes: nothing cut, nothing over another, nothing
too small to hit, nothing too pale from its top to its bottom, no character without a glyph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.mobile.screens import looks, tour

WORN = [(1.0, "day"), (1.3, "outdoor"), (1.6, "night")]
"""Sizes with themes: where words stand depends on the size, how pale they are on the theme."""


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "theme"), WORN)
@pytest.mark.parametrize("stops", [pytest.param(stops, id=name) for name, stops in tour.stretches()])
def test_nothing_is_cut_covered_too_small_or_too_pale(
    stops: Sequence[tour.Stop], scale: float, theme: str, tmp_path: Path
) -> None:
    phone = tour.phones(tmp_path / "phone", stops[0].role, scale=scale, theme=theme)
    found = {}
    try:
        for stop in stops:
            stop.go(phone)
            phone.settle()
            if seen := [*looks.faults(phone), *looks.pale(phone)]:
                found[stop.name] = seen
            tour.home(phone)
    finally:
        phone.close()
    assert not found
