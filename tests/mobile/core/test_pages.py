"""A page that is told anew and then found unchanged is read as it was told last, never as it was before."""

from __future__ import annotations

from pathlib import Path

from mobile.core.clock import Clock
from mobile.core.pages import Pages
from mobile.core.store import Store


def test_unchanged_after_a_change_that_nobody_read_shows_the_change(tmp_path: Path) -> None:
    store = Store(tmp_path, lambda plain: plain, lambda sealed: sealed)
    pages = Pages(store, Clock(store=store))
    pages.keep("density", {"n": 1}, "a")
    assert pages.body("density") == {"n": 1}
    pages.keep("density", {"n": 2}, "b")
    pages.touch("density")
    assert pages.body("density") == {"n": 2}
    store.close()
