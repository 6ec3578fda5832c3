"""The worker seals only what the live stream leaves: two sealers in turn would make the faster wait for the slower."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from server.db import now
from server.journal.seal import AWAY, is_awaited, seal, seal_what_is_left
from tests.server.town import Town


def test_while_somebody_seals_the_worker_stands_aside_and_takes_over_when_nobody_does(town: Town, clock: Any) -> None:
    clock.set(now())
    town.report()
    assert seal()
    town.report()
    clock.advance(AWAY - timedelta(milliseconds=1))
    assert seal_what_is_left() == 0
    assert is_awaited()
    clock.advance(timedelta(milliseconds=1))
    assert seal_what_is_left() > 0
    assert not is_awaited()
