"""Every screen, for every role, at three sizes of letters and in three themes: nothing cut, nothing over another, nothing
too small to hit, nothing too pale, no character without a glyph."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mobile.screens import looks, tour


@pytest.mark.parametrize("scale", [1.0, 1.3, 1.6])
@pytest.mark.parametrize("role", tour.roles())
def test_nothing_is_cut_covered_or_too_small(role: str, scale: float, tmp_path: Path) -> None:
    phone = tour.phones(tmp_path / "phone", role, scale=scale)
    found = {}
    try:
        for stop in (one for one in tour.STOPS if one.role == role):
            stop.go(phone)
            phone.settle()
            if seen := looks.faults(phone):
                found[stop.name] = seen
            tour.home(phone)
    finally:
        phone.close()
    assert not found


@pytest.mark.parametrize("theme", ["day", "outdoor", "night"])
@pytest.mark.parametrize("role", tour.roles())
def test_words_stand_out_from_their_ground(role: str, theme: str, tmp_path: Path) -> None:
    phone = tour.phones(tmp_path / "phone", role, theme=theme)
    found = {}
    try:
        for stop in (one for one in tour.STOPS if one.role == role):
            stop.go(phone)
            if seen := looks.weak(phone, phone.shot(tmp_path / f"{stop.name}.png")):
                found[stop.name] = seen
            tour.home(phone)
    finally:
        phone.close()
    assert not found
